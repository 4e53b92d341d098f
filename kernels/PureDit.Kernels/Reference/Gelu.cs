// GELU in its tanh form (Hendrycks and Gimpel 2016, section 2), spelled out:
//   y = ½·x·(1 + tanh u),  u = √(2/π)·(x + 0.044715·x³)
//   dy/dx = ½·(1 + tanh u) + ½·x·(1 − tanh² u)·u',  u' = √(2/π)·(1 + 3·0.044715·x²)

namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.Gelu"/> in double.</summary>
public static class Gelu
{
    private static readonly double s_root = Math.Sqrt(2 / Math.PI);

    // [doc:gelu-reference]
    /// <inheritdoc cref="Kernels.Gelu.Forward"/>
    public static void Forward(ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            double u = s_root * (x[i] + (0.044715 * x[i] * x[i] * x[i]));
            y[i] = 0.5 * x[i] * (1 + Math.Tanh(u));
        }
    }

    /// <inheritdoc cref="Kernels.Gelu.Backward"/>
    public static void Backward(ReadOnlySpan<double> x, ReadOnlySpan<double> dY, Span<double> dX)
    {
        for (int i = 0; i < x.Length; i++)
        {
            double tanh = Math.Tanh(s_root * (x[i] + (0.044715 * x[i] * x[i] * x[i])));
            double slope = s_root * (1 + (3 * 0.044715 * x[i] * x[i]));
            dX[i] += dY[i] * 0.5 * (1 + tanh + (x[i] * (1 - (tanh * tanh)) * slope));
        }
    }
    // [/doc:gelu-reference]
}
