namespace PureDit.GaussianProcess;

/// <summary>A stationary covariance function of the distance between two frames, γ(h) with γ(0) = 1.</summary>
public interface ICovarianceFunction
{
    /// <summary>
    /// Family and parameters as text that <see cref="CovarianceFunctions.Parse"/> reads back: "matern(nu=1.5, ell=4)".
    /// </summary>
    string Name { get; }

    /// <summary>γ(h), at most 1 in magnitude; even in the lag.</summary>
    /// <param name="lag">Distance h between two frames, in frames; its sign does not matter.</param>
    double At(double lag);
}
