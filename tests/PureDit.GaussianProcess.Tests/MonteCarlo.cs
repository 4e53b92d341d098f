namespace PureDit.GaussianProcess.Tests;

/// <summary>An average with its standard error. Seeds are fixed, so the bound of 4 is not a matter of luck.</summary>
internal sealed class MonteCarlo
{
    private const double StandardErrors = 4;
    private double _sum, _sumOfSquares;
    private int _count;

    public double Mean => _sum / _count;

    public double StandardError
    {
        get
        {
            double variance = (_sumOfSquares / _count) - (Mean * Mean);
            return Math.Sqrt(Math.Max(0, variance) / (_count - 1));
        }
    }

    public void Add(double value)
    {
        _sum += value;
        _sumOfSquares += value * value;
        _count++;
    }

    /// <summary>
    /// The mean is the expected value within 4 standard errors (plus a known bias), and these are small enough to tell.
    /// </summary>
    public void Confirms(double expected, double largestRelativeError, string what, double bias = 0)
    {
        if (expected != 0)
        {
            Assert.True(
                StandardError <= largestRelativeError * Math.Abs(expected),
                $"{what}: the standard error {StandardError:G3} is too large to confirm {expected:G4}.");
        }

        Assert.True(
            Math.Abs(Mean - expected) <= (StandardErrors * StandardError) + bias,
            $"{what}: expected {expected:G6}, got {Mean:G6} ± {StandardError:G2}.");
    }
}
