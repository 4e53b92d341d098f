// Blocks of a page in order. All text is escaped; only figures bring markup of their own, and those must be SVG.

using System.Text;

namespace PureDit.Reporting;

/// <summary>Blocks of an HTML page: paragraphs, tiles, tables, figures, folds.</summary>
public sealed class HtmlFragment
{
    private readonly StringBuilder _html = new();

    /// <summary>Adds a paragraph.</summary>
    public HtmlFragment Paragraph(string text) => Add($"<p>{Markup.Escape(text)}</p>\n");

    /// <summary>Adds text that keeps its line breaks and spaces: output, configuration, code.</summary>
    public HtmlFragment Preformatted(string text) => Add($"<pre>{Markup.Escape(text)}</pre>\n");

    /// <summary>Adds key numbers side by side.</summary>
    public HtmlFragment Tiles(params IReadOnlyList<Tile> tiles)
    {
        Add("<div class=\"tiles\">\n");
        foreach (Tile tile in tiles)
        {
            (string style, string word) = tile.Verdict switch
            {
                Verdict.Good => (" good", "✓ good"),
                Verdict.Fair => (" fair", "~ fair"),
                Verdict.Poor => (" poor", "✕ poor"),
                _ => ("", ""),
            };
            Add($"<div class=\"tile{style}\"><div class=\"label\">{Markup.Escape(tile.Label)}</div>");
            Add($"<div class=\"value\">{Markup.Escape(tile.Value)}</div><div class=\"detail\">{Markup.Escape(tile.Detail)}</div>");
            Add(word.Length > 0 ? $"<div class=\"verdict\">{word}</div></div>\n" : "</div>\n");
        }

        return Add("</div>\n");
    }

    /// <summary>Adds a table. Columns whose cells are all numbers are set flush right.</summary>
    /// <param name="header">Names of the columns.</param>
    /// <param name="rows">Rows, each with a cell per column.</param>
    /// <exception cref="ArgumentException">A row has more or fewer cells than there are columns.</exception>
    public HtmlFragment Table(IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        foreach (IReadOnlyList<string> row in rows)
        {
            if (row.Count != header.Count) throw new ArgumentException($"rows: expected {header.Count} cells in each row, got {row.Count}.", nameof(rows));
        }

        bool[] numeric = [.. Enumerable.Range(0, header.Count).Select(c => rows.Count > 0 && rows.All(r => IsNumber(r[c])))];
        Add("<div class=\"wide\"><table>\n<thead><tr>");
        for (int c = 0; c < header.Count; c++) Add($"<th{Style(c)}>{Markup.Escape(header[c])}</th>");
        Add("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in rows)
        {
            Add("<tr>");
            for (int c = 0; c < row.Count; c++) Add($"<td{Style(c)}>{Markup.Escape(row[c])}</td>");
            Add("</tr>\n");
        }

        return Add("</tbody></table></div>\n");

        string Style(int column) => numeric[column] ? " class=\"number\"" : "";
    }

    /// <summary>Adds figures: side by side where the screen is wide enough, else one below the other.</summary>
    /// <exception cref="ArgumentException">A figure's drawing is not an SVG document.</exception>
    public HtmlFragment Figures(params IReadOnlyList<Figure> figures)
    {
        Add("<div class=\"figures\">\n");
        foreach (Figure figure in figures)
        {
            if (!figure.Svg.StartsWith("<svg ", StringComparison.Ordinal))
            {
                throw new ArgumentException("figures: expected an SVG document that begins with <svg, got other text.", nameof(figures));
            }

            Add("<figure>").Add(figure.Svg);
            Add(figure.Caption.Length > 0 ? $"<figcaption>{Markup.Escape(figure.Caption)}</figcaption></figure>\n" : "</figure>\n");
        }

        return Add("</div>\n");
    }

    /// <summary>Adds blocks that are folded away until opened.</summary>
    public HtmlFragment Details(string summary, HtmlFragment content) =>
        Add($"<details><summary>{Markup.Escape(summary)}</summary>\n").Add(content._html.ToString()).Add("</details>\n");

    internal string ToHtml() => _html.ToString();

    private static bool IsNumber(string cell)
    {
        string text = cell.Trim();
        return text.Length > 0 && (char.IsAsciiDigit(text[0]) || (text.Length > 1 && text[0] is '-' or '−' or '+' or '±' or '≤' or '<'))
            || text is "–" or "—" or "";
    }

    private HtmlFragment Add(string html)
    {
        _html.Append(html);
        return this;
    }
}
