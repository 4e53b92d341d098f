// Eigendecomposition of a real symmetric matrix:  A = Vᵀ diag(λ) V,  rows of V orthonormal, λ ascending.
//
// Householder reflections bring A to tridiagonal form, then implicit QR steps with Wilkinson's shift drive the
// off-diagonal to zero (Golub and Van Loan, Matrix Computations, 4th ed., algorithms 8.3.1 to 8.3.3). The matrix is
// first divided by its largest element, so that its squares neither overflow nor vanish. Eigenvectors are kept as rows,
// which makes every update of the accumulated transformation one over contiguous memory. Cost about 9n³.

namespace PureDit.GaussianProcess;

/// <summary>Eigenvalues and orthonormal eigenvectors of a symmetric matrix.</summary>
public sealed class SymmetricEigen
{
    private const double Epsilon = 2.220446049250313e-16; // distance from 1 to the next double
    private const int StepsPerValue = 60; // two or three are usual
    private readonly double[] _values;
    private readonly double[] _vectors;

    /// <summary>Decomposes a matrix.</summary>
    /// <param name="matrix">[n, n], symmetric up to rounding; the lower triangle is used.</param>
    /// <param name="n">Size, 1 or more.</param>
    /// <exception cref="ArgumentException">The matrix has another size, is not symmetric, or is not finite.</exception>
    public SymmetricEigen(ReadOnlySpan<double> matrix, int n)
    {
        Expect.Positive(n);
        Expect.Symmetric(matrix, n, nameof(matrix));
        Size = n;
        _values = new double[n];
        _vectors = new double[n * n];
        double scale = 0;
        foreach (double value in matrix) scale = Math.Max(scale, Math.Abs(value));
        if (scale == 0) scale = 1;

        double[] work = new double[n * n];
        double[] offDiagonal = new double[n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++) work[(i * n) + j] = work[(j * n) + i] = matrix[(i * n) + j] / scale;
            _vectors[(i * n) + i] = 1;
        }

