// Windows of frames, spelled out:  y[n, w, j, c] = x[n, w·stride − padding + j, c], and 0 outside the sequence.

namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.Unfold"/> in double.</summary>
public static class Unfold
{
    /// <inheritdoc cref="Kernels.Unfold.Forward"/>
    public static void Forward(ReadOnlySpan<double> x, WindowShape shape, Span<double> y)
    {
        for (int i = 0; i < y.Length; i++)
        {
            int at = Source(i, shape);
            y[i] = at < 0 ? 0 : x[at];
        }
    }

    /// <inheritdoc cref="Kernels.Unfold.Backward"/>
    public static void Backward(ReadOnlySpan<double> dY, WindowShape shape, Span<double> dX)
    {
        for (int i = 0; i < dY.Length; i++)
        {
            int at = Source(i, shape);
            if (at >= 0) dX[at] += dY[i];
        }
    }

    // Where in x the value i of the windows comes from; −1 for a zero.
    private static int Source(int i, WindowShape shape)
    {
        int c = i % shape.Channels, j = i / shape.Channels % shape.Size;
        int w = i / shape.Width % shape.Windows, n = i / shape.Width / shape.Windows;
        int frame = (w * shape.Stride) - shape.Padding + j;
        return frame < 0 || frame >= shape.Frames ? -1 : (((n * shape.Frames) + frame) * shape.Channels) + c;
    }
}
