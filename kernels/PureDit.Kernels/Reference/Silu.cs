// SiLU, spelled out:  y = x·σ(x),  σ(x) = 1/(1 + e^{−x}),  dy/dx = σ(x)·(1 + x·(1 − σ(x)))

namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.Silu"/> in double.</summary>
public static class Silu
{
    /// <inheritdoc cref="Kernels.Silu.Forward"/>
    public static void Forward(ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = x[i] / (1 + Math.Exp(-x[i]));
    }

    /// <inheritdoc cref="Kernels.Silu.Backward"/>
    public static void Backward(ReadOnlySpan<double> x, ReadOnlySpan<double> dY, Span<double> dX)
    {
        for (int i = 0; i < x.Length; i++)
        {
            double sigmoid = 1 / (1 + Math.Exp(-x[i]));
            dX[i] += dY[i] * sigmoid * (1 + (x[i] * (1 - sigmoid)));
        }
    }
}