        Tridiagonalise(work, n, _vectors, _values, offDiagonal);
        Diagonalise(n, _values, offDiagonal, _vectors);
        for (int i = 0; i < n; i++) _values[i] *= scale;
        SortAscending();
    }

    /// <summary>Size n of the matrix.</summary>
    public int Size { get; }

    /// <summary>Eigenvalues, ascending, [n].</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>Eigenvectors as rows, [n, n]; row i belongs to eigenvalue i. Signs are arbitrary.</summary>
    public ReadOnlySpan<double> Vectors => _vectors;

    /// <summary>Largest over smallest eigenvalue; +∞ unless the matrix is positive definite.</summary>
    public double ConditionNumber => _values[0] > 0 ? _values[^1] / _values[0] : double.PositiveInfinity;

    /// <summary>The matrix function Vᵀ diag(f(λ)) V, for instance the square root or the inverse.</summary>
    /// <param name="f">What becomes of each eigenvalue.</param>
    /// <returns>[n, n], symmetric.</returns>
    public double[] Function(Func<double, double> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        double[] scaled = (double[])_vectors.Clone();
        for (int i = 0; i < Size; i++)
        {
            double value = f(_values[i]);
            foreach (ref double x in scaled.AsSpan(i * Size, Size)) x *= value;
        }

        double[] result = new double[Size * Size];
        Dense.Multiply(Dense.Transpose(_vectors, Size, Size), scaled, Size, Size, Size, result);
        return result;
    }

    // A ← H A H with H = I − βvvᵀ for one column after the other; vectors ← H·vectors.
    private static void Tridiagonalise(
        double[] a, int n, double[] vectors, double[] diagonal, double[] offDiagonal)
    {
        double[] v = new double[n], w = new double[n], projection = new double[n];
        for (int k = 0; k < n - 2; k++)
        {
            double tail = 0;
            for (int i = k + 2; i < n; i++) tail += a[(i * n) + k] * a[(i * n) + k];
            double first = a[((k + 1) * n) + k];
            offDiagonal[k] = first;
            if (tail == 0) continue;

            // The sign that adds to the first element avoids cancellation.
            double norm = Math.Sqrt((first * first) + tail);
            offDiagonal[k] = first > 0 ? -norm : norm;
            v.AsSpan().Clear();
            for (int i = k + 2; i < n; i++) v[i] = a[(i * n) + k];
            v[k + 1] = first - offDiagonal[k];
            double beta = 2 / ((v[k + 1] * v[k + 1]) + tail);

            for (int i = k + 1; i < n; i++) w[i] = beta * Dense.Dot(a.AsSpan(i * n, n), v);
            double half = 0.5 * beta * Dense.Dot(w.AsSpan(k + 1), v.AsSpan(k + 1));
            for (int i = k + 1; i < n; i++) w[i] -= half * v[i];
            for (int i = k + 1; i < n; i++)
            {
                Span<double> row = a.AsSpan((i * n) + k + 1, n - k - 1);
                Dense.AddScaled(-v[i], w.AsSpan(k + 1), row);
                Dense.AddScaled(-w[i], v.AsSpan(k + 1), row);
            }

            projection.AsSpan().Clear();
            for (int i = k + 1; i < n; i++) Dense.AddScaled(beta * v[i], vectors.AsSpan(i * n, n), projection);
            for (int i = k + 1; i < n; i++) Dense.AddScaled(-v[i], projection, vectors.AsSpan(i * n, n));
        }

        if (n > 1) offDiagonal[n - 2] = a[((n - 1) * n) + n - 2];
        for (int i = 0; i < n; i++) diagonal[i] = a[(i * n) + i];
    }

    private static void Diagonalise(int n, double[] diagonal, double[] offDiagonal, double[] vectors)
    {
        int steps = 0, high = n - 1;
        while (high > 0)
        {
            for (int i = 0; i < high; i++)
            {
                double neighbours = Math.Abs(diagonal[i]) + Math.Abs(diagonal[i + 1]);
                if (Math.Abs(offDiagonal[i]) <= (Epsilon * neighbours) + double.Epsilon) offDiagonal[i] = 0;
            }

            if (offDiagonal[high - 1] == 0)
            {
                high--;
                continue;
            }

            int low = high - 1;
            while (low > 0 && offDiagonal[low - 1] != 0) low--;
            if (++steps > StepsPerValue * n)
            {
                throw new InvalidOperationException($"The QR steps did not converge for a matrix of size {n}.");
            }

            QrStep(diagonal, offDiagonal, vectors, low, high, n);
        }
    }

    // One implicit QR step on the unreduced block low..high: rotations chase the bulge down the diagonal.
    private static void QrStep(double[] diagonal, double[] offDiagonal, double[] vectors, int low, int high, int n)
    {
        double half = 0.5 * (diagonal[high - 1] - diagonal[high]), corner = offDiagonal[high - 1];
        double root = double.Hypot(half, corner);
        double shift = diagonal[high] - (corner * (corner / (half >= 0 ? half + root : half - root)));
        double x = diagonal[low] - shift, z = offDiagonal[low];
        for (int k = low; k < high; k++)
        {
            double r = double.Hypot(x, z);
            (double c, double s) = r == 0 ? (1, 0) : (x / r, z / r);
            if (k > low) offDiagonal[k - 1] = r;
            double a = diagonal[k], b = offDiagonal[k], d = diagonal[k + 1];
            diagonal[k] = (c * c * a) + (2 * c * s * b) + (s * s * d);
            diagonal[k + 1] = (s * s * a) - (2 * c * s * b) + (c * c * d);
            offDiagonal[k] = (c * s * (d - a)) + (((c * c) - (s * s)) * b);
            x = offDiagonal[k];
            if (k < high - 1)
            {
                z = s * offDiagonal[k + 1];
                offDiagonal[k + 1] *= c;
            }

            Rotate(vectors.AsSpan(k * n, n), vectors.AsSpan((k + 1) * n, n), c, s);
        }
    }

    private static void Rotate(Span<double> first, Span<double> second, double c, double s)
    {
        for (int i = 0; i < first.Length; i++)
        {
            double x = first[i], y = second[i];
            first[i] = (c * x) + (s * y);
            second[i] = (c * y) - (s * x);
        }
    }

    private void SortAscending()
    {
        int[] order = new int[Size];
        for (int i = 0; i < Size; i++) order[i] = i;
        Array.Sort(_values, order);
        double[] unsorted = (double[])_vectors.Clone();
        for (int i = 0; i < Size; i++) unsorted.AsSpan(order[i] * Size, Size).CopyTo(_vectors.AsSpan(i * Size));
    }
}
