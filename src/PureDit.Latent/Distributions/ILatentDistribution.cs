// A law of latent vectors h₀ in R^d₀ whose noisy versions are known in closed form:
//   p^h_t = law of α h₀ + σ z,    score = ∇ log p^h_t,    q(h, t) = h + σ² ∇ log p^h_t(h) = α E[h₀ | h_t = h]  (Tweedie).
// The paper's β(t) is our α and its σ(t), a variance, our σ² (NoiseLevel.Variance). Its text writes q = E[h₀ | h_t] in
// lemmas F.2 and F.3; the definition (2.4) that it refers to has the factor α.     Hu et al. 2024, arXiv 2407.01079.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Latent;

/// <summary>A law of latent vectors with exact scores at every noise level.</summary>
public interface ILatentDistribution
{
    /// <summary>d₀, number of values of a latent vector.</summary>
    int Size { get; }

    /// <summary>ln p^h_t(h), in nats.</summary>
    /// <param name="level">Noise level, not clean.</param>
    /// <param name="h">[d₀].</param>
    double LogDensity(NoiseLevel level, ReadOnlySpan<double> h);

    /// <summary>Writes ∇ log p^h_t(h).</summary>
    /// <param name="level">Noise level, not clean.</param>
    /// <param name="h">[d₀].</param>
    /// <param name="score">Receives [d₀]; not the memory of <paramref name="h"/>.</param>
    void Score(NoiseLevel level, ReadOnlySpan<double> h, Span<double> score);

    /// <summary>Writes ∇² log p^h_t(h), the Jacobian of the score.</summary>
    /// <param name="level">Noise level, not clean.</param>
    /// <param name="h">[d₀].</param>
    /// <param name="jacobian">Receives [d₀, d₀], symmetric.</param>
    void Jacobian(NoiseLevel level, ReadOnlySpan<double> h, Span<double> jacobian);

    /// <summary>Writes independent clean vectors h₀.</summary>
    /// <param name="random">Key; vector i takes the sample number first + i.</param>
    /// <param name="first">Number of the first vector.</param>
    /// <param name="samples">Receives [n, d₀].</param>
    void Sample(Philox random, long first, Span<double> samples);

    /// <summary>E[h₀h₀ᵀ], [d₀, d₀]; its smallest eigenvalue is the paper's c₀.</summary>
    double[] SecondMoment();
}

/// <summary>What follows from the score of a latent law.</summary>
public static class LatentDistributions
{
    // [doc:latent-tweedie]
    /// <summary>Writes q(h, t) = h + σ² ∇ log p^h_t(h) = α E[h₀ | h_t = h].</summary>
    /// <param name="law">The law.</param>
    /// <param name="level">Noise level, not clean.</param>
    /// <param name="h">[d₀].</param>
    /// <param name="signal">Receives [d₀]; not the memory of <paramref name="h"/>.</param>
    public static void Signal(this ILatentDistribution law, NoiseLevel level, ReadOnlySpan<double> h, Span<double> signal)
    {
        law.Score(level, h, signal);
        for (int i = 0; i < h.Length; i++) signal[i] = h[i] + (level.Variance * signal[i]);
    }
    // [/doc:latent-tweedie]

    /// <summary>c₀, the smallest eigenvalue of E[h₀h₀ᵀ]: how much of the data the least important direction holds.</summary>
    public static double SmallestMoment(this ILatentDistribution law) => new SymmetricEigen(law.SecondMoment(), law.Size).Values[0];
}
