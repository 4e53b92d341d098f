// The orthonormal factor of a tall matrix:  A = Q R,  QᵀQ = I,  R upper triangular with a positive diagonal.
// That sign makes Q unique, so that A ↦ Q is a retraction onto the Stiefel manifold: qf(W) = W where WᵀW = I
// (Absil, Mahony, Sepulchre, Optimization Algorithms on Matrix Manifolds, 2008, example 4.1.3).
// Gram-Schmidt, every column twice: after the second pass orthogonality is at rounding level for all matrices whose
// columns are independent in double ("twice is enough", Giraud, Langou, Rozložník 2005).

using PureDit.GaussianProcess;

namespace PureDit.Latent;

/// <summary>qf(A), the orthonormal factor of a matrix of full column rank.</summary>
public static class OrthonormalFactor
{
    private const double SmallestShare = 1e-12; // of a column that the columns before it may leave

    /// <summary>The factor Q.</summary>
    /// <param name="matrix">A, [rows, columns], row-major.</param>
    /// <param name="rows">Rows, at least as many as columns.</param>
    /// <param name="columns">Columns, 1 or more.</param>
    /// <returns>Q, [rows, columns].</returns>
    /// <exception cref="ArgumentException">A length does not fit, a value is not finite, or the columns are not independent.</exception>
    public static double[] Of(ReadOnlySpan<double> matrix, int rows, int columns)
    {
        Expect.Rank(rows, columns);
        Expect.Length(checked(rows * columns), matrix.Length, nameof(matrix));
        Expect.Finite(matrix, nameof(matrix));
        double[] q = Dense.Transpose(matrix, rows, columns); // columns as contiguous rows
        for (int j = 0; j < columns; j++)
        {
            Span<double> column = q.AsSpan(j * rows, rows);
            double before = Math.Sqrt(Dense.SquaredNorm(column));
            for (int pass = 0; pass < 2; pass++)
            {
                for (int i = 0; i < j; i++)
                {
                    ReadOnlySpan<double> other = q.AsSpan(i * rows, rows);
                    Dense.AddScaled(-Dense.Dot(other, column), other, column);
                }
            }

            double norm = Math.Sqrt(Dense.SquaredNorm(column));
            if (!(norm > SmallestShare * before))
            {
                throw new ArgumentException(
                    $"matrix: expected independent columns, but column {j} of {columns} lies in the span of those before it (norm {before:G3}, {norm:G3} outside).",
                    nameof(matrix));
            }

            foreach (ref double value in column) value /= norm;
        }

        return Dense.Transpose(q, columns, rows);
    }
}
