// Exponential moving average of the weights, which is what samples are drawn with:
//   average ← average + (1 − decay)·(weights − average)
// In this form a weight that no longer moves is a fixed point, exactly. Twin: Reference/Ema.cs

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>The exponential moving average of a block of parameters.</summary>
public static unsafe class Ema
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
        if (!(decay is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(decay), decay, $"decay: expected a number in [0, 1], got {decay}.");
        }

        if (decay == 0)
        {
            weights.CopyTo(average); // rounding could leave a trace of the old average
            return;
        }

        fixed (float* w = weights, a = average) new Map<Body>(new(w, 1 - decay, a), weights.Length).Run(cpu, Grain.Light);
    }

    private readonly struct Body(float* weights, float share, float* average) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V moved = Towards<V, S>(lanes.Load<V, S>(weights + i), S.Broadcast(share), lanes.Load<V, S>(average + i));
            lanes.Store<V, S>(moved, average + i);
        }
    }

    /// <summary>The average after a share of its distance to the weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Towards<V, S>(V weights, V share, V average) where V : struct where S : struct, ISimd<V> =>
        S.MultiplyAdd(share, S.Subtract(weights, average), average);
}
