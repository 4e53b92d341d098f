namespace PureDit.Reporting;

/// <summary>How an axis maps values to length.</summary>
public enum AxisScale
{
    /// <summary>Equal differences are equally long.</summary>
    Linear,

    /// <summary>Equal ratios are equally long; values of 0 and below are not drawn.</summary>
    Log,
}

/// <summary>An axis of a chart.</summary>
/// <param name="Title">What the axis measures, with its unit.</param>
/// <param name="Scale">Linear or logarithmic.</param>
public sealed record Axis(string Title, AxisScale Scale = AxisScale.Linear)
{
    /// <summary>Lower end; null fits it to the data.</summary>
    public double? Minimum { get; init; }

    /// <summary>Upper end; null fits it to the data.</summary>
    public double? Maximum { get; init; }
}
