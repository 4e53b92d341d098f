namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.Concatenate"/> in double.</summary>
public static class Concatenate
{
    /// <inheritdoc cref="Kernels.Concatenate.Forward"/>
    public static void Forward(
        ReadOnlySpan<double> x, ReadOnlySpan<double> y, int rows, int xWidth, int yWidth, Span<double> z)
    {
        int width = xWidth + yWidth;
        for (int i = 0; i < rows * width; i++)
        {
            int row = i / width, column = i % width;
            z[i] = column < xWidth ? x[(row * xWidth) + column] : y[(row * yWidth) + column - xWidth];
        }
    }

    /// <inheritdoc cref="Kernels.Concatenate.Backward"/>
    public static void Backward(ReadOnlySpan<double> dZ, int rows, int xWidth, int yWidth, Span<double> dX, Span<double> dY)
    {
        int width = xWidth + yWidth;
        for (int i = 0; i < rows * width; i++)
        {
            int row = i / width, column = i % width;
            if (column < xWidth) dX[(row * xWidth) + column] += dZ[i];
            else dY[(row * yWidth) + column - xWidth] += dZ[i];
        }
    }
}
