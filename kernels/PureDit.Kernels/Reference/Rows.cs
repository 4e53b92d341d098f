namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.Rows"/> in double.</summary>
public static class Rows
{
    /// <inheritdoc cref="Kernels.Rows.AddBroadcast"/>
    public static void AddBroadcast(
        ReadOnlySpan<double> x, ReadOnlySpan<double> table, int rows, int width, int period, Span<double> y)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < width; i++)
            {
                y[(row * width) + i] = x[(row * width) + i] + table[(row % period * width) + i];
            }
        }
    }

    /// <inheritdoc cref="Kernels.Rows.SumColumns"/>
    public static void SumColumns(ReadOnlySpan<double> x, int rows, int width, Span<double> sums)
    {
        for (int i = 0; i < rows * width; i++) sums[i % width] += x[i];
    }
}
