namespace PureDit.Laboratory;

/// <summary>The largest of many values, and the seed and the case that gave it. NaN is larger than every number.</summary>
internal sealed class Worst
{
    /// <summary>The value; −∞ before the first.</summary>
    public double Value { get; private set; } = double.NegativeInfinity;

    /// <summary>Its seed; null where nothing was random.</summary>
    public int? Seed { get; private set; }

    /// <summary>Its case, in words.</summary>
    public string At { get; private set; } = "";

    /// <summary>How many values there were.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a value in.</summary>
    public void Add(double value, int? seed, string at)
    {
        Count++;
        if (double.IsNaN(Value) || value <= Value) return;
        (Value, Seed, At) = (value, seed, at);
    }

    /// <summary>As a criterion.</summary>
    public Criterion AtMost(string name, double bound) =>
        new(name, Count == 0 ? double.NaN : Value, bound) { Seed = Seed, Note = $"worst of {Count}: {At}" };
}
