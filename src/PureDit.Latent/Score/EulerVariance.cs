// The variance of Euler-Maruyama on the reverse SDE along an eigendirection of variance λ, by its recursion:
//   v ← (1 + μ(½ − 1/(α²λ + σ²)))² v + μ,   v = 1 at T;  α, σ² at the start T − kμ of each step
// It should arrive at α²λ + σ² of T₀. λ = 0 is the part off the subspace, x ← (1 + μ(½ − 1/σ²))x + √μ ξ, for which
//   T > 1, T₀ + μ ≤ 1  ⟹  v ≤ e·(T₀ + μ)          (Hu et al. 2024, arXiv 2407.01079, lemma F.9):
// it collapses to what early stopping leaves.

using PureDit.Diffusion;

namespace PureDit.Latent;

/// <summary>What variance the sampler leaves in a direction.</summary>
public static class EulerVariance
{
    // [doc:latent-orthogonal-recursion]
    /// <summary>The variance after the last step.</summary>
    /// <param name="levels">As for a sampler: noisiest first, falling; the last may not be clean.</param>
    /// <param name="variance">λ ≥ 0 of the direction; 0 for the orthogonal part.</param>
    /// <param name="start">Variance at the first level.</param>
    public static double After(ReadOnlySpan<NoiseLevel> levels, double variance = 0, double start = 1)
    {
        if (!(variance >= 0 && double.IsFinite(variance))) throw Expect.OutOfRange(nameof(variance), variance, "a finite number of 0 or more");
        double v = start;
        for (int k = 0; k + 1 < levels.Length; k++)
        {
            double mu = levels[k].Time - levels[k + 1].Time;
            if (!(mu > 0)) throw new ArgumentException($"levels: expected falling noise, got a step of {mu} at {k}.", nameof(levels));
            double factor = 1 + (mu * (0.5 - (1 / ((levels[k].AlphaBar * variance) + levels[k].Variance))));
            v = (factor * factor * v) + mu;
        }

        return v;
    }
    // [/doc:latent-orthogonal-recursion]

    /// <summary>e·(T₀ + μ), above which the orthogonal variance of steps of length μ cannot end.</summary>
    /// <param name="stop">T₀.</param>
    /// <param name="step">μ; T₀ + μ ≤ 1.</param>
    public static double OrthogonalBound(double stop, double step)
    {
        Expect.PositiveFinite(stop);
        Expect.PositiveFinite(step);
        return stop + step <= 1 ? Math.E * (stop + step) : throw Expect.OutOfRange(nameof(step), step, $"T₀ + μ ≤ 1 with T₀ = {stop}");
    }
}
