// DDIM.  Song, Meng, Ermon 2021, "Denoising diffusion implicit models", arXiv 2010.02502, eq. 12 and 16:
//   x_s = α_s·x̂_0 + √(σ_s² − η²β̃)·ε̂ + η·√β̃·z,     ε̂ = (x_t − α_t·x̂_0)/σ_t
// η = 0 is deterministic, η = 1 is DDPM with variance β̃. On Gaussian data η = 0 always shrinks the variance a little:
// subsampled DDIM loses covariance for every λ ≠ 0, network or not.

namespace PureDit.Diffusion;

/// <summary>Denoising diffusion implicit models.</summary>
public sealed class DdimSampler : ISampler
{
    private readonly double _eta;

    /// <summary>Creates the sampler.</summary>
    /// <param name="eta">η, share of the noise that is drawn anew: 0 (deterministic) to 1 (DDPM).</param>
    /// <exception cref="ArgumentOutOfRangeException">η is not in [0, 1].</exception>
    public DdimSampler(double eta = 0)
    {
        Expect.Within(0, 1, eta);
        _eta = eta;
    }

    /// <inheritdoc/>
    public string Name => "ddim";

    /// <inheritdoc/>
    public void Run(
        IDenoiser denoiser, ReadOnlySpan<NoiseLevel> levels, INoiseSource noise, Span<float> x,
        SamplerWorkspace workspace, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        Span<float> x0 = workspace.Prediction(x.Length);
        Span<float> z = workspace.Noise(_eta == 0 ? 0 : x.Length);

        // [doc:ddim-step]
        foreach (ReverseStep step in new ReverseSteps(denoiser, levels, x, progress, cancellation))
        {
            Prediction.Of(denoiser, PredictionKind.X0, step.From, x, x0);
            double fresh = _eta * _eta * step.BetaTilde;
            double kept = Math.Sqrt(Math.Max(0, step.To.Variance - fresh)); // η = 1 may round below 0
            double ofX = kept / step.From.Sigma; // x enters through ε̂ only
            LinearCombination.Write(ofX, x, step.To.Alpha - (ofX * step.From.Alpha), x0, x);

            if (fresh == 0) continue;
            noise.Fill(step.Index, z);
            LinearCombination.Add(Math.Sqrt(fresh), z, x);
        }
        // [/doc:ddim-step]
    }
}
