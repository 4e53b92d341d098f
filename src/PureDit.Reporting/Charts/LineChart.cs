// A chart of curves y(x): lines or points, bands between curves, horizontal lines at values that matter.
//
// Deterministic and at most 50 kB: coordinates are rounded, long curves thinned to their envelope. Broken data draw
// what they can: values that are not finite leave gaps and are counted in a note, no data at all is said so.
// Deliberately not done: secondary axes, dates, stacked areas, interaction.

namespace PureDit.Reporting;

/// <summary>Curves over common axes, as SVG.</summary>
public sealed record LineChart
{
    private const int MostPoints = 2600; // of all curves together: about 11 bytes each
    private const int MostCurves = 40;

    /// <summary>What the chart shows; also its accessible name.</summary>
    public required string Title { get; init; }

    /// <summary>One sentence below the title; may be empty.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Horizontal axis.</summary>
    public required Axis X { get; init; }

    /// <summary>Vertical axis.</summary>
    public required Axis Y { get; init; }

    /// <summary>Curves, the first drawn lowest.</summary>
    public IReadOnlyList<Curve> Curves { get; init; } = [];

    /// <summary>Bands, drawn below the curves.</summary>
    public IReadOnlyList<Band> Bands { get; init; } = [];

    /// <summary>Horizontal lines, labelled in place.</summary>
    public IReadOnlyList<ReferenceLine> References { get; init; } = [];

    /// <summary>Names beside places, as far as there is room.</summary>
    public IReadOnlyList<PointLabel> Labels { get; init; } = [];

    /// <summary>Height of the axes; the drawing is 480 wide.</summary>
    public double PlotHeight { get; init; } = 200;

    /// <summary>The chart as a whole SVG document; equal charts give equal text.</summary>
    /// <exception cref="ArgumentException">A curve or band has differing numbers of places and values.</exception>
    public string ToSvg()
    {
        Validate();
        SvgWriter svg = new();
        double y = Legend(svg, Layout.Header(svg, Title, Subtitle));
        svg.Text(Layout.Margin, y + Layout.TextSize + 4, Layout.Shorten(Y.Title, 64), "muted");
        y += Layout.TextSize + 14;

        AxisMap vertical = AxisMap.Fit(Y, Heights(), y + PlotHeight, y, padding: 0.05);
        double left = Layout.Margin + 8 + vertical.Ticks(5).Select(t => Layout.TextWidth(t.Label)).DefaultIfEmpty(0).Max();
        double width = Layout.Width - Layout.Margin - 4 - left;
        bool points = Curves.Any(c => c.Mark is CurveMark.Points or CurveMark.LineAndPoints);
        AxisMap horizontal = AxisMap.Fit(X, Places(), left, left + width, points ? 0.02 : 0);
        Panel panel = new(svg, horizontal, vertical, left, y, width, PlotHeight);
        panel.Frame(6, 5, labelX: true, labelY: true, Layout.Margin);
        Marks(panel);
        if (Shown() == 0) svg.Text(left + (width / 2), y + (PlotHeight / 2), "no data to draw", "muted", "middle");
        ReferenceLabels(svg, horizontal, vertical, (left, left + width, y, y + PlotHeight));
        PointLabels.Draw(svg, horizontal, vertical, (left, left + width, y, y + PlotHeight), Labels);

        y += PlotHeight + 32;
        svg.Text(left + (width / 2), y, Layout.Shorten(X.Title, 60), "muted", "middle");
        y = Layout.Notes(svg, y + 6, Notes());
        return svg.Document(Title, Subtitle, y + 8, Labels.Count > 0 ? PointLabels.Css : "");
    }

    private void Marks(Panel panel)
    {
        int drawn = Math.Min(Curves.Count, MostCurves) + (2 * Math.Min(Bands.Count, MostCurves)) + References.Count;
        int share = Math.Max(8, MostPoints / Math.Max(1, drawn));
        panel.BeginClip();
        for (int i = 0; i < Math.Min(Bands.Count, MostCurves); i++)
        {
            panel.Band(Bands[i], PlotStyle.Class(Bands[i].Color, i), share);
        }

        for (int i = 0; i < Math.Min(Curves.Count, MostCurves); i++)
        {
            panel.Curve(Curves[i].X, Curves[i].Y, Curves[i].Mark, CurveColor(i), share);
        }

        foreach (ReferenceLine reference in References.Take(MostCurves)) panel.Rule(reference.Value);
        panel.EndClip();
    }

