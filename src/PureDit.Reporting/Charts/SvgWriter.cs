// Writes SVG elements. Coordinates are rounded to a tenth of a unit and printed the same in every culture, so equal
// data give equal bytes. A document paints its own background and carries colours for light and for dark, because an
// image on a page inherits neither from the page.

using System.Globalization;
using System.Text;

namespace PureDit.Reporting;

internal sealed class SvgWriter
{
    private readonly StringBuilder _body = new();

    public int Length => _body.Length;

    /// <summary>Appends markup that is already safe: numbers and literals only.</summary>
    public SvgWriter Raw(string markup)
    {
        _body.Append(markup);
        return this;
    }

    public SvgWriter Text(double x, double y, string text, string style = "", string anchor = "start")
    {
        _body.Append("<text x=\"").Append(Number(x)).Append("\" y=\"").Append(Number(y)).Append('"');
        if (style.Length > 0) _body.Append(" class=\"").Append(style).Append('"');
        if (anchor != "start") _body.Append(" text-anchor=\"").Append(anchor).Append('"');
        _body.Append('>').Append(Markup.Escape(text)).Append("</text>\n");
        return this;
    }

    public SvgWriter Line(double x1, double y1, double x2, double y2, string style)
    {
        _body.Append("<path class=\"").Append(style).Append("\" d=\"M").Append(Number(x1)).Append(' ').Append(Number(y1))
            .Append('L').Append(Number(x2)).Append(' ').Append(Number(y2)).Append("\"/>\n");
        return this;
    }

    public SvgWriter Rectangle(double x, double y, double width, double height, string style)
    {
        _body.Append("<rect class=\"").Append(style).Append("\" x=\"").Append(Number(x)).Append("\" y=\"").Append(Number(y))
            .Append("\" width=\"").Append(Number(width)).Append("\" height=\"").Append(Number(height)).Append("\"/>\n");
        return this;
    }

    /// <summary>The finished document, <paramref name="height"/> units high.</summary>
    public string Document(string title, string description, double height, string extraStyle = "")
    {
        string box = $"0 0 {Number(Layout.Width)} {Number(height)}";
        string label = Markup.Escape(title);
        StringBuilder svg = new();
        svg.Append("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" viewBox=\"").Append(box).Append("\">\n")
            .Append("<title>").Append(label).Append("</title>\n");
        if (description.Length > 0) svg.Append("<desc>").Append(Markup.Escape(description)).Append("</desc>\n");
        svg.Append("<style>").Append(PlotStyle.Css).Append(extraStyle).Append("</style>\n")
            .Append("<rect class=\"surface\" width=\"").Append(Number(Layout.Width))
            .Append("\" height=\"").Append(Number(height)).Append("\" rx=\"8\"/>\n")
            .Append(_body)
            .Append("</svg>\n");
        return svg.ToString();
    }

    /// <summary>A coordinate: finite, one decimal, no exponent, no minus zero.</summary>
    public static string Number(double value)
    {
        const double Far = 1e6; // outside any drawing; keeps broken data from printing hundreds of digits
        double rounded = Math.Round(double.IsNaN(value) ? 0 : Math.Clamp(value, -Far, Far), 1);
        return (rounded == 0 ? 0 : rounded).ToString("0.#", CultureInfo.InvariantCulture);
    }
}
