using System.Globalization;
using System.Text.Json.Serialization;

namespace PureDit.Laboratory;

/// <summary>On which side of its bound a value must be.</summary>
public enum BoundKind
{
    /// <summary>value ≤ bound.</summary>
    AtMost,

    /// <summary>value ≥ bound.</summary>
    AtLeast,
}

/// <summary>A measured number and the bound it must keep. NaN keeps none.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The number; over several seeds the worst.</param>
/// <param name="Bound">Its bound.</param>
public sealed record Criterion(string Name, double Value, double Bound)
{
    /// <summary>On which side of the bound the value must be.</summary>
    public BoundKind Kind { get; init; } = BoundKind.AtMost;

    /// <summary>The seed that gave the value; null where nothing is random.</summary>
    public int? Seed { get; init; }

    /// <summary>What the value cannot be expected to go below: rounding, or noise of as many perfect samples.</summary>
    public double? Floor { get; init; }

    /// <summary>The same measurement where it should fail: what shows that passing means something.</summary>
    public double? Control { get; init; }

    /// <summary>What the number is made of: mean and spread over seeds, cases, what the control is. May be empty.</summary>
    public string Note { get; init; } = "";

    /// <summary>Whether the value keeps its bound.</summary>
    [JsonIgnore]
    public bool Pass => Keeps(Value);

    /// <summary>Whether the control keeps the bound too, which means that the criterion proves nothing.</summary>
    [JsonIgnore]
    public bool ControlPasses => Control is { } control && Keeps(control);

    /// <summary>The verdict in a few words.</summary>
    [JsonIgnore]
    public string Verdict => (Pass, ControlPasses) switch
    {
        (true, false) => "passed",
        (true, true) => "passed, but so does the control",
        _ => "FAILED",
    };

    /// <summary>The bound with its sign, such as "≤ 0.02".</summary>
    [JsonIgnore]
    public string BoundText => (Kind == BoundKind.AtMost ? "≤ " : "≥ ") + Bound.ToString("G4", CultureInfo.InvariantCulture);

    private bool Keeps(double value) => Kind == BoundKind.AtMost ? value <= Bound : value >= Bound;
}
