// One step of Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2; Kingma and Ba 2015):
//   w ← w − λ·η·w                       (η = learning rate, λ = weight decay: not through the gradient)
//   m ← m + (1 − β1)·(g − m),   v ← v + (1 − β2)·(g² − v)
//   w ← w − η/(1 − β1^t) · m / (√v/√(1 − β2^t) + ε)
// Twin: Reference/AdamW.cs. The factors that depend on t only are computed once, in double.

using PureDit.Kernels.Reference;

namespace PureDit.Kernels;

/// <summary>The AdamW optimiser's step on one block of parameters.</summary>
public static class AdamW
{
    /// <summary>Updates weights and both moments in place; all four spans are equally long.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="settings">Decays, ε and weight decay.</param>
    /// <param name="step">Number of this step, counted from 1: it sets the bias correction.</param>
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <param name="weights">Updated.</param>
    /// <param name="gradients">Gradients of the loss with respect to the weights.</param>
    /// <param name="m">Running mean of gradients, updated; zeros before step 1.</param>
    /// <param name="v">Running mean of squared gradients, updated; zeros before step 1.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or the step is below 1.</exception>
    public static void Step(
        Cpu cpu, AdamWSettings settings, int step, float learningRate,
        Span<float> weights, ReadOnlySpan<float> gradients, Span<float> m, Span<float> v)
    {
        Guard.Positive(step);
        Guard.SameLength(gradients, weights.Length);
        Guard.SameLength<float>(m, weights.Length);
        Guard.SameLength<float>(v, weights.Length);
        double[] weights64 = Bridge.Wide(weights), m64 = Bridge.Wide(m), v64 = Bridge.Wide(v);
        Reference.AdamW.Step(settings, step, learningRate, weights64, Bridge.Wide(gradients), m64, v64);
        Bridge.Narrow(weights64, weights);
        Bridge.Narrow(m64, m);
        Bridge.Narrow(v64, v);
    }
}
