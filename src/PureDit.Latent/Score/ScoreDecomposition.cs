// The score of data on a subspace, x₀ = B h₀ (Hu et al. 2024, arXiv 2407.01079, lemma 2.1):
//   ∇ log p_t(x) = B ∇ log p^h_t(Bᵀx) − (I − BBᵀ)x/σ²  = [B q(Bᵀx, t) − x]/σ²,    q = h + σ² ∇ log p^h_t
// and so the class of models s_W(x, t) = [W f(Wᵀx, t) − x]/σ² with f a denoiser to α h₀. σ² here is the variance that
// the paper calls σ(t). The part off the subspace is known without learning; E‖it‖² = (D − d₀)/σ².

using PureDit.Diffusion;

namespace PureDit.Latent;

/// <summary>Scores in R^D from scores in R^d₀.</summary>
public static class ScoreDecomposition
{
    // [doc:latent-decomposition]
    /// <summary>Writes [W f − x]/σ² for f that was computed from h = Wᵀx.</summary>
    /// <param name="subspace">W.</param>
    /// <param name="level">Noise level, not clean.</param>
    /// <param name="x">[D].</param>
    /// <param name="signal">f(Wᵀx, t), [d₀]: the exact one is q = α E[h₀ | h].</param>
    /// <param name="score">Receives [D].</param>
    public static void FromSignal(ISubspace subspace, NoiseLevel level, ReadOnlySpan<double> x, ReadOnlySpan<double> signal, Span<double> score)
    {
        ArgumentNullException.ThrowIfNull(subspace);
        Expect.Noisy(level);
        Expect.Length(subspace.Dimension, x.Length, nameof(x));
        subspace.Lift(signal, score);
        for (int i = 0; i < x.Length; i++) score[i] = (score[i] - x[i]) / level.Variance;
    }

    /// <summary>Writes the exact score of x₀ = B h₀.</summary>
    /// <param name="subspace">B.</param>
    /// <param name="law">The law of h₀.</param>
    /// <param name="level">Noise level, not clean.</param>
    /// <param name="x">[D].</param>
    /// <param name="score">Receives [D].</param>
    public static void Score(ISubspace subspace, ILatentDistribution law, NoiseLevel level, ReadOnlySpan<double> x, Span<double> score)
    {
        ArgumentNullException.ThrowIfNull(subspace);
        ArgumentNullException.ThrowIfNull(law);
        Expect.Length(subspace.Rank, law.Size, nameof(law));
        double[] h = new double[subspace.Rank], signal = new double[subspace.Rank];
        subspace.Project(x, h);
        law.Signal(level, h, signal);
        FromSignal(subspace, level, x, signal, score);
    }
    // [/doc:latent-decomposition]

    /// <summary>E‖∇ log p_t‖² of a Gaussian latent, tr C⁻¹ + (D − d₀)/σ².</summary>
    /// <param name="dimension">D.</param>
    /// <param name="law">N(m, Λ).</param>
    /// <param name="level">Noise level, not clean.</param>
    public static double ExpectedSquaredNorm(int dimension, LatentGaussian law, NoiseLevel level)
    {
        ArgumentNullException.ThrowIfNull(law);
        Expect.Rank(dimension, law.Size);
        Expect.Noisy(level);
        double sum = (dimension - law.Size) / level.Variance;
        foreach (double variance in law.Variances) sum += 1 / ((level.AlphaBar * variance) + level.Variance);
        return sum;
    }
}
