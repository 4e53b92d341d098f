// What --json prints: one object, the last line of standard output. A number that is not finite is null, because JSON
// knows no other way to say so.

using System.Text.Json.Serialization;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Cli;

internal sealed record RunJson(
    long? Steps, double? Seconds, double? StepsPerSecond, double? FinalLoss, double? OptimalLoss, double? RelativeScoreError,
    IReadOnlyList<ScoreErrorJson> RelativeScoreErrorByTime, double? GammaRelativeError, double? SigmaRelativeError,
    double? MeanError, FloorsJson? Floors, long Seed, string? Report, string Weights);

internal sealed record ScoreErrorJson(double T, double? Value);

/// <summary>
/// Gamma, Sigma, Mean: expected errors of as many perfect samples. Training…: those of the training set's size;
/// PlugInScoreError: score error of the process with the training set's own moments.
/// </summary>
internal sealed record FloorsJson(
    double? Gamma, double? Sigma, double? Mean, double? TrainingGamma, double? TrainingSigma, double? TrainingMean,
    double? PlugInScoreError);

internal sealed record SampleJson(int Count, string File, double Seconds, long Seed, string Sampler);

internal sealed record InspectJson(
    string File, IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<TensorJson> Tensors, int Count, long Parameters, long Bytes)
{
    /// <summary>Absent where attention is plain, or the file holds no network.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AttentionJson? Attention { get; init; }
}

/// <summary>Degree to PredictedSpeedup are those of the polynomial, taken or not; null where there is none.</summary>
internal sealed record AttentionJson(
    string Asked, string Taken, string Why, double LargestScore, double ErrorAsked, int Tokens, int HeadSize,
    int? Degree, int? Features, double? CertifiedError, double? PredictedSpeedup, double? Crossover)
{
    public static AttentionJson Of(AttentionDecision decision)
    {
        AttentionPlan plan = decision.Plan;
        bool exists = decision.PolynomialExists;
        return new(
            decision.Settings.Mode.ToString().ToLowerInvariant(), decision.Taken, decision.Why, decision.Settings.LargestScore, decision.Settings.Error,
            plan.Shape.Tokens, plan.Shape.HeadSize, exists ? plan.Degree : null, exists ? plan.Features : null, exists ? decision.PolynomialError : null,
            exists ? plan.PredictedSpeedup : null, exists ? plan.Crossover : null);
    }
}

internal sealed record TensorJson(string Name, string Dtype, IReadOnlyList<long> Shape, long Parameters);

internal sealed record VerifyJson(int Tensors, double? Worst, string WorstTensor, bool Passed);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunJson))]
[JsonSerializable(typeof(SampleJson))]
[JsonSerializable(typeof(InspectJson))]
[JsonSerializable(typeof(VerifyJson))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>The number, or null where it is not finite.</summary>
    public static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
