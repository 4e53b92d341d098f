namespace PureDit.Kernels.Reference;

/// <summary>Naive twins, in double, of the functions in <see cref="Kernels.Elementwise"/> that round more than once.</summary>
public static class Elementwise
{
    /// <inheritdoc cref="Kernels.Elementwise.Exp"/>
    public static void Exp(ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = Math.Exp(x[i]);
    }

    /// <inheritdoc cref="Kernels.Elementwise.Tanh"/>
    public static void Tanh(ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = Math.Tanh(x[i]);
    }
}
