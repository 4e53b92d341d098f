// The denoising loss of the model class s_W = [W f(Wᵀx_t) − x_t]/σ². Its target is −ε/σ = (α x₀ − x_t)/σ², so that the
// residual is (W f − α x₀)/σ²: f is a denoiser to α h₀. (The paper's empirical loss (2.2) compares s_W with x₀ itself:
// its minimum is the posterior mean, not the score.) For orthonormal W the residual splits (Pythagoras):
//   ‖W f − α x₀‖² = ‖f − α Wᵀx₀‖² + α²‖(I − WWᵀ)x₀‖²
// a loss in d₀ dimensions, and what projecting loses: principal components minimise the second whatever f is.
// For x₀ = B h₀ the excess of the loss over its minimum is E‖W f − B q‖², of which the part off W cannot be helped:
//   E‖W f − B q‖² ≥ E‖(I − WWᵀ)B q‖² ≥ c_q ‖WWᵀ − BBᵀ‖²_F / 2,    c_q the smallest eigenvalue of E[qqᵀ]:
// a small loss forces a good subspace (the direction of lemma F.7). For a Gaussian c_q ≥ α⁴c₀²/(α²c₀ + σ²).

using PureDit.Diffusion;

namespace PureDit.Latent;

/// <summary>The loss of a latent denoiser, taken apart.</summary>
public static class LatentLoss
{
    // [doc:latent-loss-split]
    /// <summary>‖f − α Wᵀx₀‖² and α²‖(I − WWᵀ)x₀‖²; their sum is ‖W f − α x₀‖².</summary>
    /// <param name="subspace">W.</param>
    /// <param name="level">Noise level.</param>
    /// <param name="signal">f(Wᵀx_t, t), [d₀].</param>
    /// <param name="clean">x₀, [D].</param>
    public static (double Inside, double Outside) Split(ISubspace subspace, NoiseLevel level, ReadOnlySpan<double> signal, ReadOnlySpan<double> clean)
    {
        ArgumentNullException.ThrowIfNull(subspace);
        Expect.Length(subspace.Rank, signal.Length, nameof(signal));
        Expect.Length(subspace.Dimension, clean.Length, nameof(clean));
        double[] h = new double[subspace.Rank], rest = new double[subspace.Dimension];
        subspace.Project(clean, h);
        subspace.Lift(h, rest);
        double inside = 0, outside = 0;
        for (int i = 0; i < h.Length; i++) inside += (signal[i] - (level.Alpha * h[i])) * (signal[i] - (level.Alpha * h[i]));
        for (int i = 0; i < rest.Length; i++) outside += (clean[i] - rest[i]) * (clean[i] - rest[i]);
        return (inside, level.AlphaBar * outside);
    }
    // [/doc:latent-loss-split]

    /// <summary>The least E‖s − (−ε/σ)‖² over all models, for a Gaussian latent: Σ α²λ_i/(σ²(α²λ_i + σ²)). No D in it.</summary>
    /// <param name="law">N(m, Λ).</param>
    /// <param name="level">Noise level, not clean.</param>
    public static double Least(LatentGaussian law, NoiseLevel level)
    {
        ArgumentNullException.ThrowIfNull(law);
        Expect.Noisy(level);
        double sum = 0;
        foreach (double variance in law.Variances)
        {
            sum += level.AlphaBar * variance / (level.Variance * ((level.AlphaBar * variance) + level.Variance));
        }

        return sum;
    }

    /// <summary>A lower bound of c_q, the smallest eigenvalue of E[qqᵀ], for a Gaussian latent; exact where its mean is 0.</summary>
    /// <param name="law">N(m, Λ).</param>
    /// <param name="level">Noise level, not clean.</param>
    public static double SmallestSignalMoment(LatentGaussian law, NoiseLevel level)
    {
        ArgumentNullException.ThrowIfNull(law);
        Expect.Noisy(level);
        double signal = level.AlphaBar * law.Variances[0];
        return signal * signal / (signal + level.Variance);
    }

    /// <summary>The largest ‖WWᵀ − BBᵀ‖²_F that an excess of E‖W f − α x₀‖² over its minimum allows: 2·excess/c_q.</summary>
    /// <param name="excess">The excess E‖W f − B q‖², per sample.</param>
    /// <param name="smallestSignalMoment">c_q.</param>
    public static double LargestSquaredDistance(double excess, double smallestSignalMoment)
    {
        Expect.PositiveFinite(smallestSignalMoment);
        return 2 * excess / smallestSignalMoment;
    }
}
