// What changes from step to step beside the parameters, their average and Adam's moments. With those, it is all that a
// run needs to go on as if it had never stopped. Random numbers need no state: they are keyed by (seed, step, sample).

using System.Text.Json;
using System.Text.Json.Serialization;

namespace PureDit.Training;

// [doc:training-state]
/// <summary>Where a run stands between two steps.</summary>
internal sealed class TrainingState
{
    /// <summary>Steps done, skipped ones included: the next batch, and the place in the learning rate's schedule.</summary>
    public long Step { get; set; }

    /// <summary>Updates done: Adam's t, and the age of the average.</summary>
    public long Updates { get; set; }

    /// <summary>Updates skipped since the last one that was done.</summary>
    public int SkippedInARow { get; set; }

    /// <summary>Updates skipped in all.</summary>
    public long Skipped { get; set; }

    /// <summary>Share of the run that was done at the last step: never falls, also where the clock decides.</summary>
    public double Done { get; set; }

    /// <summary>Time spent on training so far.</summary>
    public double Seconds { get; set; }

    /// <summary>Step of the last regular report.</summary>
    public long Reported { get; set; }

    /// <summary>Norm of the last gradient.</summary>
    public double GradientNorm { get; set; }

    /// <summary>Learning rate of the last step.</summary>
    public double LearningRate { get; set; }

    /// <summary>Losses collected since the last report, by bin.</summary>
    public double[] LossSums { get; set; } = new double[LossByTime.Bins];

    /// <summary>Their numbers.</summary>
    public long[] LossCounts { get; set; } = new long[LossByTime.Bins];

    /// <summary>Updates skipped since the last report.</summary>
    public List<SkippedStep> Unreported { get; set; } = [];
}
// [/doc:training-state]

/// <summary>JSON of the state, generated at compile time; numbers read back to the last bit.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(TrainingState))]
internal sealed partial class TrainingStateJson : JsonSerializerContext
{
    public static string Write(TrainingState state) => JsonSerializer.Serialize(state, Default.TrainingState);

    /// <summary>Reads a state; null where the text is none.</summary>
    public static TrainingState? Read(string json)
    {
        try
        {
            TrainingState? state = JsonSerializer.Deserialize(json, Default.TrainingState);
            return state is { Step: >= 0, Updates: >= 0, LossSums.Length: LossByTime.Bins, LossCounts.Length: LossByTime.Bins } ? state : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
