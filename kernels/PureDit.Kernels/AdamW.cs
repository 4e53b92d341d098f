// One step of Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2; Kingma and Ba 2015):
//   m ← m + (1 − β1)·(g − m),   v ← v + (1 − β2)·(g² − v)
//   w ← w − [ η/(1 − β1^t) · m / (√v/√(1 − β2^t) + ε) + η·λ·w ]
// with η = learning rate, λ = weight decay, which does not go through the gradient. Twin: Reference/AdamW.cs
//
// Then, if asked for, average ← average + (1 − decay)·(w − average), as Ema does it. One pass over memory for all of it:
// 36 bytes per weight are read and written instead of 48 with scaling, step and average apart, in 0.73 of the time.
// Every result has the bits of the separate passes.
//
// The factors that depend on t only are computed once, in double. Decay and step are added before the weight is
// rounded: decay alone is a few units of a weight's last place, and would be rounded the same way step after step.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>The AdamW optimiser's step on one block of parameters.</summary>
public static unsafe class AdamW
{
    /// <summary>Updates weights, both moments and the average in place; all spans are equally long.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="settings">Decays, ε and weight decay.</param>
    /// <param name="step">Number of this step, counted from 1: it sets the bias correction.</param>
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <param name="weights">Updated.</param>
    /// <param name="gradients">Gradients of the loss with respect to the weights.</param>
    /// <param name="m">Running mean of gradients, updated; zeros before step 1.</param>
    /// <param name="v">Running mean of squared gradients, updated; zeros before step 1.</param>
    /// <param name="average">Moving average of the weights, updated with the new ones; empty = none.</param>
    /// <param name="averageDecay">Share of the old average that stays, in [0, 1]: 1 freezes it, 0 copies the weights.</param>
    /// <param name="gradientScale">Factor of the gradients, which themselves stay as they are; below 1 where they are clipped.</param>
    /// <exception cref="ArgumentException">The spans differ in length, the step is below 1, or a decay out of range.</exception>
    public static void Step(
        Cpu cpu, AdamWSettings settings, int step, float learningRate,
        Span<float> weights, ReadOnlySpan<float> gradients, Span<float> m, Span<float> v,
        Span<float> average = default, float averageDecay = 1, float gradientScale = 1)
    {
        Guard.Positive(step);
        Guard.Share(settings.Beta1);
        Guard.Share(settings.Beta2);
        Guard.SameLength(gradients, weights.Length);
        Guard.SameLength<float>(m, weights.Length);
        Guard.SameLength<float>(v, weights.Length);
        if (!average.IsEmpty) Guard.SameLength<float>(average, weights.Length);
        if (!(averageDecay is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(averageDecay), averageDecay, $"averageDecay: expected a number in [0, 1], got {averageDecay}.");
        }

        Factors factors = new(
            Decay: (float)(learningRate * settings.WeightDecay),
            NewM: (float)(1 - settings.Beta1),
            NewV: (float)(1 - settings.Beta2),
            StepSize: (float)(learningRate / (1 - Power(settings.Beta1, step))),
            UnbiasRoot: (float)(1 / Math.Sqrt(1 - Power(settings.Beta2, step))),
            Epsilon: (float)settings.Epsilon,
            gradientScale,
            AverageShare: 1 - averageDecay);
        fixed (float* w = weights, g = gradients, pm = m, pv = v, a = average)
        {
            new Map<StepBody>(new(w, g, pm, pv, a, factors), weights.Length).Run(cpu, Grain.Light);
        }

        if (averageDecay == 0 && !average.IsEmpty) weights.CopyTo(average); // rounding could leave a trace of the old one
    }

    /// <summary>β^t by repeated squaring: Math.Pow differs in the last bit between systems.</summary>
    private static double Power(double beta, int exponent)
    {
        double power = 1;
        for (double square = beta; exponent > 0; exponent >>= 1, square *= square)
        {
            if ((exponent & 1) != 0) power *= square;
        }

        return power;
    }

    private readonly record struct Factors(
        float Decay, float NewM, float NewV, float StepSize, float UnbiasRoot, float Epsilon,
        float GradientScale, float AverageShare);

    private readonly struct StepBody(
        float* weights, float* gradients, float* m, float* v, float* average, Factors factors) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V w = lanes.Load<V, S>(weights + i);
            V g = S.Multiply(S.Broadcast(factors.GradientScale), lanes.Load<V, S>(gradients + i));
            V first = lanes.Load<V, S>(m + i), second = lanes.Load<V, S>(v + i);
            first = S.MultiplyAdd(S.Broadcast(factors.NewM), S.Subtract(g, first), first);
            second = S.MultiplyAdd(S.Broadcast(factors.NewV), S.Subtract(S.Multiply(g, g), second), second);
            V root = S.MultiplyAdd(S.Sqrt(second), S.Broadcast(factors.UnbiasRoot), S.Broadcast(factors.Epsilon));
            V change = S.Multiply(S.Broadcast(factors.StepSize), S.Divide(first, root));
            w = S.Subtract(w, S.MultiplyAdd(S.Broadcast(factors.Decay), w, change));
            lanes.Store<V, S>(w, weights + i);
            lanes.Store<V, S>(first, m + i);
            lanes.Store<V, S>(second, v + i);
            if (average == null) return;
            V moved = Ema.Towards<V, S>(w, S.Broadcast(factors.AverageShare), lanes.Load<V, S>(average + i));
            lanes.Store<V, S>(moved, average + i);
        }
    }
}
