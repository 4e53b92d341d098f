// W as a product of reflections:  W = H_1 H_2 ⋯ H_m E,  H = I − 2vvᵀ/‖v‖²,  E = the first d₀ unit vectors of R^D.
// Orthonormal for any vectors v, however far they are trained (HouseholderStep). One application costs 4·D per reflection:
// m < d₀/2 reflections are cheaper than the dense 2·D·d₀, and do not reach every subspace: H_1 ⋯ H_m − I has rank m, so that
// W keeps d₀ − m dimensions of the span of E (LeastSquaredDistance). All subspaces need m = d₀ (that is what QR does), which
// costs twice the dense matrix.

using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Latent;

/// <summary>A subspace as a product of Householder reflections. Immutable.</summary>
public sealed class HouseholderSubspace : ISubspace
{
    private readonly double[] _vectors; // [m, D], unit length

    /// <summary>Takes the vectors of the reflections.</summary>
    /// <param name="dimension">D.</param>
    /// <param name="rank">d₀.</param>
    /// <param name="vectors">v_1 … v_m, [m, D], none of them zero.</param>
    /// <exception cref="ArgumentException">The length does not fit, a value is not finite, or a vector is zero.</exception>
    public HouseholderSubspace(int dimension, int rank, ReadOnlySpan<double> vectors)
    {
        Expect.Rank(dimension, rank);
        Expect.Finite(vectors, nameof(vectors));
        (Dimension, Rank, Reflections) = (dimension, rank, Expect.Samples(vectors.Length, dimension, nameof(vectors)));
        _vectors = vectors.ToArray();
        for (int i = 0; i < Reflections; i++)
        {
            Span<double> v = _vectors.AsSpan(i * dimension, dimension);
            double norm = Math.Sqrt(Dense.SquaredNorm(v));
            if (!(norm > 0 && double.IsFinite(norm))) throw new ArgumentException($"vectors: expected vectors with a direction, got norm {norm} of vector {i}.", nameof(vectors));
            foreach (ref double value in v) value /= norm;
        }
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <summary>Number m of reflections.</summary>
    public int Reflections { get; }

    /// <inheritdoc/>
    public long Operations => 4L * Dimension * Reflections;

    /// <summary>v_1 … v_m, [m, D], of length 1.</summary>
    public ReadOnlySpan<double> Vectors => _vectors;

    /// <summary>Reflections with random vectors.</summary>
    /// <param name="dimension">D.</param>
    /// <param name="rank">d₀.</param>
    /// <param name="reflections">m.</param>
    /// <param name="seed">Which.</param>
    public static HouseholderSubspace Random(int dimension, int rank, int reflections, ulong seed)
    {
        Expect.Rank(dimension, rank);
        Expect.Positive(reflections);
        double[] vectors = new double[checked(dimension * reflections)];
        new Philox(seed, PhiloxStream.Initialisation).FillNormal(0, 0, vectors);
        return new(dimension, rank, vectors);
    }

    /// <summary>d₀ reflections with the span of a given matrix, by its QR factorisation.</summary>
    /// <param name="subspace">W.</param>
    public static HouseholderSubspace Of(LinearSubspace subspace)
    {
        ArgumentNullException.ThrowIfNull(subspace);
        (int dimension, int rank) = (subspace.Dimension, subspace.Rank);
        double[] columns = Dense.Transpose(subspace.Basis, dimension, rank), vectors = new double[rank * dimension];
        for (int j = 0; j < rank; j++)
        {
            Span<double> v = vectors.AsSpan(j * dimension, dimension);
            columns.AsSpan((j * dimension) + j, dimension - j).CopyTo(v[j..]);
            v[j] += (v[j] < 0 ? -1 : 1) * Math.Sqrt(Dense.SquaredNorm(v)); // the sign without cancellation
            double square = Dense.SquaredNorm(v);
            for (int i = j; i < rank; i++)
            {
                Span<double> column = columns.AsSpan(i * dimension, dimension);
                Dense.AddScaled(-2 * Dense.Dot(v, column) / square, v, column);
            }
        }

        return new(dimension, rank, vectors);
    }

    /// <summary>
    /// What ‖WWᵀ − BBᵀ‖²_F of m reflections cannot go below: twice the sum of the d₀ − m least eigenvalues of Eᵀ(I − BBᵀ)E,
    /// since W keeps so many dimensions of the span of E. 0 from m = d₀ on.
    /// </summary>
    /// <param name="subspace">B.</param>
    /// <param name="reflections">m.</param>
    public static double LeastSquaredDistance(LinearSubspace subspace, int reflections)
    {
        ArgumentNullException.ThrowIfNull(subspace);
        Expect.Positive(reflections);
        int rank = subspace.Rank;
        double[] head = subspace.Basis[..(rank * rank)].ToArray(), outside = new double[rank * rank]; // EᵀB, and I − EᵀBBᵀE
        Dense.Multiply(head, Dense.Transpose(head, rank, rank), rank, rank, rank, outside);
        for (int i = 0; i < outside.Length; i++) outside[i] = (i % (rank + 1) == 0 ? 1 : 0) - outside[i];
        double sum = 0;
        foreach (double value in new SymmetricEigen(outside, rank).Values[..Math.Max(0, rank - reflections)]) sum += Math.Max(0, value);
        return 2 * sum;
    }

    /// <inheritdoc/>
    public void Project(ReadOnlySpan<double> x, Span<double> h)
    {
        Expect.Length(Dimension, x.Length, nameof(x));
        Expect.Length(Rank, h.Length, nameof(h));
        double[] work = x.ToArray();
        for (int i = 0; i < Reflections; i++) Reflect(Vector(i), work);
        work.AsSpan(0, Rank).CopyTo(h);
    }

    // [doc:latent-householder]
    /// <inheritdoc/>
    public void Lift(ReadOnlySpan<double> h, Span<double> x)
    {
        Expect.Length(Rank, h.Length, nameof(h));
        Expect.Length(Dimension, x.Length, nameof(x));
        x.Clear();
        h.CopyTo(x);
        for (int i = Reflections - 1; i >= 0; i--) Reflect(Vector(i), x);
    }

    internal static void Reflect(ReadOnlySpan<double> v, Span<double> x) => Dense.AddScaled(-2 * Dense.Dot(v, x), v, x);
    // [/doc:latent-householder]

    internal ReadOnlySpan<double> Vector(int index) => _vectors.AsSpan(index * Dimension, Dimension);
}
