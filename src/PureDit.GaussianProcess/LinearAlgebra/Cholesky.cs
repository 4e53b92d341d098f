// Cholesky factor of a symmetric positive definite matrix:  A + nugget·I = L Lᵀ,  L lower triangular.
//
// Plain row by row, no pivoting. Covariance matrices of smooth kernels are positive definite on paper and not in
// double; for them either ask for a nugget or use the square root of SymmetricEigen.

using PureDit.Kernels;

namespace PureDit.GaussianProcess;

/// <summary>The Cholesky factor of a positive definite matrix, with its determinant and solver.</summary>
public sealed class Cholesky
{
    private readonly double[] _lower;

    /// <summary>Factors a matrix.</summary>
    /// <param name="matrix">[n, n], symmetric positive definite; the lower triangle is used.</param>
    /// <param name="n">Size, 1 or more.</param>
    /// <param name="nugget">Added to the diagonal, 0 or more.</param>
    /// <exception cref="ArgumentException">
    /// The matrix has another size, or is not symmetric or not positive definite.
    /// </exception>
    public Cholesky(ReadOnlySpan<double> matrix, int n, double nugget = 0)
    {
        int failed = Factor(matrix, n, nugget, out _lower);
        Size = n;
        if (failed >= 0)
        {
            double smallest = new SymmetricEigen(matrix, n).Values[0];
            throw new ArgumentException(
                $"matrix: expected a positive definite matrix, but pivot {failed} of {n} is not positive; the smallest "
                + $"eigenvalue is {smallest:G3} (with nugget {nugget:G3}). Add a nugget, or shorten the kernel's scale.",
                nameof(matrix));
        }
    }

    private Cholesky(double[] lower, int n) => (_lower, Size) = (lower, n);

    /// <summary>Size n of the matrix.</summary>
    public int Size { get; }

    /// <summary>L, [n, n], zero above the diagonal.</summary>
    public ReadOnlySpan<double> Lower => _lower;

    /// <summary>ln det A = 2 Σ ln L_ii.</summary>
    public double LogDeterminant
    {
        get
        {
            double sum = 0;
            for (int i = 0; i < Size; i++) sum += PortableMath.Log(_lower[(i * Size) + i]);
            return 2 * sum;
        }
    }

    /// <summary>Factors a matrix, or says by null that it is not positive definite in double.</summary>
    /// <param name="matrix">[n, n], symmetric.</param>
    /// <param name="n">Size, 1 or more.</param>
    /// <exception cref="ArgumentException">The matrix has another size or is not symmetric.</exception>
    public static Cholesky? TryFactor(ReadOnlySpan<double> matrix, int n) =>
        Factor(matrix, n, 0, out double[] lower) < 0 ? new Cholesky(lower, n) : null;

    /// <summary>Solves A·x = b for several right-hand sides at once.</summary>
    /// <param name="b">[n, columns].</param>
    /// <param name="columns">Number of right-hand sides.</param>
    /// <param name="x">Receives [n, columns]; may be the same memory as <paramref name="b"/>.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void Solve(ReadOnlySpan<double> b, int columns, Span<double> x)
    {
        Expect.Shape(b.Length, Size, columns, nameof(b));
        Expect.Shape(x.Length, Size, columns, nameof(x));
        b.CopyTo(x);
        for (int i = 0; i < Size; i++)
        {
            Span<double> row = x.Slice(i * columns, columns);
            for (int j = 0; j < i; j++) Dense.AddScaled(-_lower[(i * Size) + j], x.Slice(j * columns, columns), row);
            foreach (ref double value in row) value /= _lower[(i * Size) + i];
        }

        for (int i = Size - 1; i >= 0; i--)
        {
            Span<double> row = x.Slice(i * columns, columns);
            for (int j = i + 1; j < Size; j++)
            {
                Dense.AddScaled(-_lower[(j * Size) + i], x.Slice(j * columns, columns), row);
            }

            foreach (ref double value in row) value /= _lower[(i * Size) + i];
        }
    }

    // Returns the index of the first pivot that is not positive, or −1.
    private static int Factor(ReadOnlySpan<double> matrix, int n, double nugget, out double[] lower)
    {
        Expect.Positive(n);
        if (!(nugget >= 0)) throw Expect.OutOfRange(nameof(nugget), nugget, "0 or more");
        Expect.Symmetric(matrix, n, nameof(matrix));
        lower = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            Span<double> row = lower.AsSpan(i * n, i + 1);
            for (int j = 0; j < i; j++)
            {
                double inner = Dense.Dot(row[..j], lower.AsSpan(j * n, j));
                row[j] = (matrix[(i * n) + j] - inner) / lower[(j * n) + j];
            }

            double pivot = matrix[(i * n) + i] + nugget - Dense.SquaredNorm(row[..i]);
            if (!(pivot > 0)) return i;
            row[i] = Math.Sqrt(pivot);
        }

        return -1;
    }
}
