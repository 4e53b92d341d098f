using PureDit.Kernels;

namespace PureDit.GaussianProcess;

/// <summary>
/// Polynomial decay γ(h) = (1 + |h|/ℓ)^{−p}. Convex, decreasing to 0 and 1 at 0, so positive definite on the line for
/// every p &gt; 0 by Pólya's criterion. The slow end of the decays: for p ≤ 1 the sum of γ over the lags diverges.
/// </summary>
public sealed record PolynomialDecay : ICovarianceFunction
{
    /// <summary>Chooses power and scale.</summary>
    /// <param name="power">Power p &gt; 0.</param>
    /// <param name="ell">Scale ℓ &gt; 0, in frames.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public PolynomialDecay(double power, double ell)
    {
        Expect.PositiveFinite(power);
        Expect.PositiveFinite(ell);
        (Power, Ell) = (power, ell);
    }

    /// <summary>Power p.</summary>
    public double Power { get; }

    /// <summary>Scale ℓ.</summary>
    public double Ell { get; }

    /// <inheritdoc/>
    public string Name => $"polynomial(power={Power:R}, ell={Ell:R})";

    /// <inheritdoc/>
    public double At(double lag) => PortableMath.Pow(1 + (Math.Abs(lag) / Ell), -Power);
}
