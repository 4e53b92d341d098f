// Names of curves with their strokes, in rows that wrap.

namespace PureDit.Reporting;

/// <param name="Name">Name of the curve.</param>
/// <param name="Color">Class of its colour.</param>
/// <param name="Mark">How it is drawn; null for a filled area.</param>
internal readonly record struct LegendEntry(string Name, string Color, CurveMark? Mark);

internal static class Legend
{
    private const int MostEntries = 14;
    private const double Swatch = 18;
    private const double RowHeight = 18;

    /// <summary>Draws the entries below y; returns the first free y.</summary>
    public static double Draw(SvgWriter svg, double y, IReadOnlyList<LegendEntry> entries)
    {
        double x = Layout.Margin;
        y += RowHeight;
        foreach (LegendEntry entry in entries.Take(MostEntries))
        {
            string name = Layout.Shorten(entry.Name, 52);
            double width = Swatch + 6 + Layout.TextWidth(name) + 14;
            if (x > Layout.Margin && x + width > Layout.Width - Layout.Margin)
            {
                x = Layout.Margin;
                y += RowHeight;
            }

            Mark(svg, x, y - 4, entry);
            svg.Text(x + Swatch + 6, y, name);
            x += width;
        }

        if (entries.Count > MostEntries) svg.Text(Layout.Margin, y += RowHeight, $"… and {entries.Count - MostEntries} more", "muted");
        return y + 2;
    }

    private static void Mark(SvgWriter svg, double x, double y, LegendEntry entry)
    {
        switch (entry.Mark)
        {
            case null:
                svg.Rectangle(x, y - 5, Swatch, 10, "band " + entry.Color);
                return;
            case CurveMark.Dashed:
                svg.Line(x, y, x + Swatch, y, "line dash " + entry.Color);
                return;
            case CurveMark.Line or CurveMark.LineAndPoints:
                svg.Line(x, y, x + Swatch, y, "line " + entry.Color);
                break;
        }

        if (entry.Mark is CurveMark.Points or CurveMark.LineAndPoints)
        {
            svg.Line(x + (Swatch / 2), y, x + (Swatch / 2), y, "dots " + entry.Color);
        }
    }
}
