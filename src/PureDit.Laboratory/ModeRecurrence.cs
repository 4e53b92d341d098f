// What each sampler does to one eigenmode of variance λ, in closed form. With V = α²λ + σ² at a level, the deviation c of
// the mode from its mean path α·μ and its variance m go
//   c ← gain·c + bias·μ,   m ← gain²·m + noise,        from c = −α_T μ and m = 1 at the noisiest level (a start of N(0, 1)).
// Derived from the samplers' formulas with the score −c/V put in; h = t − s, β = 1 − e^{−h}, E = e^{h/2}:
//   probability flow, Euler     1 + h(1 − 1/V_t)/2                                          bias α_t(1 + h/2) − α_s
//   Euler–Maruyama              1 + h(½ − 1/V_t)                  noise h                   bias α_t(1 + h/2) − α_s
//   exponential integrator      E − 2(E − 1)/V_t                  noise E² − 1
//   DDPM                        √(1−β)·V_s/V_t                    noise β, β̃ or β·V_s/V_t
//   DDIM                        [α_s α_t λ + √(σ_s² − η²β̃)·σ_t]/V_t         noise η²β̃
// Exact in continuous time: flow √(V_s/V_t); reverse SDE as DDPM with the last noise, at any number of steps.

using PureDit.Diffusion;
using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>What one step does to a mode.</summary>
/// <param name="Gain">Factor of the deviation from the mean path.</param>
/// <param name="Noise">Variance that is added.</param>
/// <param name="Bias">Deviation that is added, as a multiple of μ.</param>
internal readonly record struct ModeStep(double Gain, double Noise = 0, double Bias = 0);

/// <summary>What a whole run does to a mode.</summary>
/// <param name="Gain">Factor of the start.</param>
/// <param name="Noise">Variance owed to the noise of the steps.</param>
/// <param name="Bias">Deviation of the mean from a start of 0, as a multiple of μ.</param>
internal readonly record struct ModeLaw(double Gain, double Noise, double Bias)
{
    /// <summary>Variance from a start of a given variance.</summary>
    public double Variance(double startVariance = 1) => (Gain * Gain * startVariance) + Noise;
}

/// <summary>The closed recurrences of the samplers.</summary>
internal static class ModeRecurrence
{
    /// <summary>V = α²λ + σ².</summary>
    public static double V(NoiseLevel level, double lambda) => (level.AlphaBar * lambda) + level.Variance;

    public static ModeStep Euler(ReverseStep step, double lambda) =>
        new(1 + (0.5 * step.H * (1 - (1 / V(step.From, lambda)))), Bias: ForwardBias(step));

    public static ModeStep Heun(ReverseStep step, double lambda)
    {
        (double h, double from, double to) = (step.H, V(step.From, lambda), V(step.To, lambda));
        double there = 1 + (0.5 * h * (1 - (1 / from))), mean = step.From.Alpha * (1 + (0.5 * h)); // after the trial step
        double slopes = 1 - (1 / from) + ((1 - (1 / to)) * there);
        double meanSlopes = step.From.Alpha + mean - ((mean - step.To.Alpha) / to);
        return new(1 + (0.25 * h * slopes), Bias: step.From.Alpha + (0.25 * h * meanSlopes) - step.To.Alpha);
    }

    public static ModeStep EulerMaruyama(ReverseStep step, double lambda) =>
        new(1 + (step.H * (0.5 - (1 / V(step.From, lambda)))), step.H, ForwardBias(step));

    public static ModeStep Exponential(ReverseStep step, double lambda)
    {
        double e = PortableMath.Exp(0.5 * step.H);
        return new(e - (2 * (e - 1) / V(step.From, lambda)), (e * e) - 1);
    }

    public static ModeStep DdpmBeta(ReverseStep step, double lambda) => Ddpm(step, lambda) with { Noise = step.ToClean ? 0 : step.Beta };

    public static ModeStep DdpmBetaTilde(ReverseStep step, double lambda) =>
        Ddpm(step, lambda) with { Noise = step.Beta * step.To.Variance / step.From.Variance };

    public static ModeStep DdpmPosterior(ReverseStep step, double lambda) =>
        Ddpm(step, lambda) with { Noise = step.Beta * V(step.To, lambda) / V(step.From, lambda) };

    public static Func<ReverseStep, double, ModeStep> Ddim(double eta) => (step, lambda) =>
    {
        double noise = eta * eta * step.Beta * step.To.Variance / step.From.Variance;
        double kept = Math.Sqrt(Math.Max(0, step.To.Variance - noise)) * step.From.Sigma;
        return new(((step.To.Alpha * step.From.Alpha * lambda) + kept) / V(step.From, lambda), noise);
    };

    /// <summary>Runs a one-step recurrence down a path of levels.</summary>
    public static ModeLaw Run(Func<ReverseStep, double, ModeStep> recurrence, ReadOnlySpan<NoiseLevel> levels, double lambda)
    {
        ModeLaw law = new(1, 0, -levels[0].Alpha);
        for (int k = 1; k < levels.Length; k++)
        {
            ModeStep step = recurrence(new(k, levels[k - 1], levels[k]), lambda);
            law = new(step.Gain * law.Gain, (step.Gain * step.Gain * law.Noise) + step.Noise, (step.Gain * law.Bias) + step.Bias);
        }

        return law;
    }

    /// <summary>DPM-Solver++(2M): c ← (σ_s/σ_t)·c + α_s(1 − e^{−h})·((1 + r)·d − r·d'), d = α_t λ c/V_t, r = h/2h' in half log-SNR.</summary>
    public static ModeLaw DpmSolver(ReadOnlySpan<NoiseLevel> levels, double lambda)
    {
        double gain = 1, dBefore = 0, hBefore = 0;
        for (int k = 1; k < levels.Length; k++)
        {
            (NoiseLevel from, NoiseLevel to) = (levels[k - 1], levels[k]);
            double d = from.Alpha * lambda * gain / V(from, lambda), h = 0.5 * (to.LogSnr - from.LogSnr);
            double r = k == 1 || to.Time == 0 ? 0 : h / (2 * hBefore);
            double decay = to.Time == 0 ? 0 : PortableMath.Exp(-h);
            gain = (to.Sigma / from.Sigma * gain) + (to.Alpha * (1 - decay) * (((1 + r) * d) - (r * dBefore)));
            (dBefore, hBefore) = (d, h);
        }

        return new(gain, 0, -levels[0].Alpha * gain);
    }

    private static ModeStep Ddpm(ReverseStep step, double lambda) => new(PortableMath.Exp(-0.5 * step.H) * V(step.To, lambda) / V(step.From, lambda));

    // Euler's step on the mean path, where the score is 0.
    private static double ForwardBias(ReverseStep step) => (step.From.Alpha * (1 + (0.5 * step.H))) - step.To.Alpha;
}
