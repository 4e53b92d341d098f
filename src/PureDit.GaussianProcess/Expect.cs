using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PureDit.GaussianProcess;

/// <summary>Checks at the public edge; every message names the argument, what was expected and what was given.</summary>
[StackTraceHidden]
internal static class Expect
{
    // Far above the rounding of any way to build a covariance matrix, far below any covariance that matters.
    private const double SymmetryTolerance = 1e-10;

    public static void Positive(int value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < 1) throw OutOfRange(name, value, "1 or more");
    }

    public static void PositiveFinite(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value > 0 && double.IsFinite(value))) throw OutOfRange(name, value, "a finite number greater than 0");
    }

    public static void Shape(int length, int rows, int columns, string name)
    {
        if (length != (long)rows * columns)
        {
            throw new ArgumentException(
                $"{name}: expected [{rows}, {columns}] ({(long)rows * columns} values), got {length} values.", name);
        }
    }

    /// <summary>The number of samples in a batch of <paramref name="length"/> values.</summary>
    public static int Samples(int length, int size, string name)
    {
        if (length % size != 0)
        {
            throw new ArgumentException(
                $"{name}: expected whole samples of {size} values each, got {length} values.", name);
        }

        return length / size;
    }

    public static void SameLength(int expected, int actual, string name)
    {
        if (expected != actual)
        {
            throw new ArgumentException($"{name}: expected {expected} values like the input, got {actual}.", name);
        }
    }

    /// <summary>Throws unless the matrix is [n, n], finite, and symmetric up to rounding.</summary>
    public static void Symmetric(ReadOnlySpan<double> matrix, int n, string name)
    {
        Shape(matrix.Length, n, n, name);
        double largest = 0;
        foreach (double value in matrix)
        {
            if (!double.IsFinite(value))
            {
                throw new ArgumentException($"{name}: expected finite values, got {value}.", name);
            }

            largest = Math.Max(largest, Math.Abs(value));
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double lower = matrix[(i * n) + j], upper = matrix[(j * n) + i];
                if (Math.Abs(lower - upper) > SymmetryTolerance * largest)
                {
                    throw new ArgumentException(
                        $"{name}: expected a symmetric matrix, got {lower:R} at [{i}, {j}] and {upper:R} at [{j}, {i}].",
                        name);
                }
            }
        }
    }

    public static ArgumentOutOfRangeException OutOfRange(string name, object value, string expected) =>
        new(name, value, $"{name}: expected {expected}, got {value}.");
}
