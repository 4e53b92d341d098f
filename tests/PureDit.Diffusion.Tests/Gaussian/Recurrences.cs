// The samplers on one centred Gaussian mode, in double and on paper: x_s = a·x_t + b·z with V = ᾱλ + 1 − ᾱ.
// Derived from the score −x/V, not from the samplers' source: the DDPM mean, for instance, is √(1−β)·V_s/V_t.

namespace PureDit.Diffusion.Tests;

/// <summary>What one step does to a mode: factor and noise.</summary>
internal readonly record struct ModeStep(double Factor, double Noise);

internal static class Recurrences
{
    /// <summary>One step of the algorithm of that name from t to s on a mode λ.</summary>
    public static ModeStep Of(string sampler, double lambda, NoiseLevel from, NoiseLevel to) => sampler switch
    {
        "ddpm" => Ddpm(lambda, from, to, BetaTilde(from, to)),
        "ddim" => Ddim(lambda, from, to, 0),
        "euler" => new(1 + (H(from, to) * Slope(lambda, from)), 0),
        "heun" => Heun(lambda, from, to),
        "sde" => new(
            1 + (H(from, to) * (0.5 - (1 / V(lambda, from)))), to.Time == 0 ? 0 : Math.Sqrt(H(from, to))),
        "sde-exp" => Exponential(lambda, from, to),
        _ => throw new ArgumentException(sampler),
    };

    public static ModeStep Ddpm(double lambda, NoiseLevel from, NoiseLevel to, double variance) =>
        new(Math.Sqrt(1 - Beta(from, to)) * V(lambda, to) / V(lambda, from), Math.Sqrt(variance));

    public static ModeStep Ddim(double lambda, NoiseLevel from, NoiseLevel to, double eta)
    {
        double fresh = eta * eta * BetaTilde(from, to);
        double c = (Math.Sqrt(to.AlphaBar * from.AlphaBar) * lambda)
            + Math.Sqrt((1 - to.AlphaBar - fresh) * (1 - from.AlphaBar));
        return new(c / V(lambda, from), Math.Sqrt(fresh));
    }

    /// <summary>The factor of a whole DPM-Solver++(2M) run: its state is two numbers, x and the x̂_0 before.</summary>
    public static double DpmSolverGain(double lambda, ReadOnlySpan<NoiseLevel> levels)
    {
        double x = 1, before = 0;
        for (int k = 1; k < levels.Length; k++)
        {
            (NoiseLevel t, NoiseLevel s) = (levels[k - 1], levels[k]);
            double x0 = t.Alpha * lambda / V(lambda, t) * x;
            double d = x0;
            if (k > 1 && s.Time > 0)
            {
                double r = (Half(t) - Half(levels[k - 2])) / (Half(s) - Half(t)); // h'/h
                d = ((1 + (1 / (2 * r))) * x0) - (before / (2 * r));
            }

            double decay = s.Time == 0 ? 0 : Math.Exp(-(Half(s) - Half(t)));
            x = (s.Sigma / t.Sigma * x) + (s.Alpha * (1 - decay) * d);
            before = x0;
        }

        return x;

        static double Half(NoiseLevel level) => Math.Log(level.Alpha / level.Sigma);
    }

    public static double V(double lambda, NoiseLevel level) => (level.AlphaBar * lambda) + 1 - level.AlphaBar;

    public static double Beta(NoiseLevel from, NoiseLevel to) => 1 - (from.AlphaBar / to.AlphaBar);

    public static double BetaTilde(NoiseLevel from, NoiseLevel to) =>
        Beta(from, to) * (1 - to.AlphaBar) / (1 - from.AlphaBar);

    private static double H(NoiseLevel from, NoiseLevel to) => from.Time - to.Time;

    // dx/d(−t) = ½(x + s) = ½(1 − 1/V)·x
    private static double Slope(double lambda, NoiseLevel level) => 0.5 * (1 - (1 / V(lambda, level)));

    private static ModeStep Heun(double lambda, NoiseLevel from, NoiseLevel to)
    {
        double h = H(from, to), first = Slope(lambda, from);
        if (to.Time == 0) return new(1 + (h * first), 0);
        return new(1 + (0.5 * h * (first + (Slope(lambda, to) * (1 + (h * first))))), 0);
    }

    private static ModeStep Exponential(double lambda, NoiseLevel from, NoiseLevel to)
    {
        double e = Math.Exp(0.5 * H(from, to));
        return new(e - (2 * (e - 1) / V(lambda, from)), to.Time == 0 ? 0 : Math.Sqrt((e * e) - 1));
    }
}
