// SiLU, also called swish (Hendrycks and Gimpel 2016; Elfwing et al. 2017):
//   y = x·σ(x),  σ(x) = 1/(1 + e^{−x}),  dX += dY·σ·(1 + x·(1 − σ)).          Twin: Reference/Silu.cs

using PureDit.Kernels.Reference;

namespace PureDit.Kernels;

/// <summary>The sigmoid linear unit and its gradient.</summary>
public static class Silu
{
    /// <summary>Writes SiLU(x), value by value.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">Any number of values.</param>
    /// <param name="y">As many values, overwritten; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException"><paramref name="y"/> is not as long as <paramref name="x"/>.</exception>
    public static void Forward(Cpu cpu, ReadOnlySpan<float> x, Span<float> y)
    {
        Guard.SameLength<float>(y, x.Length);
        double[] result = Bridge.Wide(y);
        Reference.Silu.Forward(Bridge.Wide(x), result);
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
        Reference.Silu.Backward(Bridge.Wide(x), Bridge.Wide(dY), result);
        Bridge.Narrow(result, dX);
    }
}
