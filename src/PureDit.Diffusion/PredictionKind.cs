namespace PureDit.Diffusion;

/// <summary>What a denoiser says about x_t = α·x_0 + σ·ε. Each determines the others at a given level; see <see cref="Prediction"/>.</summary>
public enum PredictionKind
{
    /// <summary>The noise, E[ε | x_t] (Ho et al. 2020, arXiv 2006.11239).</summary>
    Noise,

    /// <summary>The clean sample, E[x_0 | x_t].</summary>
    X0,

    /// <summary>The velocity v = α·ε − σ·x_0 (Salimans and Ho 2022, arXiv 2202.00512).</summary>
    V,

    /// <summary>The score ∇ log p_t(x_t) = −E[ε | x_t]/σ.</summary>
    Score,
}
