// Exponential moving average of the weights, which is what samples are drawn with:
//   average ← average + (1 − decay)·(weights − average)
// In this form a weight that no longer moves is a fixed point, exactly. Twin: Reference/Ema.cs

using PureDit.Kernels.Reference;

namespace PureDit.Kernels;

/// <summary>The exponential moving average of a block of parameters.</summary>
public static class Ema
{
    /// <summary>Moves the average towards the weights.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="weights">Current weights.</param>
    /// <param name="decay">Share of the old average that stays, in [0, 1]: 1 freezes it, 0 copies the weights.</param>
    /// <param name="average">As many values, updated.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or the decay is outside [0, 1].</exception>
    public static void Update(Cpu cpu, ReadOnlySpan<float> weights, float decay, Span<float> average)
    {
        Guard.SameLength<float>(average, weights.Length);
        double[] result = Bridge.Wide(average);
        Reference.Ema.Update(Bridge.Wide(weights), decay, result);
        Bridge.Narrow(result, average);
    }
}