    // Automatic colours count automatic curves only, so that an ink curve does not use up the first colour.
    private string CurveColor(int index) =>
        PlotStyle.Class(Curves[index].Color, Curves.Take(index).Count(c => c.Color == PlotColor.Automatic));

    private double Legend(SvgWriter svg, double y)
    {
        List<LegendEntry> entries = [];
        for (int i = 0; i < Math.Min(Curves.Count, MostCurves); i++)
        {
            if (Curves[i].Name.Length > 0) entries.Add(new LegendEntry(Curves[i].Name, CurveColor(i), Curves[i].Mark));
        }

        for (int i = 0; i < Math.Min(Bands.Count, MostCurves); i++)
        {
            if (Bands[i].Name.Length > 0) entries.Add(new LegendEntry(Bands[i].Name, PlotStyle.Class(Bands[i].Color, i), null));
        }

        return entries.Count < 2 ? y : Reporting.Legend.Draw(svg, y, entries);
    }

    // Each label at the end of its line, left or right, above or below, where it covers the fewest values.
    private void ReferenceLabels(SvgWriter svg, AxisMap horizontal, AxisMap vertical, (double Left, double Right, double Top, double Bottom) area)
    {
        const double Height = 15;
        List<(double X, double Y)> taken = [.. Curves.Take(MostCurves).SelectMany(c => c.X.Zip(c.Y, (px, py) => (horizontal[px], vertical[py])))];
        foreach (ReferenceLine reference in References.Take(MostCurves))
        {
            double at = vertical[reference.Value];
            if (double.IsNaN(at) || reference.Value < vertical.Minimum || reference.Value > vertical.Maximum) continue;
            string label = Layout.Shorten($"{reference.Label} {Ticks.Short(reference.Value)}", 56);
            double width = Layout.TextWidth(label) + 8;
            (double X, double Y)[] corners = [(area.Right - width, at - Height - 3), (area.Right - width, at + 2), (area.Left, at - Height - 3), (area.Left, at + 2)];
            (double x, double y) = corners.MinBy(c =>
                taken.Count(v => v.X >= c.X && v.X <= c.X + width && v.Y >= c.Y && v.Y <= c.Y + Height)
                + (c.Y < area.Top || c.Y + Height > area.Bottom ? 1e9 : 0));
            svg.Text(x + 4, y + Height - 3, label, "halo");
            for (int i = 0; i < 100; i++) taken.Add((x + (width * i / 100), y + (Height / 2))); // the next label keeps off this one
        }
    }

    private IEnumerable<string> Notes()
    {
        bool log = Y.Scale == AxisScale.Log;
        int hidden = Curves.Sum(c => c.X.Count) - Shown();
        if (hidden > 0) yield return $"{hidden} {(hidden == 1 ? "value" : "values")} not drawn: not finite{(log || X.Scale == AxisScale.Log ? ", or not above 0" : "")}.";
        if (Curves.Count > MostCurves) yield return $"The first {MostCurves} of {Curves.Count} curves.";
    }

    private int Shown() => Curves.Sum(c => Enumerable.Range(0, c.X.Count).Count(
        i => AxisMap.CanShow(c.X[i], X.Scale == AxisScale.Log) && AxisMap.CanShow(c.Y[i], Y.Scale == AxisScale.Log)));

    private IEnumerable<double> Places() => Curves.SelectMany(c => c.X).Concat(Bands.SelectMany(b => b.X));

    private IEnumerable<double> Heights() => Curves.SelectMany(c => c.Y)
        .Concat(Bands.SelectMany(b => b.Lower.Concat(b.Upper)))
        .Concat(References.Select(r => r.Value));

    private void Validate()
    {
        foreach (Curve curve in Curves) SameCount($"curve '{curve.Name}'", curve.X.Count, curve.Y.Count);
        foreach (Band band in Bands)
        {
            SameCount($"band '{band.Name}'", band.X.Count, band.Lower.Count);
            SameCount($"band '{band.Name}'", band.X.Count, band.Upper.Count);
        }
    }

    private static void SameCount(string what, int places, int values)
    {
        if (places != values) throw new ArgumentException($"{what}: expected a value for each of {places} places, got {values} values.");
    }
}
