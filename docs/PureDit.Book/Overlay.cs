// Lines and words on top of a heat map, placed in cells: column 0, row 0 is the upper left corner of the first cell of
// a panel. Reads where the chart put its panels from the chart itself, so the two cannot disagree.

using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PureDit.Book;

/// <summary>A heat map that is drawn on.</summary>
internal sealed partial class Overlay
{
    private readonly string _svg;
    private readonly double[][] _panels; // x, y, width of a cell, height of a cell
    private readonly StringBuilder _marks = new();

    public Overlay(string svg)
    {
        _svg = svg;
        _panels = [.. Cells().Matches(svg).Select(m => m.Groups.Values.Skip(1)
            .Select(g => double.Parse(g.Value, CultureInfo.InvariantCulture)).ToArray())];
    }

    /// <summary>A line through points (column, row) of a panel; colours are the chart's classes c0 to c4 and ink.</summary>
    public void Line(int panel, IEnumerable<(double Column, double Row)> points, string color = "c1")
    {
        string path = string.Join('L', points.Select(p => Place(panel, p.Column, p.Row)));
        _marks.Append(CultureInfo.InvariantCulture, $"<path class=\"line thin {color}\" d=\"M{path}\"/>\n");
    }

    /// <summary>An arrow from one point of a panel to another.</summary>
    public void Arrow(int panel, (double Column, double Row) from, (double Column, double Row) to, string color = "c1")
    {
        double dx = to.Column - from.Column, dy = to.Row - from.Row;
        (double, double) Barb(double side) =>
            (to.Column - (0.3 * dx) - (0.2 * side * dy), to.Row - (0.3 * dy) + (0.2 * side * dx));
        Line(panel, [from, to, Barb(1), to, Barb(-1)], color);
    }

    /// <summary>Words that begin (or end) at a point of a panel.</summary>
    public void Label(int panel, double column, double row, string text, bool end = false)
    {
        string[] at = Place(panel, column, row).Split(' ');
        _marks.Append(CultureInfo.InvariantCulture,
            $"<text class=\"halo\" x=\"{at[0]}\" y=\"{at[1]}\"{(end ? " text-anchor=\"end\"" : "")}>{text}</text>\n");
    }

    public string ToSvg() => _svg.Replace("</svg>", _marks + "</svg>", StringComparison.Ordinal);

    private string Place(int panel, double column, double row)
    {
        double[] p = _panels[panel];
        return string.Create(CultureInfo.InvariantCulture, $"{p[0] + (column * p[2]):0.#} {p[1] + (row * p[3]):0.#}");
    }

    [GeneratedRegex(@"<g class=""cells"" transform=""translate\((\S+) (\S+)\) scale\((\S+) (\S+)\)")]
    private static partial Regex Cells();
}
