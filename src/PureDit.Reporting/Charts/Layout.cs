// Sizes of a drawing, in viewBox units. 480 units across is about the width of a phone, so that text of 13 units stays
// readable there; nothing sets a width in pixels. There are no font metrics here, so text widths are estimates.

namespace PureDit.Reporting;

internal static class Layout
{
    public const double Width = 480;
    public const double Margin = 14;
    public const double TitleSize = 15;
    public const double TextSize = 12.5;

    private const double CharacterWidth = 0.56; // of the font size; a little above the mean of common sans-serif faces

    public static double TextWidth(string text, double size = TextSize) => text.Length * size * CharacterWidth;

    /// <summary>Title, subtitle and notes; returns the first free y.</summary>
    public static double Header(SvgWriter svg, string title, string subtitle)
    {
        double y = Margin + TitleSize;
        foreach (string line in Wrap(title, Width - (2 * Margin), TitleSize * 1.08, maxLines: 3))
        {
            svg.Text(Margin, y, line, "title");
            y += TitleSize + 4;
        }

        foreach (string line in Wrap(subtitle, Width - (2 * Margin), TextSize, maxLines: 4))
        {
            svg.Text(Margin, y, line, "muted");
            y += TextSize + 4;
        }

        return y - 4;
    }

    /// <summary>Notes on what is not drawn, one per line; returns the first free y.</summary>
    public static double Notes(SvgWriter svg, double y, IEnumerable<string> notes)
    {
        foreach (string note in notes)
        {
            svg.Text(Margin, y + TextSize, note, "muted");
            y += TextSize + 4;
        }

        return y;
    }

    /// <summary>Breaks text at blanks into lines of about the given width; the last line ends in … if text is left.</summary>
    public static IReadOnlyList<string> Wrap(string? text, double width, double size, int maxLines)
    {
        List<string> lines = [];
        int most = Math.Max(4, (int)(width / (size * CharacterWidth)));
        string rest = (text ?? "").ReplaceLineEndings(" ").Trim();
        while (rest.Length > most && lines.Count < maxLines - 1)
        {
            int cut = rest.LastIndexOf(' ', most);
            if (cut <= 0) cut = most;
            lines.Add(rest[..cut].TrimEnd());
            rest = rest[cut..].TrimStart();
        }

        if (rest.Length > 0) lines.Add(Shorten(rest, most));
        return lines;
    }

    public static string Shorten(string text, int most) => text.Length <= most ? text : string.Concat(text.AsSpan(0, most - 1), "…");
}
