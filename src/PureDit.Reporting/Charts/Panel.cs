// One pair of axes in a rectangle: grid, labels, curves. What lies outside the axes is clipped by a nested <svg>
// rather than a clip path, which would need an identifier unique on the whole page.

using System.Globalization;
using System.Text;

namespace PureDit.Reporting;

internal sealed class Panel(SvgWriter svg, AxisMap x, AxisMap y, double left, double top, double width, double height)
{
    private const double Stroke = 3; // room for half a stroke at the edge of the axes

    /// <summary>The axes' frame and grid, with labels where asked, which may stand out sideways by an overhang.</summary>
    public void Frame(int xTicks, int yTicks, bool labelX, bool labelY, double overhang)
    {
        StringBuilder grid = new();
        foreach (Tick tick in y.Ticks(yTicks))
        {
            double at = y[tick.Value];
            grid.Append('M').Append(SvgWriter.Number(left)).Append(' ').Append(SvgWriter.Number(at)).Append('h').Append(SvgWriter.Number(width));
            if (labelY) svg.Text(left - 6, at + 4, tick.Label, "muted", "end");
        }

        double free = double.NegativeInfinity;
        foreach (Tick tick in x.Ticks(xTicks))
        {
            double at = x[tick.Value], half = Layout.TextWidth(tick.Label) / 2;
            grid.Append('M').Append(SvgWriter.Number(at)).Append(' ').Append(SvgWriter.Number(top)).Append('v').Append(SvgWriter.Number(height));
            double middle = Math.Clamp(at, left - overhang + half, Math.Max(left - overhang + half, left + width + overhang - half));
            if (!labelX || middle - half < free) continue;
            svg.Text(middle, top + height + 16, tick.Label, "muted", "middle");
            free = middle + half + 4;
        }

        svg.Raw($"<path class=\"grid\" d=\"{grid}\"/>\n");
        svg.Raw($"<path class=\"grid\" d=\"M{SvgWriter.Number(left)} {SvgWriter.Number(top)}h{SvgWriter.Number(width)}v{SvgWriter.Number(height)}h{SvgWriter.Number(-width)}z\"/>\n");
    }

    /// <summary>Begins drawing inside the axes; coordinates stay those of the page.</summary>
    public void BeginClip()
    {
        string box = string.Join(' ', new[] { left - Stroke, top - Stroke, width + (2 * Stroke), height + (2 * Stroke) }.Select(SvgWriter.Number));
        string[] part = box.Split(' ');
        svg.Raw($"<svg x=\"{part[0]}\" y=\"{part[1]}\" width=\"{part[2]}\" height=\"{part[3]}\" viewBox=\"{box}\" overflow=\"hidden\">\n");
    }

    public void EndClip() => svg.Raw("</svg>\n");

    /// <summary>Draws a curve with at most about <paramref name="most"/> points.</summary>
    public void Curve(IReadOnlyList<double> xs, IReadOnlyList<double> ys, CurveMark mark, string color, int most, bool thin = false)
    {
        List<List<(double X, double Y)>> stretches = Stretches(xs, ys, out int count);
        if (count == 0) return;
        StringBuilder line = new(), dots = new();
        int step = (stretches.Count / Math.Max(1, most)) + 1; // gaps everywhere: every n-th stretch keeps the size bounded
        for (int s = 0; s < stretches.Count; s += step)
        {
            List<(double X, double Y)> stretch = stretches[s];
            List<(double X, double Y)> kept = Thinning.Reduce(stretch, Math.Max(2, (int)((long)most * stretch.Count / count)));
            // A value between two gaps has no neighbour to draw a line to.
            if (mark is CurveMark.Points or CurveMark.LineAndPoints || kept.Count == 1)
            {
                foreach ((double px, double py) in kept) dots.Append('M').Append(Pair(px, py)).Append("h0");
            }

            if (mark is CurveMark.Points || kept.Count == 1) continue;
            char command = 'M';
            foreach ((double px, double py) in kept)
            {
                line.Append(command).Append(Pair(px, py));
                command = 'L';
            }
        }

        string style = "line " + (thin || color == PlotStyle.Class(PlotColor.Muted) ? "thin " : "") + (mark == CurveMark.Dashed ? "dash " : "");
        if (line.Length > 0) svg.Raw($"<path class=\"{style}{color}\" d=\"{line}\"/>\n");
        if (dots.Length > 0) svg.Raw($"<path class=\"dots {color}\" d=\"{dots}\"/>\n");
    }

    /// <summary>Fills between two curves; an end that the axis cannot show lies on the axis' lower end.</summary>
    public void Band(Band band, string color, int most)
    {
        int count = Math.Min(band.X.Count, Math.Min(band.Lower.Count, band.Upper.Count));
        double[] low = new double[count], high = new double[count];
        for (int i = 0; i < count; i++)
        {
            bool whole = !double.IsNaN(band.Lower[i]) && !double.IsNaN(band.Upper[i]);
            low[i] = whole ? Within(band.Lower[i]) : double.NaN;
            high[i] = whole ? Within(band.Upper[i]) : double.NaN;
        }

        List<List<(double X, double Y)>> lower = Stretches(band.X, low, out int shown), upper = Stretches(band.X, high, out _);
        StringBuilder area = new();
        for (int s = 0; s < lower.Count; s += (lower.Count / most) + 1)
        {
            int share = Math.Max(2, (int)((long)most * lower[s].Count / Math.Max(1, shown)));
            char command = 'M';
            foreach ((double px, double py) in Thinning.Reduce(lower[s], share).Concat(Thinning.Reduce(upper[s], share).AsEnumerable().Reverse()))
            {
                area.Append(command).Append(Pair(px, py));
                command = 'L';
            }

            area.Append('z');
        }

        if (area.Length > 0) svg.Raw($"<path class=\"band {color}\" d=\"{area}\"/>\n");
    }

    /// <summary>A horizontal line at a value.</summary>
    public void Rule(double value)
    {
        double at = y[value];
        if (!double.IsNaN(at)) svg.Line(left, at, left + width, at, "rule");
    }

    private static string Pair(double px, double py) => string.Create(CultureInfo.InvariantCulture, $"{SvgWriter.Number(px)} {SvgWriter.Number(py)}");

    private double Within(double value) => Math.Clamp(value, y.Minimum, y.Maximum);

    // Runs of values that can be shown, as places on the page.
    private List<List<(double X, double Y)>> Stretches(IReadOnlyList<double> xs, IReadOnlyList<double> ys, out int count)
    {
        List<List<(double X, double Y)>> stretches = [];
        List<(double X, double Y)>? current = null;
        count = 0;
        for (int i = 0; i < Math.Min(xs.Count, ys.Count); i++)
        {
            (double px, double py) = (x[xs[i]], y[ys[i]]);
            if (double.IsNaN(px) || double.IsNaN(py))
            {
                current = null;
                continue;
            }

            if (current is null) stretches.Add(current = []);
            current.Add((px, py));
            count++;
        }

        return stretches;
    }
}
