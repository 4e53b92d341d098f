// Heun's method on the probability flow ODE (the ODE: Song et al. 2021, arXiv 2011.13456, eq. 13; Heun for it: Karras
// et al. 2022, arXiv 2206.00364, algorithm 1, there in other variables):
//   d  = ½(x_t + ŝ(x_t, t)),   x' = x_t + h·d,   d' = ½(x' + ŝ(x', s)),   x_s = x_t + h·½(d + d')
// Second order, two denoiser calls per step. At the clean level the score does not exist: a last step that arrives
// there is Euler's, as in Karras.

namespace PureDit.Diffusion;

/// <summary>The probability flow ODE by Heun's method in the SDE's time.</summary>
public sealed class ProbabilityFlowHeun : ISampler
{
    /// <inheritdoc/>
    public string Name => "heun";

    /// <inheritdoc/>
    public void Run(
        IDenoiser denoiser, ReadOnlySpan<NoiseLevel> levels, INoiseSource noise, Span<float> x,
        SamplerWorkspace workspace, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        Span<float> slope = workspace.Prediction(x.Length);
        Span<float> slopeThere = workspace.Other(x.Length);
        Span<float> trial = workspace.Trial(x.Length);

        // [doc:heun-step]
        foreach (ReverseStep step in new ReverseSteps(denoiser, levels, x, progress, cancellation))
        {
            Prediction.Of(denoiser, PredictionKind.Score, step.From, x, slope);
            LinearCombination.Write(0.5, x, 0.5, slope, slope);
            LinearCombination.Write(1, x, step.H, slope, trial);
            if (step.ToClean)
            {
                trial.CopyTo(x);
                continue;
            }

            Prediction.Of(denoiser, PredictionKind.Score, step.To, trial, slopeThere);
            LinearCombination.Write(0.5, trial, 0.5, slopeThere, slopeThere);
            LinearCombination.Add(0.5 * step.H, slope, x);
            LinearCombination.Add(0.5 * step.H, slopeThere, x);
        }
        // [/doc:heun-step]
    }
}
