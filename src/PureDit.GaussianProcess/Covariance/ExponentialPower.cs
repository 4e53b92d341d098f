using PureDit.Kernels;

namespace PureDit.GaussianProcess;

/// <summary>
/// The exponential power family γ(h) = exp(−|h|^ν/ℓ), ν in (0, 2] (positive definite: Schoenberg 1938). ν = 1 is the
/// Ornstein–Uhlenbeck kernel, on whole frames AR(1) with ρ = e^{−1/ℓ}; ν = 2 is the Gaussian kernel, whose condition
/// number grows exponentially in ℓ. The family of Fu et al. 2024, arXiv 2407.16134.
/// </summary>
/// <remarks>ℓ divides |h|^ν and is therefore in frames^ν.</remarks>
public sealed record ExponentialPower : ICovarianceFunction
{
    /// <summary>Chooses power and scale.</summary>
    /// <param name="nu">Power ν in (0, 2].</param>
    /// <param name="ell">Scale ℓ &gt; 0, in frames^ν.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public ExponentialPower(double nu, double ell)
    {
        if (!(nu is > 0 and <= 2))
        {
            throw Expect.OutOfRange(nameof(nu), nu, "a number in (0, 2], where the kernel is positive definite");
        }

        Expect.PositiveFinite(ell);
        (Nu, Ell) = (nu, ell);
    }

    /// <summary>Power ν.</summary>
    public double Nu { get; }

    /// <summary>Scale ℓ.</summary>
    public double Ell { get; }

    /// <inheritdoc/>
    public string Name => $"exponential-power(nu={Nu:R}, ell={Ell:R})";

    /// <inheritdoc/>
    public double At(double lag) => PortableMath.Exp(-PortableMath.Pow(Math.Abs(lag), Nu) / Ell);
}
