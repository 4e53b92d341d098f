// Euler's method on the probability flow ODE.  Song et al. 2021, arXiv 2011.13456, eq. 13, for dx = −½x dt + dW:
//   dx/dt = −½(x + s(x, t))    so a step back of length h is    x_s = x_t + h·½(x_t + ŝ)
// First order in h = t − s. The slope grows like 1/σ_t towards t = 0: stop early or step finely there.
// DDIM solves the same ODE in better variables.

namespace PureDit.Diffusion;

/// <summary>The probability flow ODE by Euler's method in the SDE's time.</summary>
public sealed class ProbabilityFlowEuler : ISampler
{
    /// <inheritdoc/>
    public string Name => "euler";

    /// <inheritdoc/>
    public void Run(
        IDenoiser denoiser, ReadOnlySpan<NoiseLevel> levels, INoiseSource noise, Span<float> x,
        SamplerWorkspace workspace, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        Span<float> score = workspace.Prediction(x.Length);

        // [doc:euler-step]
        foreach (ReverseStep step in new ReverseSteps(denoiser, levels, x, progress, cancellation))
        {
            Prediction.Of(denoiser, PredictionKind.Score, step.From, x, score);
            LinearCombination.Write(1 + (0.5 * step.H), x, 0.5 * step.H, score, x);
        }
        // [/doc:euler-step]
    }
}
