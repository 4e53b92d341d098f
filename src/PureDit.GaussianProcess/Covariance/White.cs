namespace PureDit.GaussianProcess;

/// <summary>White noise: γ(0) = 1 and 0 at every other lag, so that frames are independent.</summary>
public sealed record White : ICovarianceFunction
{
    /// <inheritdoc/>
    public string Name => "white";

    /// <inheritdoc/>
    public double At(double lag) => lag == 0 ? 1 : 0;
}
