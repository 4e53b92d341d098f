// Videos as rows of frames, from left to right, all under one scale of brightness from 0 to the largest value.
// When the document would pass 49 kB, pixels are averaged in blocks and a note says so, as in heat maps.

using System.Text;

namespace PureDit.Reporting;

/// <summary>One video.</summary>
/// <param name="Name">Heading of the row: where it comes from.</param>
/// <param name="Frames">Frames, the first on the left; their titles are not drawn.</param>
public sealed record FilmRow(string Name, IReadOnlyList<HeatMapPanel> Frames);

/// <summary>Videos as rows of frames, as SVG.</summary>
public sealed record FilmStrip
{
    private const int MostBytes = 49_000, MostRows = 8, MostFrames = 10;
    private const double Gap = 5;

    /// <summary>What the chart shows; also its accessible name.</summary>
    public required string Title { get; init; }

    /// <summary>One sentence below the title; may be empty.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Videos, from the top.</summary>
    public required IReadOnlyList<FilmRow> Rows { get; init; }

    /// <summary>The strip as a whole SVG document; equal videos give equal text.</summary>
    /// <exception cref="ArgumentException">A frame's size and number of values differ.</exception>
    public string ToSvg()
    {
        foreach (HeatMapPanel frame in Rows.SelectMany(r => r.Frames))
        {
            if (frame.Rows < 1 || frame.Columns < 1 || (long)frame.Rows * frame.Columns != frame.Values.Count)
            {
                throw new ArgumentException($"frame: expected [{frame.Rows}, {frame.Columns}], got {frame.Values.Count} values.");
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
        double y = Layout.Header(svg, Title, Subtitle);
        IReadOnlyList<FilmRow> rows = [.. Rows.Where(r => r.Frames.Count > 0).Take(MostRows)];
        int across = Math.Min(MostFrames, rows.Select(r => r.Frames.Count).DefaultIfEmpty(1).Max());
        double width = (Layout.Width - (2 * Layout.Margin) - ((across - 1) * Gap)) / across;
        double brightest = rows.SelectMany(r => r.Frames).SelectMany(f => f.Values).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        foreach (FilmRow row in rows)
        {
            svg.Text(Layout.Margin, y += 20, Layout.Shorten(row.Name, 60));
            y += 6;
            double tallest = 0;
            for (int i = 0; i < Math.Min(across, row.Frames.Count); i++)
            {
                HeatMapPanel frame = row.Frames[i];
                double cell = width / frame.Columns;
                CellGrid.Draw(svg, frame, HeatPalette.Sequential, block, (0, brightest > 0 ? brightest : 1), Layout.Margin + (i * (width + Gap)), y, cell);
                tallest = Math.Max(tallest, frame.Rows * cell);
            }

            y += tallest;
        }

        if (rows.Count == 0) svg.Text(Layout.Width / 2, y += 24, "no data to draw", "muted", "middle");
        return svg.Document(Title, Subtitle, Layout.Notes(svg, y + 8, Notes(block)) + 10, ColorScale.Css(HeatPalette.Sequential));
    }

    private IEnumerable<string> Notes(int block)
    {
        if (block > 1) yield return $"Means over blocks of {block} × {block} pixels.";
        if (Rows.Count > MostRows || Rows.Any(r => r.Frames.Count > MostFrames)) yield return $"At most {MostRows} videos and {MostFrames} frames of each.";
    }
}
