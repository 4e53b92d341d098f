// W as signs and fast Walsh-Hadamard transforms:  W = S_1 H S_2 H ⋯ S_m H E,  S diagonal of ±1, H = (±1)/√D, E as in
// HouseholderSubspace, D a power of two. An application costs D(log₂ D + 1)·m instead of 2·D·d₀, and nothing is
// stored but signs. It is a random subspace, good for spreading and mixing coordinates; there is nothing to train.

using System.Numerics;
using PureDit.Kernels;

namespace PureDit.Latent;

/// <summary>A subspace of randomised Hadamard transforms. Immutable.</summary>
public sealed class HadamardSubspace : ISubspace
{
    private readonly double[] _signs; // [m, D], each ±1/√D: the scale of the transform beside it

    /// <summary>Draws the signs.</summary>
    /// <param name="dimension">D, a power of two.</param>
    /// <param name="rank">d₀.</param>
    /// <param name="stages">m ≥ 1 transforms.</param>
    /// <param name="seed">Which signs.</param>
    /// <exception cref="ArgumentException">D is no power of two, or a size is out of range.</exception>
    public HadamardSubspace(int dimension, int rank, int stages, ulong seed)
    {
        Expect.Rank(dimension, rank);
        Expect.Positive(stages);
        if (!BitOperations.IsPow2(dimension)) throw Expect.OutOfRange(nameof(dimension), dimension, "a power of two");
        (Dimension, Rank, Stages) = (dimension, rank, stages);
        _signs = new double[checked(stages * dimension)];
        new Philox(seed, PhiloxStream.Initialisation).FillUniform(0, 0, _signs);
        foreach (ref double value in _signs.AsSpan()) value = (value < 0.5 ? -1 : 1) / Math.Sqrt(dimension);
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <summary>Number m of transforms.</summary>
    public int Stages { get; }

    /// <inheritdoc/>
    public long Operations => Stages * ((long)Dimension * (BitOperations.Log2((uint)Dimension) + 1));

    /// <inheritdoc/>
    public void Project(ReadOnlySpan<double> x, Span<double> h)
    {
        Expect.Length(Dimension, x.Length, nameof(x));
        Expect.Length(Rank, h.Length, nameof(h));
        double[] work = x.ToArray();
        for (int stage = 0; stage < Stages; stage++)
        {
            Sign(stage, work);
            Transform(work);
        }

        work.AsSpan(0, Rank).CopyTo(h);
    }

    /// <inheritdoc/>
    public void Lift(ReadOnlySpan<double> h, Span<double> x)
    {
        Expect.Length(Rank, h.Length, nameof(h));
        Expect.Length(Dimension, x.Length, nameof(x));
        x.Clear();
        h.CopyTo(x);
        for (int stage = Stages - 1; stage >= 0; stage--)
        {
            Transform(x);
            Sign(stage, x);
        }
    }

    private void Sign(int stage, Span<double> x)
    {
        for (int i = 0; i < x.Length; i++) x[i] *= _signs[(stage * Dimension) + i];
    }

    // x ← H x without the factor 1/√D: log₂ D layers of sums and differences.
    private static void Transform(Span<double> x)
    {
        for (int half = 1; half < x.Length; half *= 2)
        {
            for (int i = 0; i < x.Length; i++)
            {
                if ((i & half) != 0) continue;
                (x[i], x[i + half]) = (x[i] + x[i + half], x[i] - x[i + half]);
            }
        }
    }
}
