// The arithmetic that every step of every sampler comes down to: float data, double coefficients, rounded once.
// Element by element and in order, so a result depends neither on the batch around it nor on threads. A denoiser call
// costs thousands of times more, so these loops are left plain.

namespace PureDit.Diffusion;

/// <summary>a·x + b·y on spans of one length; the result may be either operand.</summary>
internal static class LinearCombination
{
    public static void Write(double a, ReadOnlySpan<float> x, double b, ReadOnlySpan<float> y, Span<float> result)
    {
        for (int i = 0; i < result.Length; i++) result[i] = (float)((a * x[i]) + (b * y[i]));
    }

    public static void Add(double a, ReadOnlySpan<float> x, Span<float> sum)
    {
        for (int i = 0; i < sum.Length; i++) sum[i] = (float)(sum[i] + (a * x[i]));
    }
}
