// DPM-Solver++(2M).  Lu et al. 2022, arXiv 2211.01095, algorithm 2: multistep, data prediction, in the variable
// ℓ = ln(α/σ), half the log-SNR:
//   x_s = (σ_s/σ_t)·x_t + α_s·(1 − e^{−h})·D,    h = ℓ_s − ℓ_t,    D = x̂_0 + (h/2h')·(x̂_0 − x̂_0'),
// where a prime means the step before. Second order with one denoiser call per step. The first step, and a last one
// to the clean level (h = ∞), take D = x̂_0, which is DDIM.

namespace PureDit.Diffusion;

/// <summary>The second-order multistep DPM-Solver++.</summary>
public sealed class DpmSolverPlusPlus2M : ISampler
{
    /// <inheritdoc/>
    public string Name => "dpm++";

    /// <inheritdoc/>
    public void Run(
        IDenoiser denoiser, ReadOnlySpan<NoiseLevel> levels, INoiseSource noise, Span<float> x,
        SamplerWorkspace workspace, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        Span<float> x0 = workspace.Prediction(x.Length);
        Span<float> x0Before = workspace.Other(x.Length);
        double hBefore = 0;

        // [doc:dpm-solver-step]
        foreach (ReverseStep step in new ReverseSteps(denoiser, levels, x, progress, cancellation))
        {
            Prediction.Of(denoiser, PredictionKind.X0, step.From, x, x0);
            double h = 0.5 * (step.To.LogSnr - step.From.LogSnr);
            double ofX = step.To.Sigma / step.From.Sigma;
            double ofD = step.To.Alpha - (ofX * step.From.Alpha); // α_s·e^{−h} = α_t·σ_s/σ_t
            double extrapolation = step.Index == 1 || step.ToClean ? 0 : h / (2 * hBefore);

            LinearCombination.Write(ofX, x, ofD * (1 + extrapolation), x0, x);
            if (extrapolation != 0) LinearCombination.Add(-ofD * extrapolation, x0Before, x);

            hBefore = h;
            Span<float> spare = x0Before;
            x0Before = x0;
            x0 = spare;
        }
        // [/doc:dpm-solver-step]
    }
}
