// Random numbers without state: number i of (seed, stream, step, sample) is a pure function of these five.
//
//   counter = (block i/4, sample, step, stream),  key = seed,  four 32-bit words per block,  Philox4x32-10
//   Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
//
// So a draw does not depend on the batch it is part of, on threads, or on what was drawn before: a resumed run
// continues with the numbers of the uninterrupted one, and there is no generator to save.

namespace PureDit.Kernels;

/// <summary>A keyed source of uniform and normal numbers; a value type without state.</summary>
/// <param name="seed">Key of the whole run.</param>
/// <param name="stream">What the numbers are for.</param>
public readonly struct Philox(ulong seed, PhiloxStream stream)
{
    private const int WordsPerBlock = 4;

    /// <summary>Fills a span with uniform numbers of (0, 1): odd multiples of 2⁻²⁴, never 0 and never 1.</summary>
    /// <param name="step">Second key: training step, sampler step, epoch; 0 to 2³² − 1.</param>
    /// <param name="sample">Third key: which sample of the step; 0 to 2³² − 1.</param>
    /// <param name="destination">Overwritten. A longer span begins with the numbers of a shorter one.</param>
    /// <exception cref="ArgumentOutOfRangeException">A key does not fit 32 bits.</exception>
    public void FillUniform(long step, long sample, Span<float> destination)
    {
        (uint s, uint n) = Keys(step, sample);
        for (int i = 0; i < destination.Length; i += WordsPerBlock)
        {
            (uint w0, uint w1, uint w2, uint w3) = Words(i, n, s);
            Put(destination[i..], Uniform24(w0), Uniform24(w1), Uniform24(w2), Uniform24(w3));
        }
    }

    /// <summary>Fills a span with uniform numbers of (0, 1): (w + ½)·2⁻³² for 32-bit words w.</summary>
    /// <inheritdoc cref="FillUniform(long, long, Span{float})"/>
    public void FillUniform(long step, long sample, Span<double> destination)
    {
        (uint s, uint n) = Keys(step, sample);
        for (int i = 0; i < destination.Length; i += WordsPerBlock)
        {
            (uint w0, uint w1, uint w2, uint w3) = Words(i, n, s);
            Put(destination[i..], Uniform32(w0), Uniform32(w1), Uniform32(w2), Uniform32(w3));
        }
    }

    /// <summary>Fills a span with standard normal numbers, |z| &lt; 6.8: those of the double overload, rounded.</summary>
    /// <inheritdoc cref="FillUniform(long, long, Span{float})"/>
    public void FillNormal(long step, long sample, Span<float> destination)
    {
        (uint s, uint n) = Keys(step, sample);
        Span<double> normals = stackalloc double[FourBlocks.Normals];
        for (int i = 0; i < destination.Length; i += normals.Length)
        {
            FourBlocks.FillNormals(seed, (uint)(i / WordsPerBlock), n, s, (uint)stream, normals);
            int count = Math.Min(normals.Length, destination.Length - i);
            for (int j = 0; j < count; j++) destination[i + j] = (float)normals[j];
        }
    }

    /// <summary>Fills a span with standard normal numbers, |z| &lt; 6.8, by the transform of Box and Muller.</summary>
    /// <inheritdoc cref="FillUniform(long, long, Span{float})"/>
    public void FillNormal(long step, long sample, Span<double> destination)
    {
        (uint s, uint n) = Keys(step, sample);
        Span<double> normals = stackalloc double[FourBlocks.Normals];
        for (int i = 0; i < destination.Length; i += normals.Length)
        {
            FourBlocks.FillNormals(seed, (uint)(i / WordsPerBlock), n, s, (uint)stream, normals);
            normals[..Math.Min(normals.Length, destination.Length - i)].CopyTo(destination[i..]);
        }
    }

    /// <summary>One uniform number of (0, 1): the first that the double FillUniform would write.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A key does not fit 32 bits.</exception>
    public double Uniform(long step, long sample)
    {
        (uint s, uint n) = Keys(step, sample);
        return Uniform32(Words(0, n, s).W0);
    }

    /// <summary>One integer, 0 ≤ i &lt; <paramref name="count"/>, every one exactly as likely as every other.</summary>
    /// <remarks>Lemire, "Fast random integer generation in an interval", 2019: multiply, and reject the uneven rest.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A key does not fit 32 bits, or the count is below 1.</exception>
    public int Index(long step, long sample, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (uint s, uint n) = Keys(step, sample);
        uint uneven = (uint)((1ul << 32) % (uint)count);
        for (uint block = 0; ; block = checked(block + 1))
        {
            ulong product = (ulong)Block(seed, block, n, s, (uint)stream).W0 * (uint)count;
            if ((uint)product >= uneven) return (int)(product >> 32);
        }
    }

    // [doc:philox]
    /// <summary>The ten rounds: mixes a 128-bit counter under a 64-bit key into four words.</summary>
    public static (uint W0, uint W1, uint W2, uint W3) Block(ulong key, uint c0, uint c1, uint c2, uint c3)
    {
        (uint k0, uint k1) = ((uint)key, (uint)(key >> 32));
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53ul * c0, p1 = 0xCD9E8D57ul * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9; // the golden ratio
            k1 += 0xBB67AE85; // √3 − 1
        }

        return (c0, c1, c2, c3);
    }
    // [/doc:philox]

    private static float Uniform24(uint word) => ((word >> 9) + 0.5f) * (1f / (1 << 23));

    private static double Uniform32(uint word) => (word + 0.5) * (1.0 / (1ul << 32));

    private (uint W0, uint W1, uint W2, uint W3) Words(int element, uint sample, uint step) =>
        Block(seed, (uint)(element / WordsPerBlock), sample, step, (uint)stream);

    private static void Put<T>(Span<T> destination, T v0, T v1, T v2, T v3)
    {
        destination[0] = v0;
        if (destination.Length > 1) destination[1] = v1;
        if (destination.Length > 2) destination[2] = v2;
        if (destination.Length > 3) destination[3] = v3;
    }

    private static (uint Step, uint Sample) Keys(long step, long sample)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(step, uint.MaxValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sample, uint.MaxValue);
        return ((uint)step, (uint)sample);
    }
}
