namespace PureDit.Reporting;

/// <summary>How a curve's values are drawn.</summary>
public enum CurveMark
{
    /// <summary>A line through the values.</summary>
    Line,

    /// <summary>A dashed line, for what is expected rather than measured.</summary>
    Dashed,

    /// <summary>A dot for each value.</summary>
    Points,

    /// <summary>A line with a dot on each value.</summary>
    LineAndPoints,
}

/// <summary>Colours of a chart, told apart in the common forms of colour blindness, on light and on dark.</summary>
public enum PlotColor
{
    /// <summary>The next colour in order.</summary>
    Automatic,

    /// <summary>The colour of text: for the truth that others are held against.</summary>
    Ink,

    /// <summary>Blue.</summary>
    Blue,

    /// <summary>Orange.</summary>
    Orange,

    /// <summary>Green.</summary>
    Green,

    /// <summary>Purple.</summary>
    Purple,

    /// <summary>Gold.</summary>
    Gold,

    /// <summary>The colour of secondary text, half transparent: for what only gives context.</summary>
    Muted,
}

/// <summary>Values y against x. A value that is not finite leaves a gap.</summary>
/// <param name="Name">Name in the legend; empty for a curve that belongs to another.</param>
/// <param name="X">Places on the horizontal axis.</param>
/// <param name="Y">Values; as many as places.</param>
public sealed record Curve(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>How the values are drawn.</summary>
    public CurveMark Mark { get; init; } = CurveMark.Line;

    /// <summary>Colour.</summary>
    public PlotColor Color { get; init; }
}

/// <summary>The area between two curves: a range, an interval of confidence.</summary>
/// <param name="Name">Name in the legend; empty for a band that belongs to a curve of its colour.</param>
/// <param name="X">Places on the horizontal axis.</param>
/// <param name="Lower">Lower ends.</param>
/// <param name="Upper">Upper ends.</param>
public sealed record Band(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Lower, IReadOnlyList<double> Upper)
{
    /// <summary>Colour.</summary>
    public PlotColor Color { get; init; }
}

/// <summary>A horizontal line at a value that matters, labelled in place: a floor, a closed-form minimum, a peak.</summary>
/// <param name="Label">What the value is.</param>
/// <param name="Value">The value.</param>
public sealed record ReferenceLine(string Label, double Value);
