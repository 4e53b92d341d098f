// Two operations between a matrix and a row:
//   AddBroadcast  y[i, :] = x[i, :] + table[i mod period, :]      position embeddings, biases
//   SumColumns    sums[j] += Σ_i x[i, j]                          the gradient of a bias
// Twin: Reference/Rows.cs

using PureDit.Kernels.Reference;

namespace PureDit.Kernels;

/// <summary>Adds rows of a table to the rows of a matrix, and sums over rows.</summary>
public static class Rows
{
    /// <summary>Writes y[i] = x[i] + table[i mod period], row by row.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">[rows, width].</param>
    /// <param name="table">[period, width].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Number of columns.</param>
    /// <param name="period">Number of rows of the table; at least 1.</param>
    /// <param name="y">[rows, width], overwritten; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">A span is too short, or the period below 1.</exception>
    public static void AddBroadcast(
        Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> table, int rows, int width, int period, Span<float> y)
    {
        Guard.Matrix(x, rows, width);
        Guard.Positive(period);
        Guard.Matrix(table, period, width);
        Guard.Matrix<float>(y, rows, width);
        double[] result = Bridge.Wide(y);
        Reference.Rows.AddBroadcast(Bridge.Wide(x), Bridge.Wide(table), rows, width, period, result);
        Bridge.Narrow(result, y);
    }

    /// <summary>Adds each column's sum: one chain of additions per column, from sums[j] on, in the order of rows.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">[rows, width].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Number of columns.</param>
    /// <param name="sums">[width], accumulated.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static void SumColumns(Cpu cpu, ReadOnlySpan<float> x, int rows, int width, Span<float> sums)
    {
        Guard.Matrix(x, rows, width);
        Guard.Length<float>(sums, width);
        double[] result = Bridge.Wide(sums);
        Reference.Rows.SumColumns(Bridge.Wide(x), rows, width, result);
        Bridge.Narrow(result, sums);
    }
}
