// Exponential integrator for the reverse SDE: the linear part ½x and the noise are integrated exactly, only the score
// is frozen at the start of the step.  For the SDE: Chen et al. 2023, arXiv 2209.11215; the idea: Zhang and Chen 2023,
// arXiv 2204.13902.
//   x_s = E·x_t + 2(E−1)·ŝ(x_t, t) + √(E²−1)·z,     E = e^{h/2},  h = t − s
// Weak order 1, like Euler-Maruyama, but the mean path α_t·μ is followed exactly. A step that arrives at the clean
// level adds no noise.

namespace PureDit.Diffusion;

/// <summary>The reverse SDE with the score frozen over a step.</summary>
public sealed class ReverseSdeExponential : ISampler
{
    /// <inheritdoc/>
    public string Name => "sde-exp";

    /// <inheritdoc/>
    public void Run(
        IDenoiser denoiser, ReadOnlySpan<NoiseLevel> levels, INoiseSource noise, Span<float> x,
        SamplerWorkspace workspace, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        Span<float> score = workspace.Prediction(x.Length);
        Span<float> z = workspace.Noise(x.Length);

        // [doc:exponential-step]
        foreach (ReverseStep step in new ReverseSteps(denoiser, levels, x, progress, cancellation))
        {
            Prediction.Of(denoiser, PredictionKind.Score, step.From, x, score);
            double growth = step.Growth;
            LinearCombination.Write(growth, x, 2 * (growth - 1), score, x);
            if (step.ToClean) continue;

            noise.Fill(step.Index, z);
            LinearCombination.Add(growth * Math.Sqrt(step.Beta), z, x); // E² − 1 = E²·β
        }
        // [/doc:exponential-step]
    }
}
