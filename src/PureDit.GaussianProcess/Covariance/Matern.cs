using PureDit.Kernels;

namespace PureDit.GaussianProcess;

/// <summary>
/// The Matérn family at its half-integer orders (Rasmussen and Williams 2006, equations 4.16 and 4.17). With
/// s = √(2ν)·|h|/ℓ: ν = 1/2 gives e^{−s}, 3/2 gives (1 + s)e^{−s}, 5/2 gives (1 + s + s²/3)e^{−s}. Other orders need
/// Bessel functions and are not offered.
/// </summary>
public sealed record Matern : ICovarianceFunction
{
    /// <summary>Chooses smoothness and length scale.</summary>
    /// <param name="nu">Smoothness ν: 0.5, 1.5 or 2.5.</param>
    /// <param name="ell">Length scale ℓ &gt; 0, in frames.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Matern(double nu, double ell)
    {
        if (nu is not (0.5 or 1.5 or 2.5)) throw Expect.OutOfRange(nameof(nu), nu, "0.5, 1.5 or 2.5");
        Expect.PositiveFinite(ell);
        (Nu, Ell) = (nu, ell);
    }

    /// <summary>Smoothness ν.</summary>
    public double Nu { get; }

    /// <summary>Length scale ℓ.</summary>
    public double Ell { get; }

    /// <inheritdoc/>
    public string Name => $"matern(nu={Nu:R}, ell={Ell:R})";

    /// <inheritdoc/>
    public double At(double lag)
    {
        double s = Math.Sqrt(2 * Nu) * Math.Abs(lag) / Ell;
        double polynomial = Nu switch { 0.5 => 1, 1.5 => 1 + s, _ => 1 + s + (s * s / 3) };
        return polynomial * PortableMath.Exp(-s);
    }
}
