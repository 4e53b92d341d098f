using PureDit.Kernels;

namespace PureDit.GaussianProcess;

/// <summary>
/// The periodic family γ(h) = exp(−2 sin²(πh/p)/ℓ²): a Gaussian kernel of the chord on a circle (Rasmussen and
/// Williams 2006, equation 4.31). On whole frames with a whole period shorter than the sequence, Γ is singular.
/// </summary>
public sealed record Periodic : ICovarianceFunction
{
    /// <summary>Chooses period and scale.</summary>
    /// <param name="period">Period p &gt; 0, in frames.</param>
    /// <param name="ell">Scale ℓ &gt; 0, without a unit.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Periodic(double period, double ell)
    {
        Expect.PositiveFinite(period);
        Expect.PositiveFinite(ell);
        (Period, Ell) = (period, ell);
    }

    /// <summary>Period p.</summary>
    public double Period { get; }

    /// <summary>Scale ℓ.</summary>
    public double Ell { get; }

    /// <inheritdoc/>
    public string Name => $"periodic(period={Period:R}, ell={Ell:R})";

    /// <inheritdoc/>
    public double At(double lag)
    {
        double sine = PortableMath.SinCos(Math.PI * lag / Period).Sin / Ell;
        return PortableMath.Exp(-2 * sine * sine);
    }
}
