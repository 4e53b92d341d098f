namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.Ema"/> in double.</summary>
public static class Ema
{
    /// <inheritdoc cref="Kernels.Ema.Update"/>
    public static void Update(ReadOnlySpan<double> weights, double decay, Span<double> average)
    {
        for (int i = 0; i < average.Length; i++) average[i] += (1 - decay) * (weights[i] - average[i]);
    }
}
