// The gated residual connection of adaLN-Zero, spelled out:  y = x + gate ⊙ branch, one gate per sample.

namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.Gate"/> in double.</summary>
public static class Gate
{
    /// <inheritdoc cref="Kernels.Gate.Forward"/>
    public static void Forward(
        ReadOnlySpan<double> x, ReadOnlySpan<double> gate, ReadOnlySpan<double> branch,
        int rows, int width, int rowsPerSample, int gateStride, Span<double> y)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < width; i++)
            {
                int at = (row * width) + i;
                y[at] = x[at] + (gate[(row / rowsPerSample * gateStride) + i] * branch[at]);
            }
        }
    }

    /// <inheritdoc cref="Kernels.Gate.Backward"/>
    public static void Backward(
        ReadOnlySpan<double> gate, ReadOnlySpan<double> branch, ReadOnlySpan<double> dY,
        int rows, int width, int rowsPerSample, int gateStride,
        Span<double> dX, Span<double> dGate, Span<double> dBranch)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < width; i++)
            {
                int at = (row * width) + i, chunk = (row / rowsPerSample * gateStride) + i;
                if (!dX.IsEmpty) dX[at] += dY[at];
                if (!dGate.IsEmpty) dGate[chunk] += dY[at] * branch[at];
                if (!dBranch.IsEmpty) dBranch[at] += dY[at] * gate[chunk];
            }
        }
    }
}
