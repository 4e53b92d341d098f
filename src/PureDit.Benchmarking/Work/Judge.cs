// Inputs of workloads, and how results are judged: value by value against doubles, or bit by bit.

using PureDit.Autodiff;
using PureDit.Kernels;

namespace PureDit.Benchmarking;

/// <summary>Memory for kernels: 64-byte aligned, as a tape's is.</summary>
internal static class Buffers
{
    private const int Period = 65_537; // normal numbers are costly; a prime, so that no two rows of a matrix are equal

    /// <summary>Zeros.</summary>
    public static Memory<float> Zeros(int count) => new Arena(poison: false).Allocate(count);

    /// <summary>Standard normal numbers times a factor, the same in every run; they repeat after a prime period.</summary>
    public static Memory<float> Normal(int count, int sample, float factor = 1)
    {
        Memory<float> values = Zeros(count);
        FillNormal(values.Span, sample, factor);
        return values;
    }

    /// <inheritdoc cref="Normal"/>
    public static void FillNormal(Span<float> values, int sample, float factor = 1)
    {
        Span<float> first = values[..Math.Min(Period, values.Length)];
        new Philox(seed: 1, PhiloxStream.Data).FillNormal(step: 0, sample, first);
        foreach (ref float value in first) value *= factor;
        for (int done = first.Length; done < values.Length; done += first.Length)
        {
            first[..Math.Min(first.Length, values.Length - done)].CopyTo(values[done..]);
        }
    }

    /// <summary>The same numbers in double.</summary>
    public static double[] Doubles(ReadOnlySpan<float> values)
    {
        double[] result = new double[values.Length];
        for (int i = 0; i < result.Length; i++) result[i] = values[i];
        return result;
    }
}

/// <summary>Compares results.</summary>
internal static class Judge
{
    /// <summary>Throws at the first value that differs by more than tolerance·(scale + |expected|).</summary>
    public static void Near(
        ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double tolerance, string what, double scale = 1)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(actual[i] - expected[i]) <= tolerance * (scale + Math.Abs(expected[i])))) Throw(what, i, expected[i], actual[i]);
        }
    }

    /// <summary>Throws at the first value whose bits differ, or if all are zero: then there was nothing to compare.</summary>
    public static void SameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        bool trivial = true;
        for (int i = 0; i < expected.Length; i++)
        {
            trivial &= expected[i] == 0;
            bool same = BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]);
            if (!same || !float.IsFinite(actual[i])) Throw(what, i, expected[i], actual[i]);
        }

        if (trivial) throw new WrongResultException($"{what}: every value is zero; nothing was computed.");
    }

    private static void Throw(string what, int index, double expected, float actual) =>
        throw new WrongResultException($"{what}: value {index}: expected {expected:R}, got {actual:R}; it was not timed.");
}
