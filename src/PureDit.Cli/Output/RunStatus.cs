using System.Globalization;
using PureDit.Training;

namespace PureDit.Cli;

/// <summary>Progress of the library as one line of text.</summary>
internal static class RunStatus
{
    /// <summary>State of training: loss beside its closed-form minimum, speed, time left.</summary>
    public static Status Of(TrainingProgress at)
    {
        double left = at.Done > 0 ? at.Seconds * (1 - at.Done) / at.Done : 0;
        string skipped = at.Skipped is { Count: > 0 } list ? string.Create(CultureInfo.InvariantCulture, $"  {list.Count} skipped: {list[^1].Tensor} not finite") : "";
        return new("training", at.Done, string.Create(CultureInfo.InvariantCulture,
            $"step {at.Step:#,0}  loss {at.Loss:0.0000}  minimum {at.OptimalLoss:0.0000}  excess {at.Loss - at.OptimalLoss:0.0000}  "
            + $"{at.StepsPerSecond:0.0} steps/s  {Shown.Time(left)} left{skipped}"));
    }

    /// <summary>Stage of an evaluation.</summary>
    public static Status Of(EvaluationProgress at) => new($"judging: {at.Stage}", at.Done);
}
