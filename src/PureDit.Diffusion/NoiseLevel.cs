// How noisy x_t is:  x_t = α·x_0 + σ·ε  with α² + σ² = 1  (the variance-preserving family).
//
// Every schedule of that family walks the same curve (α, σ) at its own speed, so samplers and closed forms see
// noise levels and never schedules. Time is the clock of the SDE dx = −½x dt + dW, for which α = e^{−t/2}
// (Song et al. 2021, arXiv 2011.13456, with β = 1); the DDPM's ᾱ is α².

using PureDit.Kernels;

namespace PureDit.Diffusion;

/// <summary>A point on the variance-preserving path: signal factor α and noise standard deviation σ, α² + σ² = 1.</summary>
public readonly record struct NoiseLevel
{
    private NoiseLevel(double time) => Time = time;

    /// <summary>No noise at all: t = 0, α = 1, σ = 0; also the default value.</summary>
    public static NoiseLevel Clean => default;

    /// <summary>Time t ≥ 0 of the SDE dx = −½x dt + dW: t = −ln ᾱ.</summary>
    public double Time { get; }

    /// <summary>Factor of the signal, α = e^{−t/2}, in (0, 1].</summary>
    public double Alpha => PortableMath.Exp(-0.5 * Time);

    /// <summary>ᾱ = α², the share of the variance that is signal.</summary>
    public double AlphaBar => PortableMath.Exp(-Time);

    /// <summary>Variance of the noise, σ² = 1 − e^{−t}; accurate for small t.</summary>
    public double Variance => -ExpMinusOne(-Time);

    /// <summary>Standard deviation of the noise, σ, in [0, 1).</summary>
    public double Sigma => Math.Sqrt(Variance);

    /// <summary>Logarithm of the signal-to-noise ratio, ln(α²/σ²); +∞ at t = 0.</summary>
    public double LogSnr => -Time - PortableMath.Log(Variance);

    /// <summary>The level at SDE time <paramref name="time"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or not finite.</exception>
    public static NoiseLevel FromTime(double time)
    {
        if (!(time >= 0 && double.IsFinite(time)))
        {
            throw new ArgumentOutOfRangeException(nameof(time), time, $"time: expected a finite number of 0 or more, got {time}.");
        }

        return new NoiseLevel(time);
    }

    /// <summary>The level at which a share <paramref name="alphaBar"/> of the variance is signal.</summary>
    /// <exception cref="ArgumentOutOfRangeException">ᾱ is not in (0, 1].</exception>
    public static NoiseLevel FromAlphaBar(double alphaBar)
    {
        if (!(alphaBar is > 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(alphaBar), alphaBar, $"alphaBar: expected a number in (0, 1], got {alphaBar}.");
        }

        return new NoiseLevel(0 - PortableMath.Log(alphaBar)); // 0 −, so that ᾱ = 1 gives +0
    }

    /// <summary>The level with ln(α²/σ²) = <paramref name="logSnr"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The argument is not finite.</exception>
    public static NoiseLevel FromLogSnr(double logSnr)
    {
        if (!double.IsFinite(logSnr))
        {
            throw new ArgumentOutOfRangeException(nameof(logSnr), logSnr, $"logSnr: expected a finite number, got {logSnr}.");
        }

        // t = ln(1 + e^{−logSnr}), without overflow for very negative arguments.
        return new NoiseLevel(logSnr < -30 ? -logSnr : LogOnePlus(PortableMath.Exp(-logSnr)));
    }

    // e^x − 1 and ln(1 + x) without cancellation for small x (Kahan's corrections).
    private static double ExpMinusOne(double x)
    {
        double e = PortableMath.Exp(x);
        if (e == 1) return x;
        double m = e - 1;
        return m == -1 || double.IsInfinity(e) ? m : m * (x / PortableMath.Log(e));
    }

    private static double LogOnePlus(double x)
    {
        double one = 1 + x;
        return one == 1 ? x : PortableMath.Log(one) * (x / (one - 1));
    }
}
