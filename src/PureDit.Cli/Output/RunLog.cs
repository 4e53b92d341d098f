using PureDit.Training;

namespace PureDit.Cli;

/// <summary>What the log of a run says about its training; null where it has no lines.</summary>
internal sealed record RunLog(long? Steps, double? Seconds, double? StepsPerSecond, double? FinalLoss, double? OptimalLoss)
{
    /// <summary>From the reports of a run, with the loss averaged over the last tenth of them.</summary>
    public static RunLog Of(IReadOnlyList<TrainingProgress> history)
    {
        if (history.Count == 0) return new(null, null, null, null, null);
        TrainingProgress last = history[^1];
        double loss = history.TakeLast(Math.Max(1, history.Count / 10)).Average(report => report.Loss);
        return new(last.Step, last.Seconds, last.StepsPerSecond, CliJson.Finite(loss), CliJson.Finite(last.OptimalLoss));
    }
}
