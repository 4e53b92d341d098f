// Euler-Maruyama on the reverse-time SDE.  Anderson 1982; Song et al. 2021, 2011.13456, eq. 6, for dx = −½x dt + dW:
//   x_s = x_t + h·(½x_t + ŝ(x_t, t)) + √h·z,     h = t − s
// Weak order 1. A step that arrives at the clean level adds no noise.

namespace PureDit.Diffusion;

/// <summary>The reverse SDE by Euler-Maruyama, coefficients taken at the start of a step.</summary>
public sealed class ReverseSdeEulerMaruyama : ISampler
{
    /// <inheritdoc/>
    public string Name => "sde";

    /// <inheritdoc/>
    public void Run(
        IDenoiser denoiser, ReadOnlySpan<NoiseLevel> levels, INoiseSource noise, Span<float> x,
        SamplerWorkspace workspace, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        Span<float> score = workspace.Prediction(x.Length);
        Span<float> z = workspace.Noise(x.Length);

        // [doc:euler-maruyama-step]
        foreach (ReverseStep step in new ReverseSteps(denoiser, levels, x, progress, cancellation))
        {
            Prediction.Of(denoiser, PredictionKind.Score, step.From, x, score);
            LinearCombination.Write(1 + (0.5 * step.H), x, step.H, score, x);
            if (step.ToClean) continue;

            noise.Fill(step.Index, z);
            LinearCombination.Add(Math.Sqrt(step.H), z, x);
        }
        // [/doc:euler-maruyama-step]
    }
}
