// Horizontal bars, each under its own label: long names stay readable on a phone. Bars begin at 0, so that lengths
// may be compared. Meant for ladders of benchmarks; order is the caller's.

namespace PureDit.Reporting;

/// <summary>One bar.</summary>
/// <param name="Label">What was measured.</param>
/// <param name="Value">The value; bars to the left of 0 for negative values.</param>
/// <param name="Note">Printed after the value: a ratio, a unit; may be empty.</param>
public sealed record Bar(string Label, double Value, string Note = "")
{
    /// <summary>Colour; blue if automatic.</summary>
    public PlotColor Color { get; init; }
}

/// <summary>Labelled horizontal bars, as SVG.</summary>
public sealed record BarChart
{
    private const int MostBars = 60;
    private const double RowHeight = 36;
    private const double BarHeight = 12;

    /// <summary>What the chart shows; also its accessible name.</summary>
    public required string Title { get; init; }

    /// <summary>One sentence below the title; may be empty.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Axis of the values; only its title and maximum are used.</summary>
    public required Axis Values { get; init; }

    /// <summary>Bars, from the top.</summary>
    public required IReadOnlyList<Bar> Bars { get; init; }

    /// <summary>A value that all bars are held against, such as a machine's peak; null for none.</summary>
    public ReferenceLine? Reference { get; init; }

    /// <summary>The chart as a whole SVG document; equal charts give equal text.</summary>
    public string ToSvg()
    {
        SvgWriter svg = new();
        List<Bar> bars = [.. Bars.Take(MostBars)];
        double top = Layout.Header(svg, Title, Subtitle) + 6;
        if (Reference is { } reference)
        {
            svg.Text(Layout.Width - Layout.Margin, top += 18, Layout.Shorten($"{reference.Label} {Ticks.Short(reference.Value)}", 56), "", "end");
        }

        double left = Layout.Margin, right = Layout.Width - Layout.Margin;
        IEnumerable<double> values = bars.Select(b => b.Value).Append(0);
        if (Reference is not null) values = values.Append(Reference.Value);
        AxisMap x = AxisMap.Fit(Values with { Scale = AxisScale.Linear, Minimum = null }, values, left, right, padding: 0);
        double y = top + 6;
        foreach (Bar bar in bars)
        {
            bool known = AxisMap.CanShow(bar.Value, log: false);
            string value = known ? Ticks.Short(bar.Value) : "not finite";
            svg.Text(left, y + 13, Layout.Shorten(bar.Label, 44));
            svg.Text(right, y + 13, Layout.Shorten(bar.Note.Length > 0 ? $"{value} {bar.Note}" : value, 26), "muted", "end");
            double zero = Math.Clamp(x[0], left, right), end = known ? Math.Clamp(x[bar.Value], left, right) : zero;
            string color = bar.Color == PlotColor.Automatic ? PlotStyle.Class(PlotColor.Blue) : PlotStyle.Class(bar.Color);
            svg.Line(left, y + 24, right, y + 24, "grid");
            svg.Rectangle(Math.Min(zero, end), y + 18, Math.Max(Math.Abs(end - zero), 1), BarHeight, "bar " + color);
            if (Reference is { } line && AxisMap.CanShow(line.Value, log: false))
            {
                double at = Math.Clamp(x[line.Value], left, right - 0.6);
                svg.Line(at, y + 16, at, y + 32, "rule");
            }

            y += RowHeight;
        }

        if (bars.Count == 0) svg.Text(Layout.Width / 2, y += 20, "no data to draw", "muted", "middle");
        svg.Text(Layout.Width / 2, y += 14, Layout.Shorten(Values.Title, 60), "muted", "middle");
        string[] notes = Bars.Count > MostBars ? [$"The first {MostBars} of {Bars.Count} bars."] : [];
        return svg.Document(Title, Subtitle, Layout.Notes(svg, y + 2, notes) + 10);
    }
}
