// The few operations on dense row-major matrices that the closed forms need, in double.
//
// Multiply adds scaled rows: every element is the sum over k in order, by separate multiply and add, so the result has
// the same bits for every vector width. No blocking: the matrices are as large as a sequence is long.

using System.Numerics;

namespace PureDit.GaussianProcess;

/// <summary>Products, norms and distances of dense row-major matrices.</summary>
public static class Dense
{
    /// <summary>Writes c = a·b.</summary>
    /// <param name="a">[m, k].</param>
    /// <param name="b">[k, n].</param>
    /// <param name="m">Rows of a and c.</param>
    /// <param name="k">Columns of a, rows of b.</param>
    /// <param name="n">Columns of b and c.</param>
    /// <param name="c">Receives [m, n]; must not overlap the inputs.</param>
    /// <exception cref="ArgumentException">A length does not fit its shape.</exception>
    public static void Multiply(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int m, int k, int n, Span<double> c)
    {
        Expect.Shape(a.Length, m, k, nameof(a));
        Expect.Shape(b.Length, k, n, nameof(b));
        Expect.Shape(c.Length, m, n, nameof(c));
        c.Clear();
        for (int i = 0; i < m; i++)
        {
            Span<double> row = c.Slice(i * n, n);
            for (int p = 0; p < k; p++) AddScaled(a[(i * k) + p], b.Slice(p * n, n), row);
        }
    }

    /// <summary>The transpose of a [rows, columns] matrix.</summary>
    /// <exception cref="ArgumentException">The length does not fit the shape.</exception>
    public static double[] Transpose(ReadOnlySpan<double> a, int rows, int columns)
    {
        Expect.Shape(a.Length, rows, columns, nameof(a));
        double[] result = new double[a.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) result[(j * rows) + i] = a[(i * columns) + j];
        }

        return result;
    }

    /// <summary>The Kronecker product a ⊗ b, the covariance of frame-major samples with Γ = a and Σ = b.</summary>
    /// <param name="a">[n, n].</param>
    /// <param name="n">Size of a.</param>
    /// <param name="b">[m, m].</param>
    /// <param name="m">Size of b.</param>
    /// <returns>[n·m, n·m], element [(i, k), (j, l)] = a[i, j]·b[k, l].</returns>
    /// <exception cref="ArgumentException">A length does not fit its shape.</exception>
    public static double[] Kronecker(ReadOnlySpan<double> a, int n, ReadOnlySpan<double> b, int m)
    {
        Expect.Shape(a.Length, n, n, nameof(a));
        Expect.Shape(b.Length, m, m, nameof(b));
        int size = n * m;
        double[] result = new double[size * size];
        for (int row = 0; row < size; row++)
        {
            for (int column = 0; column < size; column++)
            {
                result[(row * size) + column] = a[(row / m * n) + (column / m)] * b[(row % m * m) + (column % m)];
            }
        }

        return result;
    }

    /// <summary>Sum of the diagonal of an [n, n] matrix.</summary>
    public static double Trace(ReadOnlySpan<double> a, int n)
    {
        Expect.Shape(a.Length, n, n, nameof(a));
        double sum = 0;
        for (int i = 0; i < n; i++) sum += a[(i * n) + i];
        return sum;
    }

    /// <summary>Sum of the squares of all elements, ‖a‖²_F.</summary>
    public static double SquaredNorm(ReadOnlySpan<double> a) => Dot(a, a);

    /// <summary>‖estimate − truth‖_F / ‖truth‖_F.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double RelativeError(ReadOnlySpan<double> estimate, ReadOnlySpan<double> truth)
    {
        Expect.SameLength(truth.Length, estimate.Length, nameof(estimate));
        double sum = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            double difference = estimate[i] - truth[i];
            sum += difference * difference;
        }

        return Math.Sqrt(sum / SquaredNorm(truth));
    }

    /// <summary>Σ x_i y_i, in order.</summary>
    /// <param name="x">Any number of values.</param>
    /// <param name="y">As many.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Expect.SameLength(x.Length, y.Length, nameof(y));
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }

    /// <summary>y += factor·x.</summary>
    /// <param name="factor">The factor.</param>
    /// <param name="x">Any number of values.</param>
    /// <param name="y">As many.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void AddScaled(double factor, ReadOnlySpan<double> x, Span<double> y)
    {
        Expect.SameLength(y.Length, x.Length, nameof(x));
        int i = 0;
        for (; i <= y.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            (new Vector<double>(y[i..]) + (factor * new Vector<double>(x[i..]))).CopyTo(y[i..]);
        }

        for (; i < y.Length; i++) y[i] += factor * x[i];
    }
}
