// SiLU, also called swish (Hendrycks and Gimpel 2016; Elfwing et al. 2017):
//   y = x·σ(x),  σ(x) = 1/(1 + e^{−x}),  dX += dY·σ·(1 + x·(1 − σ)).          Twin: Reference/Silu.cs

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>The sigmoid linear unit and its gradient.</summary>
public static unsafe class Silu
{
    /// <summary>Writes SiLU(x), value by value; −∞ gives NaN, as x·0 does.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">Any number of values.</param>
    /// <param name="y">As many values, overwritten; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException"><paramref name="y"/> is not as long as <paramref name="x"/>.</exception>
    public static void Forward(Cpu cpu, ReadOnlySpan<float> x, Span<float> y)
    {
        Guard.SameLength<float>(y, x.Length);
        fixed (float* px = x, py = y) new Map<ForwardBody>(new(px, py), x.Length).Run(cpu, Grain.Heavy);
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
        fixed (float* px = x, pdY = dY, pdX = dX)
        {
            new Map<BackwardBody>(new(px, pdY, pdX), x.Length).Run(cpu, Grain.Heavy);
        }
    }

    private readonly struct ForwardBody(float* x, float* y) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V value = lanes.Load<V, S>(x + i);
            V e = SimdMath.Exp<V, S>(S.Subtract(S.Zero, value));
            lanes.Store<V, S>(S.Divide(value, S.Add(S.Broadcast(1f), e)), y + i);
        }
    }

    private readonly struct BackwardBody(float* x, float* dY, float* dX) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            // Beyond ±104 the slope is 0 or 1 in float; without the limit it would be 0·∞ at the infinities.
            V value = S.Clamp(lanes.Load<V, S>(x + i), S.Broadcast(-104f), S.Broadcast(104f)), one = S.Broadcast(1f);
            V sigmoid = SimdMath.Sigmoid<V, S>(value);
            V slope = S.Multiply(sigmoid, S.MultiplyAdd(value, S.Subtract(one, sigmoid), one));
            lanes.Store<V, S>(S.MultiplyAdd(lanes.Load<V, S>(dY + i), slope, lanes.Load<V, S>(dX + i)), dX + i);
        }
    }
}
