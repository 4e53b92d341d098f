// GELU in its tanh form (Hendrycks and Gimpel 2016, section 2), rewritten with ½·(1 + tanh u) = σ(2u):
//   y = x·σ(z),  z = 2·√(2/π)·(x + 0.044715·x³),  σ(z) = 1/(1 + e^{−z})
//   dX += dY·σ·(1 + x·(1 − σ)·z'),  z' = 2·√(2/π)·(1 + 3·0.044715·x²)
// One exponential and one division per value. Twin: Reference/Gelu.cs

using PureDit.Kernels.Reference;

namespace PureDit.Kernels;

/// <summary>The Gaussian error linear unit, tanh form, and its gradient.</summary>
public static class Gelu
{
    /// <summary>Writes GELU(x), value by value.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">Any number of values.</param>
    /// <param name="y">As many values, overwritten; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException"><paramref name="y"/> is not as long as <paramref name="x"/>.</exception>
    public static void Forward(Cpu cpu, ReadOnlySpan<float> x, Span<float> y)
    {
        Guard.SameLength<float>(y, x.Length);
        double[] result = Bridge.Wide(y);
        Reference.Gelu.Forward(Bridge.Wide(x), result);
        Bridge.Narrow(result, y);
    }

    /// <summary>Adds dY times the slope at x to <paramref name="dX"/>.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">The input of <see cref="Forward"/>.</param>
    /// <param name="dY">Gradient with respect to the output.</param>
    /// <param name="dX">As many values, accumulated.</param>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Backward(Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> dY, Span<float> dX)
    {
        Guard.SameLength(dY, x.Length);
        Guard.SameLength<float>(dX, x.Length);
        double[] result = Bridge.Wide(dX);
        Reference.Gelu.Backward(Bridge.Wide(x), Bridge.Wide(dY), result);
        Bridge.Narrow(result, dX);
    }
}
