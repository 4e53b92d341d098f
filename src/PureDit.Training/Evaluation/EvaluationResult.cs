using System.Text.Json.Serialization;

namespace PureDit.Training;

/// <summary>Everything that is known about a trained model: the content of evaluation.json and of the report.</summary>
public sealed record EvaluationResult
{
    /// <summary>Number of samples drawn.</summary>
    public required int SampleCount { get; init; }

    /// <summary>Whether the judge is the process that the data were drawn from.</summary>
    public required bool JudgeIsTruth { get; init; }

    /// <summary>Score error of the model, level by level, cleanest first.</summary>
    public required IReadOnlyList<ScoreErrorAt> Score { get; init; }

    /// <summary>Score error of the plug-in process (the training set's own mean, Γ, Σ): what finite data alone cost.</summary>
    public required IReadOnlyList<ScoreErrorAt> PlugInScore { get; init; }

    /// <summary>Errors of the model's samples.</summary>
    public required SampleErrors Samples { get; init; }

    /// <summary>Errors of samples drawn with the judge's own score by the same sampler and noise: what the sampler alone costs.</summary>
    public required SampleErrors ExactScoreSamples { get; init; }

    /// <summary>Errors of the training set: what finite data alone cost.</summary>
    public required SampleErrors TrainingSet { get; init; }

    /// <summary>Expected errors of as many samples of the judge itself.</summary>
    public required SampleFloors Floors { get; init; }

    /// <summary>Expected errors of as many sequences of the judge as were trained on.</summary>
    public required SampleFloors TrainingFloors { get; init; }

    /// <summary>Condition number of the noisy covariance at the cleanest level.</summary>
    public required double ConditionNumber { get; init; }

    /// <summary>Γ of the judge, [N, N].</summary>
    public required double[] Temporal { get; init; }

    /// <summary>Σ of the judge, [d, d].</summary>
    public required double[] Spatial { get; init; }

    /// <summary>A few real sequences, [k, N, d], in the units of the data.</summary>
    public required float[] RealPaths { get; init; }

    /// <summary>A few generated sequences, [k, N, d], in the units of the data.</summary>
    public required float[] GeneratedPaths { get; init; }

    /// <summary>Names of the channels.</summary>
    public required IReadOnlyList<string> ChannelNames { get; init; }

    /// <summary>Seconds that drawing the samples took.</summary>
    public required double SamplingSeconds { get; init; }

    /// <summary>Mean of the relative score error over the grid.</summary>
    [JsonIgnore]
    public double RelativeScoreError => Score.Average(at => at.Value);

    /// <summary>Mean of the plug-in's relative score error over the grid.</summary>
    [JsonIgnore]
    public double PlugInScoreError => PlugInScore.Average(at => at.Value);
}

/// <summary>JSON of the evaluation, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(EvaluationResult))]
internal sealed partial class TrainingJson : JsonSerializerContext;
