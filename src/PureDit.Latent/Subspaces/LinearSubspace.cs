// A subspace by its matrix W, [D, d₀], WᵀW = I to 1e-6 at least; every way to make one here keeps it to rounding.
//
// Distance of two subspaces, independent of their bases:
//   ‖WWᵀ − BBᵀ‖²_F = d_W + d_B − 2‖WᵀB‖²_F        = 2(d₀ − ‖WᵀB‖²_F), 0 to 2d₀, for equal ranks
//                   = ‖(I − BBᵀ)W‖² + ‖(I − WWᵀ)B‖²  which does not cancel, and is what is computed.
// A random W of rank d₀ has the expectation 2d₀(1 − d₀/D).

using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Latent;

/// <summary>A linear subspace given by a matrix with orthonormal columns. Immutable.</summary>
public sealed class LinearSubspace : ISubspace
{
    /// <summary>The largest |WᵀW − I| of an element that is accepted.</summary>
    public const double Tolerance = 1e-6;

    private readonly double[] _basis, _columns; // W and Wᵀ, both row-major

    /// <summary>Takes a matrix with orthonormal columns; <see cref="Orthonormal"/> takes any.</summary>
    /// <param name="dimension">D.</param>
    /// <param name="rank">d₀.</param>
    /// <param name="basis">W, [D, d₀].</param>
    /// <exception cref="ArgumentException">The length does not fit, a value is not finite, or the columns are not orthonormal.</exception>
    public LinearSubspace(int dimension, int rank, ReadOnlySpan<double> basis)
    {
        Expect.Rank(dimension, rank);
        Expect.Length(checked(dimension * rank), basis.Length, nameof(basis));
        Expect.Finite(basis, nameof(basis));
        (Dimension, Rank, _basis, _columns) = (dimension, rank, basis.ToArray(), Dense.Transpose(basis, dimension, rank));
        double error = OrthonormalityError;
        if (error > Tolerance)
        {
            throw new ArgumentException($"basis: expected orthonormal columns, |WᵀW − I| ≤ {Tolerance}, got {error:G3}; LinearSubspace.Orthonormal makes them so.", nameof(basis));
        }
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public long Operations => 2L * Dimension * Rank;

    /// <summary>W, [D, d₀].</summary>
    public ReadOnlySpan<double> Basis => _basis;

    /// <summary>The largest element of |WᵀW − I|.</summary>
    public double OrthonormalityError
    {
        get
        {
            double[] gram = new double[Rank * Rank];
            Dense.Multiply(_columns, _basis, Rank, Dimension, Rank, gram);
            double worst = 0;
            for (int i = 0; i < gram.Length; i++) worst = Math.Max(worst, Math.Abs(gram[i] - (i % (Rank + 1) == 0 ? 1 : 0)));
            return worst;
        }
    }

    /// <summary>The span of the columns of any matrix of full column rank.</summary>
    /// <param name="dimension">D.</param>
    /// <param name="rank">d₀.</param>
    /// <param name="matrix">[D, d₀].</param>
    /// <exception cref="ArgumentException">The columns are not independent, not finite, or not that many.</exception>
    public static LinearSubspace Orthonormal(int dimension, int rank, ReadOnlySpan<double> matrix) =>
        new(dimension, rank, OrthonormalFactor.Of(matrix, dimension, rank));

    /// <summary>A uniformly random subspace: the span of d₀ normal vectors.</summary>
    /// <param name="dimension">D.</param>
    /// <param name="rank">d₀.</param>
    /// <param name="seed">Which one.</param>
    public static LinearSubspace Random(int dimension, int rank, ulong seed)
    {
        Expect.Rank(dimension, rank);
        double[] normal = new double[checked(dimension * rank)];
        new Philox(seed, PhiloxStream.Initialisation).FillNormal(0, 0, normal);
        return Orthonormal(dimension, rank, normal);
    }

    /// <summary>The span of any other representation, as a matrix: d₀ lifts.</summary>
    /// <param name="map">The isometry.</param>
    public static LinearSubspace Of(ISubspace map)
    {
        ArgumentNullException.ThrowIfNull(map);
        double[] columns = new double[map.Rank * map.Dimension], unit = new double[map.Rank];
        for (int j = 0; j < map.Rank; j++)
        {
            unit[j] = 1;
            map.Lift(unit, columns.AsSpan(j * map.Dimension, map.Dimension));
            unit[j] = 0;
        }

        return new(map.Dimension, map.Rank, Dense.Transpose(columns, map.Rank, map.Dimension));
    }

    /// <inheritdoc/>
    public void Project(ReadOnlySpan<double> x, Span<double> h)
    {
        Expect.Length(Dimension, x.Length, nameof(x));
        Dense.Multiply(x, _basis, 1, Dimension, Rank, h);
    }

    /// <inheritdoc/>
    public void Lift(ReadOnlySpan<double> h, Span<double> x)
    {
        Expect.Length(Rank, h.Length, nameof(h));
        Dense.Multiply(h, _columns, 1, Rank, Dimension, x);
    }

    // [doc:latent-distance]
    /// <summary>‖WWᵀ − BBᵀ‖²_F, 0 for the same subspace, d_W + d_B for orthogonal ones.</summary>
    /// <param name="other">B, of the same D.</param>
    public double SquaredDistance(LinearSubspace other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Expect.Length(Dimension, other.Dimension, nameof(other));
        return Outside(other) + other.Outside(this); // each is d − ‖WᵀB‖²_F, without its cancellation
    }

    /// <summary>E‖WWᵀ − BBᵀ‖²_F of a random W: what knowing nothing gives, 2d₀(1 − d₀/D).</summary>
    public static double RandomSquaredDistance(int dimension, int rank) => 2.0 * rank * (1 - ((double)rank / dimension));

    // ‖(I − WWᵀ)B‖²_F
    private double Outside(LinearSubspace b)
    {
        double[] inner = new double[Rank * b.Rank], rest = new double[Dimension * b.Rank];
        Dense.Multiply(_columns, b._basis, Rank, Dimension, b.Rank, inner);
        Dense.Multiply(_basis, inner, Dimension, Rank, b.Rank, rest);
        for (int i = 0; i < rest.Length; i++) rest[i] = b._basis[i] - rest[i];
        return Dense.SquaredNorm(rest);
    }
    // [/doc:latent-distance]

    /// <summary>E‖(I − WWᵀ)x‖² for a second moment: what projecting loses, the objective of principal components.</summary>
    /// <param name="secondMoment">E[xxᵀ], [D, D].</param>
    public double Residual(ReadOnlySpan<double> secondMoment)
    {
        Expect.Length(Dimension * Dimension, secondMoment.Length, nameof(secondMoment));
        double[] image = new double[Dimension * Rank];
        Dense.Multiply(secondMoment, _basis, Dimension, Dimension, Rank, image);
        return Dense.Trace(secondMoment, Dimension) - Dense.Dot(image, _basis);
    }
}
