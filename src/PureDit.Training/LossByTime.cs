// The loss in bins of log-SNR: where a network has learnt its optimum and where not yet (the total hides it, because
// at most noise levels nearly all of the loss is the unavoidable part).

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Inference;

namespace PureDit.Training;

/// <summary>Collects per-sample losses into equal bins of the schedule's time, and knows the closed-form minimum of each.</summary>
internal sealed class LossByTime
{
    public const int Bins = 8;
    private const int PointsPerBin = 32; // midpoint rule for the minimum: exact to 1e-5
    private readonly double[] _sums;
    private readonly long[] _counts;

    /// <param name="judge">Whose closed form gives the minimum.</param>
    /// <param name="model">What is predicted, around which skip, at which noise levels.</param>
    /// <param name="state">Holds what has been collected.</param>
    public LossByTime(GaussianSequence judge, IDiffusionModel model, TrainingState state)
    {
        (_sums, _counts) = (state.LossSums, state.LossCounts);
        for (int bin = 0; bin < Bins; bin++)
        {
            for (int point = 0; point < PointsPerBin; point++)
            {
                double u = (bin + ((point + 0.5) / PointsPerBin)) / Bins;
                NoiseLevel level = model.Schedule.At(u);
                Optimal[bin] += (model.Skip is { } skip
                    ? GaussianProcess.OptimalLoss.PerValue(judge, skip, level)
                    : GaussianProcess.OptimalLoss.PerValue(judge, model.Objective, level)) / PointsPerBin;
            }
        }
    }

    /// <summary>Closed-form minimum of the loss per value in each bin.</summary>
    public double[] Optimal { get; } = new double[Bins];

    /// <summary>Closed-form minimum over all bins.</summary>
    public double OptimalMean => Optimal.Average();

    public void Add(ReadOnlySpan<double> times, ReadOnlySpan<double> losses)
    {
        for (int i = 0; i < times.Length; i++)
        {
            int bin = Math.Min(Bins - 1, (int)(times[i] * Bins));
            _sums[bin] += losses[i];
            _counts[bin]++;
        }
    }

    /// <summary>Mean loss per bin since the last call, and their mean (even in log-SNR); starts anew.</summary>
    public (double Mean, double[] ByBin) Take()
    {
        double[] means = new double[Bins];
        for (int bin = 0; bin < Bins; bin++) means[bin] = _counts[bin] == 0 ? double.NaN : _sums[bin] / _counts[bin];
        double mean = means.Where(bin => !double.IsNaN(bin)).DefaultIfEmpty(double.NaN).Average();
        Array.Clear(_sums);
        Array.Clear(_counts);
        return (mean, means);
    }
}
