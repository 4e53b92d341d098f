// One step back along the path, from x_t to x_s with less noise, and what two levels say about it whatever schedule
// they came from:
//   h = t − s,   α_t/α_s = √(1−β),   β = 1 − ᾱ_t/ᾱ_s = 1 − e^{−h},   β̃ = β·σ_s²/σ_t²
// β is the noise that the forward process adds between the two; β̃ is what is left of it once x_0 and x_t are known
// (Ho et al. 2020, 2006.11239, eq. 7).

using PureDit.Kernels;

namespace PureDit.Diffusion;

/// <summary>A step from one noise level to the next.</summary>
/// <param name="Index">Number of the step, from 1; the key of its noise.</param>
/// <param name="From">Level t of the samples before the step.</param>
/// <param name="To">Level s after it, s &lt; t.</param>
public readonly record struct ReverseStep(int Index, NoiseLevel From, NoiseLevel To)
{
    /// <summary>h = t − s, the length of the step in SDE time.</summary>
    public double H => From.Time - To.Time;

    /// <summary>β = 1 − ᾱ_t/ᾱ_s = 1 − e^{−h}.</summary>
    public double Beta => NoiseLevel.FromTime(H).Variance;

    /// <summary>β̃ = β·σ_s²/σ_t², the variance of x_s given x_t and x_0; 0 when arriving at the clean level.</summary>
    public double BetaTilde => Beta * To.Variance / From.Variance;

    /// <summary>α_s/α_t = e^{h/2} = 1/√(1−β): how much the signal grows.</summary>
    public double Growth => PortableMath.Exp(0.5 * H);

    /// <summary>Whether the step arrives at the clean level.</summary>
    public bool ToClean => To.Time == 0;
}
