using PureDit.GaussianProcess;

namespace PureDit.Laboratory;

/// <summary>The covariance between frames against their distance, as samples show it and as it should be.</summary>
internal sealed class LagCurves
{
    private readonly GaussianSequence _truth;
    private readonly double _trace;

    /// <param name="truth">The process that samples are held against.</param>
    public LagCurves(GaussianSequence truth)
    {
        (_truth, _trace) = (truth, Dense.Trace(truth.Spatial, truth.Channels));
        True = SequenceStatistics.LagCurve(truth.Temporal, truth.Frames);
    }

    /// <summary>γ_k, [N].</summary>
    public double[] True { get; }

    /// <summary>The curve of samples [n, N, d], in units in which the truth begins at 1.</summary>
    public double[] Of(ReadOnlySpan<float> samples) => SequenceStatistics.LagCurve(
        new SequenceStatistics(samples, _truth.Frames, _truth.Channels).TemporalGiven(_trace), _truth.Frames);

    /// <summary>‖ĉ − γ‖ / ‖γ‖.</summary>
    public double Error(double[] curve) => Dense.RelativeError(curve, True);

    /// <summary>The expected ‖ĉ − γ‖ / ‖γ‖ of as many samples of the truth itself, to first order.</summary>
    public double Floor(int samples) =>
        Math.Sqrt(Dense.SquaredNorm(ErrorFloors.LagDeviations(_truth, samples)) / Dense.SquaredNorm(True));

    /// <summary>Correlation of a curve with γ over all lags.</summary>
    public double Correlation(double[] curve)
    {
        double meanC = curve.Average(), meanT = True.Average(), cross = 0, squareC = 0, squareT = 0;
        for (int k = 0; k < curve.Length; k++)
        {
            cross += (curve[k] - meanC) * (True[k] - meanT);
            squareC += (curve[k] - meanC) * (curve[k] - meanC);
            squareT += (True[k] - meanT) * (True[k] - meanT);
        }

        return cross / Math.Sqrt(squareC * squareT);
    }
}
