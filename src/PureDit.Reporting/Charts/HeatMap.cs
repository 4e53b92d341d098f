// Matrices as colour, side by side under one scale, with a colour bar.
//
// Cells of equal colour in a row are one stroke, so smooth matrices stay small. When the document would pass 49 kB the
// cells are averaged in blocks of 2×2, 3×3, … and a note says so. Cells that are not finite are grey, which no scale has.

using System.Text;

namespace PureDit.Reporting;

/// <summary>One matrix of a heat map.</summary>
/// <param name="Title">Heading above the matrix.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
/// <param name="Values">Values [rows, columns], row-major; row 0 is drawn on top.</param>
public sealed record HeatMapPanel(string Title, int Rows, int Columns, IReadOnlyList<double> Values);

/// <summary>Matrices as colour, as SVG.</summary>
public sealed record HeatMap
{
    private const int MostBytes = 49_000;
    private const int MostPanels = 12;
    private const double Gap = 14;
    private const double LargestCell = 26;

    /// <summary>What the chart shows; also its accessible name.</summary>
    public required string Title { get; init; }

    /// <summary>One sentence below the title; may be empty.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Matrices, all under one colour scale.</summary>
    public required IReadOnlyList<HeatMapPanel> Panels { get; init; }

    /// <summary>Colours; diverging by default.</summary>
    public HeatPalette Palette { get; init; }

    /// <summary>Largest magnitude of the scale; null fits it to the data. Values beyond it take the last colour.</summary>
    public double? Limit { get; init; }

    /// <summary>What the values are, written at the colour bar.</summary>
    public string ValueTitle { get; init; } = "";

    /// <summary>Matrices side by side before a new row begins.</summary>
    public int PanelsPerRow { get; init; } = 3;

    /// <summary>The chart as a whole SVG document; equal charts give equal text.</summary>
    /// <exception cref="ArgumentException">A matrix' size and number of values differ.</exception>
    public string ToSvg()
    {
        foreach (HeatMapPanel panel in Panels)
        {
            if (panel.Rows < 0 || panel.Columns < 0 || (long)panel.Rows * panel.Columns != panel.Values.Count)
            {
                throw new ArgumentException(
                    $"panel '{panel.Title}': expected [{panel.Rows}, {panel.Columns}] ({(long)panel.Rows * panel.Columns} values), got {panel.Values.Count} values.");
            }
        }

        for (int block = 1; ; block++)
        {
            string svg = Draw(block);
            if (Encoding.UTF8.GetByteCount(svg) <= MostBytes || block > 512) return svg;
        }
    }

    private string Draw(int block)
    {
        SvgWriter svg = new();
        (double low, double high) = Range();
        int shown = Math.Min(Panels.Count, MostPanels);
        int perRow = Math.Clamp(Math.Min(PanelsPerRow, shown), 1, 4);
        double slot = (Layout.Width - (2 * Layout.Margin) - ((perRow - 1) * Gap)) / perRow;
        double y = Layout.Header(svg, Title, Subtitle) + 6;
        for (int first = 0; first < shown; first += perRow)
        {
            int count = Math.Min(perRow, shown - first);
            double cell = Enumerable.Range(first, count).Min(i => CellSize(Panels[i], slot));
            double used = (count * slot) + ((count - 1) * Gap);
            double left = (Layout.Width - used) / 2, tallest = 0;
            int titleLines = Enumerable.Range(first, count).Max(i => TitleLines(Panels[i], slot).Count);
            for (int i = 0; i < count; i++)
            {
                HeatMapPanel panel = Panels[first + i];
                double width = Math.Max(1, panel.Columns) * cell, x = left + (i * (slot + Gap)) + ((slot - width) / 2);
                for (int line = 0; line < TitleLines(panel, slot).Count; line++)
                {
                    svg.Text(x + (width / 2), y + Layout.TextSize + (line * 15), TitleLines(panel, slot)[line], "", "middle");
                }

                double top = y + Layout.TextSize + (titleLines * 15) - 7;
                CellGrid.Draw(svg, panel, Palette, block, (low, high), x, top, cell);
                tallest = Math.Max(tallest, Math.Max(1, panel.Rows) * cell);
            }

            y += Layout.TextSize + (titleLines * 15) - 7 + tallest + Gap;
        }

        if (shown == 0) svg.Text(Layout.Width / 2, y += 24, "no data to draw", "muted", "middle");
        y = ColorBar(svg, y + 4, low, high);
        y = Layout.Notes(svg, y, Notes(block));
        return svg.Document(Title, Subtitle, y + 10, ColorScale.Css(Palette));
    }

    private static IReadOnlyList<string> TitleLines(HeatMapPanel panel, double slot) => Layout.Wrap(panel.Title, slot, Layout.TextSize, 2);

    private static double CellSize(HeatMapPanel panel, double slot) =>
        Math.Min(LargestCell, Math.Min(slot / Math.Max(1, panel.Columns), 1.6 * slot / Math.Max(1, panel.Rows)));

    private double ColorBar(SvgWriter svg, double y, double low, double high)
    {
        const double Height = 10;
        double left = Layout.Margin + 60, width = Layout.Width - (2 * left);
        double step = width / ColorScale.Steps;
        svg.Raw($"<g class=\"cells\" transform=\"translate({SvgWriter.Number(left)} {SvgWriter.Number(y)}) scale({CellGrid.Scale(step)} {Height}) translate(0 .5)\">\n");
        for (int i = 0; i < ColorScale.Steps; i++) svg.Raw($"<path class=\"{ColorScale.Class(Palette, i)}\" d=\"M{i} 0h1\"/>\n");
        svg.Raw("</g>\n");
        y += Height + 14;
        svg.Text(left, y, Ticks.Short(low, 3), "muted", "middle");
        svg.Text(left + (width / 2), y, ValueTitle.Length > 0 ? Layout.Shorten(ValueTitle, 36) : Ticks.Short((low + high) / 2, 3), "muted", "middle");
        svg.Text(left + width, y, Ticks.Short(high, 3), "muted", "middle");
        return y + 8;
    }

    private IEnumerable<string> Notes(int block)
    {
        int lost = Panels.Take(MostPanels).Sum(p => p.Values.Count(v => !double.IsFinite(v)));
        if (lost > 0) yield return $"{lost} {(lost == 1 ? "cell" : "cells")} not finite (grey).";
        if (block > 1) yield return $"Means over blocks of {block} × {block} cells.";
        if (Panels.Count > MostPanels) yield return $"The first {MostPanels} of {Panels.Count} matrices.";
        if (Limit is double limit && Panels.Take(MostPanels).Any(p => p.Values.Any(v => double.IsFinite(v) && Math.Abs(v) > limit)))
        {
            yield return "Values beyond the scale take its last colour.";
        }
    }

    private (double Low, double High) Range()
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in Panels.Take(MostPanels).SelectMany(p => p.Values))
        {
            if (!AxisMap.CanShow(value, log: false)) continue;
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        if (low > high) (low, high) = (0, 1);
        double magnitude = Math.Max(Math.Abs(low), Math.Abs(high));
        if (Limit is double limit && limit > 0 && AxisMap.CanShow(limit, log: true)) (magnitude, low, high) = (limit, Math.Max(low, -limit), limit);
        if (magnitude < 1e-150) magnitude = 1;
        if (Palette == HeatPalette.Diverging) return (-magnitude, magnitude);
        low = Math.Min(low, 0) < 0 ? low : 0;
        return high - low > 1e-11 * magnitude ? (low, high) : (low, low + magnitude);
    }
}
