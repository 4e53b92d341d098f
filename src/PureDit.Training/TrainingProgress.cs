using System.Text.Json.Serialization;

namespace PureDit.Training;

/// <summary>State of a run after a step: one line of the log, and what a progress display shows.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">Mean loss per value since the last report.</param>
/// <param name="OptimalLoss">The closed-form minimum of that loss, at the same noise levels.</param>
/// <param name="GradientNorm">Norm of the last gradient, before clipping.</param>
/// <param name="LearningRate">Learning rate of the last step.</param>
/// <param name="Seconds">Time since training began.</param>
/// <param name="Done">Share of the run that is done, 0 to 1.</param>
/// <param name="LossByTime">Mean loss per value in equal bins of log-SNR, cleanest first; NaN for a bin without samples.</param>
/// <param name="OptimalLossByTime">The closed-form minimum in the same bins.</param>
public sealed record TrainingProgress(
    long Step, double Loss, double OptimalLoss, double GradientNorm, double LearningRate, double Seconds, double Done,
    IReadOnlyList<double> LossByTime, IReadOnlyList<double> OptimalLossByTime)
{
    /// <summary>Updates skipped since the last report; null where there were none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SkippedStep>? Skipped { get; init; }

    /// <summary>Steps per second since the beginning.</summary>
    public double StepsPerSecond => Seconds > 0 ? Step / Seconds : 0;
}

/// <summary>JSON of the log, generated at compile time. A bin without samples is "NaN".</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(TrainingProgress))]
internal sealed partial class LogJson : JsonSerializerContext;
