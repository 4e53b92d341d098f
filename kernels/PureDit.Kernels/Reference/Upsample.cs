namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.Upsample"/> in double.</summary>
public static class Upsample
{
    /// <inheritdoc cref="Kernels.Upsample.Forward"/>
    public static void Forward(ReadOnlySpan<double> x, int rows, int width, int factor, Span<double> y)
    {
        for (int i = 0; i < rows * factor * width; i++) y[i] = x[(i / width / factor * width) + (i % width)];
    }

    /// <inheritdoc cref="Kernels.Upsample.Backward"/>
    public static void Backward(ReadOnlySpan<double> dY, int rows, int width, int factor, Span<double> dX)
    {
        for (int i = 0; i < rows * factor * width; i++) dX[(i / width / factor * width) + (i % width)] += dY[i];
    }
}
