// Boxes and arrows for the drawings of the book, as SVG with colours for light and for dark. Coordinates are in units
// of the view box; a drawing is 480 units wide, about a phone.

using System.Globalization;
using System.Net;
using System.Text;

namespace PureDit.Book;

/// <summary>A drawing that is built piece by piece.</summary>
public sealed class Drawing(string title, double height)
{
    private const double Width = 480;

    private const string Style = """
        .d{font:12.5px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;color:#1b2027}
        .d text{fill:currentColor;text-anchor:middle}.d .title{font-size:15px;font-weight:600;text-anchor:start}
        .d .left{text-anchor:start}.d .muted{fill:#5b6570}.d .blue{fill:#2f62b5}.d .orange{fill:#c34619}
        .d .box{fill:#f3f6fa;stroke:#5b6570}.d .zero{fill:#fff;stroke:#c34619;stroke-dasharray:4 3}
        .d .arrow{fill:none;stroke:#5b6570;stroke-width:1.4}.d .back{fill:none;stroke:#c34619;stroke-width:1.4;stroke-dasharray:4 3}
        .d .surface{fill:#fff}
        @media (prefers-color-scheme:dark){.d{color:#e6eaef}.d .muted{fill:#9aa4af}.d .blue{fill:#8fb4ff}.d .orange{fill:#f98a55}
        .d .box{fill:#232a33;stroke:#9aa4af}.d .zero{fill:#151a21;stroke:#f96222}.d .arrow{stroke:#9aa4af}.d .back{stroke:#f96222}
        .d .surface{fill:#151a21}}
        """;

    private readonly StringBuilder _body = new();

    public Drawing Text(double x, double y, string text, string style = "")
    {
        _body.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" class=\"{style}\">{WebUtility.HtmlEncode(text)}</text>\n");
        return this;
    }

    /// <summary>A box around a centre, with lines of text.</summary>
    public Drawing Box(double x, double y, double width, double height, string style, params ReadOnlySpan<string> lines)
    {
        _body.Append(CultureInfo.InvariantCulture, $"<rect class=\"{style}\" x=\"{x - (width / 2):0.#}\" y=\"{y - (height / 2):0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\" rx=\"5\"/>\n");
        double first = y + 4.5 - ((lines.Length - 1) * 7.5);
        for (int i = 0; i < lines.Length; i++) Text(x, first + (i * 15), lines[i], i == 0 ? "" : "muted");
        return this;
    }

    /// <summary>An arrow through points (x, y, x, y, …), its head at the last one.</summary>
    public Drawing Arrow(string style, params ReadOnlySpan<double> points)
    {
        string marker = style == "back" ? "b" : "a";
        _body.Append(CultureInfo.InvariantCulture, $"<path class=\"{style}\" marker-end=\"url(#{marker})\" d=\"M{points[0]:0.#} {points[1]:0.#}");
        for (int i = 2; i < points.Length; i += 2) _body.Append(CultureInfo.InvariantCulture, $"L{points[i]:0.#} {points[i + 1]:0.#}");
        _body.Append("\"/>\n");
        return this;
    }

    /// <summary>An arrow along a quadratic curve.</summary>
    public Drawing Arc(string style, double x1, double y1, double bendX, double bendY, double x2, double y2)
    {
        string marker = style == "back" ? "b" : "a";
        _body.Append(CultureInfo.InvariantCulture, $"<path class=\"{style}\" marker-end=\"url(#{marker})\" d=\"M{x1:0.#} {y1:0.#}Q{bendX:0.#} {bendY:0.#} {x2:0.#} {y2:0.#}\"/>\n");
        return this;
    }

    /// <summary>The whole document.</summary>
    public string ToSvg()
    {
        string name = WebUtility.HtmlEncode(title), size = height.ToString("0.#", CultureInfo.InvariantCulture);
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" class="d" role="img" viewBox="0 0 {Width} {size}">
            <title>{name}</title>
            <style>
            {Style}
            </style>
            <defs>{Head("a", "#5b6570")}{Head("b", "#c34619")}</defs>
            <rect class="surface" width="{Width}" height="{size}" rx="8"/>
            <text x="14" y="26" class="title">{name}</text>
            {_body}</svg>

            """.ReplaceLineEndings("\n");
    }

    private static string Head(string id, string color) =>
        $"<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path fill=\"{color}\" d=\"M0 0L8 4L0 8z\"/></marker>";
}
