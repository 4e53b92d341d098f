// Two operations between a matrix and a row:
//   AddBroadcast  y[i, :] = x[i, :] + table[i mod period, :]      position embeddings, biases
//   SumColumns    sums[j] += Σ_i x[i, j]                          the gradient of a bias
// Twin: Reference/Rows.cs

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Adds rows of a table to the rows of a matrix, and sums over rows.</summary>
public static unsafe class Rows
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
        fixed (float* px = x, pTable = table, py = y)
        {
            TableRows body = new(px, pTable, py, width, period);
            new RowMap<TableRows, Elementwise.AddBody>(body, width).Run(cpu, rows);
        }
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
        if (rows == 0) return;
        fixed (float* px = x, pSums = sums)
        {
            SummedRows body = new(px, new Chunks(pSums, rows, 0), width);
            RowSum.Run<SummedRows, Elementwise.AddBody>(cpu, body, rows, width, rows);
        }
    }

    /// <summary>Each row added to its sample's sums.</summary>
    internal readonly struct SummedRows(float* x, Chunks sums, int width) : IRows<Elementwise.AddBody>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Elementwise.AddBody Row(int row) => new(sums.Of(row), x + ((long)row * width), sums.Of(row));
    }

    private readonly struct TableRows(float* x, float* table, float* y, int width, int period)
        : IRows<Elementwise.AddBody>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Elementwise.AddBody Row(int row)
        {
            long at = (long)row * width;
            return new(x + at, table + ((long)(row % period) * width), y + at);
        }
    }
}
