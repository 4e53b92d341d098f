using System.Text.Json.Serialization;

namespace PureDit.Laboratory;

/// <summary>What an experiment found.</summary>
/// <param name="Experiment">Name of the experiment.</param>
/// <param name="Question">What it asked.</param>
/// <param name="Options">With what it was run.</param>
public sealed record ExperimentResult(string Experiment, string Question, ExperimentOptions Options)
{
    /// <summary>What was asked of the numbers.</summary>
    public required IReadOnlyList<Criterion> Criteria { get; init; }

    /// <summary>Numbers, for CSV.</summary>
    public required IReadOnlyList<ResultTable> Tables { get; init; }

    /// <summary>Drawings; each says its κ.</summary>
    public required IReadOnlyList<ResultFigure> Figures { get; init; }

    /// <summary>What was done and what came out, a paragraph.</summary>
    public required string Text { get; init; }

    /// <summary>What was tried; shown where a criterion fails.</summary>
    public required string Tried { get; init; }

    /// <summary>Whether every criterion passed.</summary>
    [JsonIgnore]
    public bool Pass => Criteria.All(criterion => criterion.Pass);
}

/// <summary>A figure of a result.</summary>
/// <param name="Name">Name of its file.</param>
/// <param name="Svg">A whole SVG document.</param>
/// <param name="Caption">What to see in it.</param>
public sealed record ResultFigure(string Name, string Svg, string Caption);

/// <summary>JSON of results, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(FinishedExperiment))]
internal sealed partial class LaboratoryJson : JsonSerializerContext;
