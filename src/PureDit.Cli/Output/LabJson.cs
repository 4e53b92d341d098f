// What `lab --json` prints: a line per criterion, then one line for the run. Seed is null where nothing is random.

using System.Text.Json.Serialization;

namespace PureDit.Cli;

internal sealed record CriterionJson(string Experiment, string Criterion, double? Value, double? Bound, bool Pass, int? Seed);

internal sealed record LabSummaryJson(int Experiments, int Criteria, int Passed, double Seconds, string Report);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CriterionJson))]
[JsonSerializable(typeof(LabSummaryJson))]
internal sealed partial class LabJson : JsonSerializerContext;
