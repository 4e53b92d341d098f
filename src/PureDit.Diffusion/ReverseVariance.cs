// The noise of a DDPM step, x_s = mean(x_t) + noise. Three answers to how much (per value):
//   β                        the forward noise;                exact where the data is white (λ = 1)
//   β̃ = β·σ_s²/σ_t²          the noise if x_0 were known;      exact where the data is a point (λ → 0)
//   β̃ + (α_s·β/σ_t²)²·Cov[x_0 | x_t]                           exact for Gaussian data
// The first two: Ho et al. 2020 (2006.11239), section 3.2. The third is the law of total variance; with one number
// per level for Cov[x_0 | x_t] it is Analytic-DPM (Bao et al. 2022, 2201.06503, theorem 1).

namespace PureDit.Diffusion;

/// <summary>The covariance of x_s given x_t that a DDPM step assumes.</summary>
public interface IReverseVariance
{
    /// <summary>Turns white noise into noise of that covariance C, in place: noise ← C^{½}·noise for each sample.</summary>
    /// <param name="reverseStep">From t to s.</param>
    /// <param name="noise">In: standard normal, [n, size]. Out: covariance C.</param>
    void Colour(in ReverseStep reverseStep, Span<float> noise);
}

/// <summary>The variances that need one number per level.</summary>
public static class ReverseVariance
{
    /// <summary>β; no noise when arriving at the clean level.</summary>
    public static IReverseVariance Beta { get; } = new Scalar(step => step.ToClean ? 0 : step.Beta);

    /// <summary>β̃, which is zero when arriving at the clean level.</summary>
    public static IReverseVariance BetaTilde { get; } = new Scalar(step => step.BetaTilde);

    /// <summary>β̃ + (α_s·β/σ_t²)²·c(t): the best single number per level.</summary>
    /// <param name="cleanVariance">
    /// c(t), the posterior variance of x_0 given x_t per value, averaged over values and samples: tr Cov[x_0 | x_t]/size.
    /// For a network its mean squared error per value in x_0 at that level serves, or (σ_t²/α_t²)·(1 − E‖ε̂‖²/size).
    /// </param>
    public static IReverseVariance Analytic(Func<NoiseLevel, double> cleanVariance) => new Scalar(step =>
    {
        double share = step.To.Alpha * step.Beta / step.From.Variance;
        return step.BetaTilde + (share * share * cleanVariance(step.From));
    });

    private sealed class Scalar(Func<ReverseStep, double> variance) : IReverseVariance
    {
        public void Colour(in ReverseStep reverseStep, Span<float> noise)
        {
            double deviation = Math.Sqrt(variance(reverseStep));
            foreach (ref float value in noise) value = (float)(deviation * value);
        }
    }
}
