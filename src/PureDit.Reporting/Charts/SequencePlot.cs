// Sample paths as small multiples: each panel one sequence, its channels as lines over the frames, all panels under
// the same axes, one row per group (real sequences above generated ones).

namespace PureDit.Reporting;

/// <summary>One sequence.</summary>
/// <param name="Frames">Number of frames.</param>
/// <param name="Channels">Values per frame.</param>
/// <param name="Values">Values [frames, channels], row-major.</param>
public sealed record SamplePath(int Frames, int Channels, IReadOnlyList<double> Values)
{
    /// <summary>A path from floats [frames, channels], row-major.</summary>
    public static SamplePath From(ReadOnlySpan<float> values, int frames, int channels)
    {
        double[] copy = new double[values.Length];
        for (int i = 0; i < copy.Length; i++) copy[i] = values[i];
        return new SamplePath(frames, channels, copy);
    }
}

/// <summary>A row of panels.</summary>
/// <param name="Name">Heading of the row: where its paths come from.</param>
/// <param name="Paths">Paths, one per panel.</param>
public sealed record SequenceRow(string Name, IReadOnlyList<SamplePath> Paths);

/// <summary>Sample paths as small multiples, as SVG.</summary>
public sealed record SequencePlot
{
    private const int MostPoints = 2600;
    private const int MostChannels = 5; // as many as there are colours
    private const int MostPanels = 24;
    private const int MostRows = 6;
    private const double PanelHeight = 78;
    private const double Gap = 8;

    /// <summary>What the chart shows; also its accessible name.</summary>
    public required string Title { get; init; }

    /// <summary>One sentence below the title; may be empty.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Rows, from the top.</summary>
    public required IReadOnlyList<SequenceRow> Rows { get; init; }

    /// <summary>Names of the channels; empty for no legend.</summary>
    public IReadOnlyList<string> ChannelNames { get; init; } = [];

    /// <summary>What the horizontal axis counts.</summary>
    public string FrameTitle { get; init; } = "frame";

    /// <summary>Panels side by side; a row with more wraps.</summary>
    public int PanelsPerRow { get; init; } = 4;

    /// <summary>The chart as a whole SVG document; equal charts give equal text.</summary>
    /// <exception cref="ArgumentException">A path's size and number of values differ.</exception>
    public string ToSvg()
    {
        foreach (SamplePath path in Rows.SelectMany(r => r.Paths))
        {
            if (path.Frames < 0 || path.Channels < 0 || (long)path.Frames * path.Channels != path.Values.Count)
            {
                throw new ArgumentException(
                    $"path: expected [{path.Frames}, {path.Channels}] ({(long)path.Frames * path.Channels} values), got {path.Values.Count} values.");
            }
        }

        SvgWriter svg = new();
        double y = Layout.Header(svg, Title, Subtitle);
        List<LegendEntry> names = [.. ChannelNames.Take(MostChannels).Select((name, i) => new LegendEntry(name, PlotStyle.Class(PlotColor.Automatic, i), CurveMark.Line))];
        if (names.Count > 0) y = Legend.Draw(svg, y, names);

        (List<SequenceRow> rows, int omitted) = Shown();
        double[] all = [.. rows.SelectMany(r => r.Paths).SelectMany(p => p.Values)];
        double frames = Math.Max(1, rows.SelectMany(r => r.Paths).Select(p => p.Frames - 1).DefaultIfEmpty(1).Max());
        AxisMap scale = AxisMap.Fit(new Axis(""), all, 1, 0, padding: 0.04);
        double left = Layout.Margin + 8 + scale.Ticks(3).Select(t => Layout.TextWidth(t.Label)).DefaultIfEmpty(0).Max();
        int perRow = Math.Clamp(Math.Min(PanelsPerRow, rows.Select(r => r.Paths.Count).DefaultIfEmpty(1).Max()), 1, 6);
        double width = (Layout.Width - Layout.Margin - left - ((perRow - 1) * Gap)) / perRow;
        int lines = rows.SelectMany(r => r.Paths).Sum(p => Math.Min(p.Channels, MostChannels));
        int share = Math.Max(8, MostPoints / Math.Max(1, lines));

        foreach (SequenceRow row in rows)
        {
            svg.Text(left, y += 20, Layout.Shorten(row.Name, 60));
            y += 8;
            for (int i = 0; i < row.Paths.Count; i++)
            {
                if (i > 0 && i % perRow == 0) y += PanelHeight + Gap;
                double x = left + (i % perRow * (width + Gap));
                AxisMap horizontal = AxisMap.Fit(new Axis("") { Minimum = 0, Maximum = frames }, [0, frames], x, x + width, padding: 0);
                AxisMap vertical = AxisMap.Fit(new Axis(""), all, y + PanelHeight, y, padding: 0.04);
                bool last = ReferenceEquals(row, rows[^1]) && i >= row.Paths.Count - perRow;
                Draw(new Panel(svg, horizontal, vertical, x, y, width, PanelHeight), row.Paths[i], share, labelX: last, labelY: i % perRow == 0);
            }

            y += PanelHeight;
        }

        if (rows.Count == 0) svg.Text(Layout.Width / 2, y += 24, "no data to draw", "muted", "middle");
        svg.Text((left + Layout.Width - Layout.Margin) / 2, y += 32, Layout.Shorten(FrameTitle, 60), "muted", "middle");
        return svg.Document(Title, Subtitle, Layout.Notes(svg, y + 4, Notes(all, omitted)) + 10);
    }

    private static void Draw(Panel panel, SamplePath path, int share, bool labelX, bool labelY)
    {
        panel.Frame(3, 3, labelX, labelY, overhang: 0);
        panel.BeginClip();
        double[] frames = [.. Enumerable.Range(0, path.Frames).Select(i => (double)i)];
        for (int c = 0; c < Math.Min(path.Channels, MostChannels); c++)
        {
            double[] values = new double[path.Frames];
            for (int i = 0; i < values.Length; i++) values[i] = path.Values[(i * path.Channels) + c];
            panel.Curve(frames, values, CurveMark.Line, PlotStyle.Class(PlotColor.Automatic, c), share, thin: true);
        }

        panel.EndClip();
    }

    // The rows and panels that are drawn, and how many panels are not.
    private (List<SequenceRow> Rows, int Omitted) Shown()
    {
        List<SequenceRow> rows = [.. Rows.Where(r => r.Paths.Count > 0).Take(MostRows)];
        int each = Math.Max(1, MostPanels / Math.Max(1, rows.Count));
        rows = [.. rows.Select(r => r with { Paths = [.. r.Paths.Take(each)] })];
        return (rows, Rows.Sum(r => r.Paths.Count) - rows.Sum(r => r.Paths.Count));
    }

    private IEnumerable<string> Notes(double[] values, int omitted)
    {
        int hidden = values.Count(v => !AxisMap.CanShow(v, log: false));
        if (hidden > 0) yield return $"{hidden} {(hidden == 1 ? "value" : "values")} not drawn: not finite.";
        if (omitted > 0) yield return $"{omitted} more {(omitted == 1 ? "path" : "paths")} not drawn.";
        int channels = Rows.SelectMany(r => r.Paths).Select(p => p.Channels).DefaultIfEmpty(0).Max();
        if (channels > MostChannels) yield return $"The first {MostChannels} of {channels} channels.";
    }
}
