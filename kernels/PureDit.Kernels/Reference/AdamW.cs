// One step of AdamW (Loshchilov and Hutter 2019, algorithm 2), spelled out.

namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.AdamW"/> in double.</summary>
public static class AdamW
{
    // [doc:adamw-reference]
    /// <inheritdoc cref="Kernels.AdamW.Step"/>
    public static void Step(
        AdamWSettings settings, int step, double learningRate,
        Span<double> weights, ReadOnlySpan<double> gradients, Span<double> m, Span<double> v)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] -= learningRate * settings.WeightDecay * weights[i]; // apart from the gradient: the W of AdamW
            m[i] += (1 - settings.Beta1) * (gradients[i] - m[i]);
            v[i] += (1 - settings.Beta2) * ((gradients[i] * gradients[i]) - v[i]);
            double unbiasedM = m[i] / (1 - Math.Pow(settings.Beta1, step));
            double unbiasedV = v[i] / (1 - Math.Pow(settings.Beta2, step));
            weights[i] -= learningRate * unbiasedM / (Math.Sqrt(unbiasedV) + settings.Epsilon);
        }
    }
    // [/doc:adamw-reference]
}
