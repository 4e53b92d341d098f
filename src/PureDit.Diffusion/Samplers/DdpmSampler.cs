// Ancestral sampling.  Ho, Jain, Abbeel 2020, "Denoising diffusion probabilistic models", arXiv 2006.11239, eq. 6, 7:
//   x_s = (α_s·β/σ_t²)·x̂_0 + (√(1−β)·σ_s²/σ_t²)·x_t + C^{½}·z,     β = 1 − ᾱ_t/ᾱ_s
// the mean of their algorithm 2, (x_t − β/σ_t·ε̂)/√(1−β), in the form that does not divide by a small α_t.
// C is β·I, β̃·I or the true posterior covariance; see ReverseVariance. With the last, the chain is exact for Gaussian
// data at any number of steps. Not done: learned variances.

namespace PureDit.Diffusion;

/// <summary>DDPM ancestral sampling over any levels.</summary>
/// <param name="variance">Noise of a step; β̃ by default.</param>
public sealed class DdpmSampler(IReverseVariance? variance = null) : ISampler
{
    private readonly IReverseVariance _variance = variance ?? ReverseVariance.BetaTilde;

    /// <inheritdoc/>
    public string Name => "ddpm";

    /// <inheritdoc/>
    public void Run(
        IDenoiser denoiser, ReadOnlySpan<NoiseLevel> levels, INoiseSource noise, Span<float> x,
        SamplerWorkspace workspace, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        Span<float> x0 = workspace.Prediction(x.Length);
        Span<float> z = workspace.Noise(x.Length);

        // [doc:ddpm-step]
        foreach (ReverseStep step in new ReverseSteps(denoiser, levels, x, progress, cancellation))
        {
            Prediction.Of(denoiser, PredictionKind.X0, step.From, x, x0);
            double ofX0 = step.To.Alpha * step.Beta / step.From.Variance;
            double ofX = step.To.Variance / (step.Growth * step.From.Variance); // growth is 1/√(1−β)
            LinearCombination.Write(ofX, x, ofX0, x0, x);

            noise.Fill(step.Index, z);
            _variance.Colour(step, z);
            LinearCombination.Add(1, z, x);
        }
        // [/doc:ddpm-step]
    }
}
