using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Reporting.Tests;

public sealed partial class ChartTests
{
    private const int MostBytes = 50_000; // what a page can carry many of

    // Every kind of value that measured data can hold, the broken ones included.
    private static readonly Gen<double> s_value = Gen.Frequency(
        (6, Gen.Choose(-1000, 1000).Select(i => i / 37.0)),
        (2, Gen.Choose(-300, 300).Select(e => Math.Pow(10, e))),
        (1, Gen.Elements(0.0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, double.Epsilon)));

    private static readonly Gen<double[]> s_values = Gen.Elements(0, 1, 2, 3, 17, 400).SelectMany(n => s_value.ArrayOf(n));

    private static readonly Gen<string> s_text = Gen.Elements("", "loss", "<script>&\"'", "a\u0001b\uD800c", new string('w', 700), "two\nlines", "Σ γ ‖x‖²");

    [Fact]
    public void LineChart_AnyData_IsWholeSmallXml() => Law.Holds(
        from x in s_values
        from y in s_value.ArrayOf(x.Length)
        from text in s_text
        from scale in Gen.Elements(AxisScale.Linear, AxisScale.Log)
        from mark in Gen.Elements(CurveMark.Line, CurveMark.Dashed, CurveMark.Points, CurveMark.LineAndPoints)
        select new LineChart
        {
            Title = text,
            Subtitle = text,
            X = new Axis(text, scale),
            Y = new Axis(text, scale) { Minimum = x.Length > 2 ? y[0] : null, Maximum = x.Length > 2 ? y[1] : null },
            Curves = [new Curve(text, x, y) { Mark = mark }, new Curve("b", y, x)],
            Bands = [new Band(text, x, y, x)],
            References = [.. y.Take(3).Select(v => new ReferenceLine(text, v))],
            Labels = [.. x.Zip(y, (px, py) => new PointLabel(px, py, text, "7"))],
        },
        chart => AssertWhole(chart.ToSvg()));

    [Fact]
    public void HeatMap_AnyData_IsWholeSmallXml() => Law.Holds(
        from rows in Gen.Elements(0, 1, 2, 5, 19)
        from columns in Gen.Elements(1, 3, 23)
        from values in s_value.ArrayOf(rows * columns)
        from text in s_text
        from palette in Gen.Elements(HeatPalette.Diverging, HeatPalette.Sequential)
        from limit in s_value
        select new HeatMap
        {
            Title = text,
            Palette = palette,
            Limit = limit,
            ValueTitle = text,
            Panels = [new HeatMapPanel(text, rows, columns, values), new HeatMapPanel("b", columns, rows, values)],
        },
        chart => AssertWhole(chart.ToSvg()));

    [Fact]
    public void BarChartAndSequencePlot_AnyData_AreWholeSmallXml() => Law.Holds(
        from values in s_values
        from text in s_text
        from reference in s_value
        select (values, text, reference),
        data =>
        {
            AssertWhole(new BarChart
            {
                Title = data.text,
                Values = new Axis(data.text),
                Bars = [.. data.values.Select(v => new Bar(data.text, v, data.text))],
                Reference = new ReferenceLine(data.text, data.reference),
            }.ToSvg());
            SamplePath path = new(data.values.Length, 1, data.values);
            AssertWhole(new SequencePlot
            {
                Title = data.text,
                Rows = [new SequenceRow(data.text, [path, path, path, path, path]), new SequenceRow("none", []), new SequenceRow("b", [path])],
                ChannelNames = [data.text],
            }.ToSvg());
        });

    [Fact]
    public void FilmStrip_AnyFrames_AreWholeSmallXml() => Law.Holds(
        from values in s_values from text in s_text select (values, text),
        data =>
        {
            HeatMapPanel frame = new("", 1, data.values.Length, data.values);
            FilmStrip strip = new() { Title = data.text, Subtitle = data.text, Rows = data.values.Length == 0 ? [] : [new(data.text, [frame, frame]), new("none", [])] };
            AssertWhole(strip.ToSvg());
        });

    [Fact]
    public void FilmStrip_MuchData_StaysSmall_AndAFrameOfAnotherSizeIsNamed()
    {
        HeatMapPanel frame = new("", 64, 64, Values.NormalDouble(64 * 64, 1));
        string svg = new FilmStrip { Title = "long", Rows = [.. Enumerable.Range(0, 20).Select(i => new FilmRow($"row {i}", [.. Enumerable.Repeat(frame, 40)]))] }.ToSvg();
        AssertWhole(svg);
        Assert.Contains("At most 8 videos", svg, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new FilmStrip { Title = "", Rows = [new("", [new("", 2, 3, [1])])] }.ToSvg());
    }

    [Fact]
    public void Charts_MuchData_StaySmall()
    {
        double[] x = [.. Enumerable.Range(0, 40_000).Select(i => (double)i)];
        double[] noise = Values.NormalDouble(40_000, 1);
        AssertWhole(Lines(x, noise, copies: 7).ToSvg());
        AssertWhole(Lines(noise, noise, copies: 60).ToSvg());
        AssertWhole(Lines(x, [.. noise.Select((v, i) => i % 2 == 0 ? v : double.NaN)], copies: 3).ToSvg());
        HeatMapPanel panel = new("noise", 140, 140, noise[..19_600]);
        AssertWhole(new HeatMap { Title = "large", Panels = [panel, panel, panel] }.ToSvg());
    }

    [Fact]
    public void LineChart_Thinned_KeepsSpikes()
    {
        double[] y = new double[50_000];
        y[31_237] = 1; // a prime: no stride hits it by chance
        string thinned = Lines([.. Enumerable.Range(0, y.Length).Select(i => (double)i)], y, copies: 1).ToSvg();
        string flat = Lines([0, 1], [0, 0], copies: 1).ToSvg();
        double Highest(string svg) => CurvePath().Match(svg).Groups[1].Value.Split('M', 'L').Where(p => p.Length > 0)
            .Min(p => double.Parse(p.Split(' ')[1], CultureInfo.InvariantCulture));
        Assert.True(Highest(thinned) < Highest(flat) - 50);
    }

    [Fact]
    public void Charts_SameTextInEveryCulture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            string[] Draw() => [Lines([-1.5, 2.25], [-3.75, 1e-9], copies: 2).ToSvg(), Heat([-1.5, 2, 3, -4, 5, -6]).ToSvg()];
            string[] invariant = Draw();
            CultureInfo culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            culture.NumberFormat.NumberDecimalSeparator = ",";
            culture.NumberFormat.NegativeSign = "~";
            CultureInfo.CurrentCulture = culture;
            Assert.Equal(invariant, Draw());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void LineChart_BrokenValues_AreCountedInANote()
    {
        Assert.Contains("2 values not drawn: not finite.", Lines([0, 1, 2, 3], [1, double.NaN, double.PositiveInfinity, 2], 1).ToSvg(), StringComparison.Ordinal);
        Assert.DoesNotContain("not drawn", Lines([0, 1], [1, 2], 1).ToSvg(), StringComparison.Ordinal);
        Assert.Contains("no data to draw", Lines([], [], 1).ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void HeatMap_Strokes_PaintEveryCellInItsColour() => Law.Holds(
        from rows in Gen.Choose(1, 9)
        from columns in Gen.Choose(1, 11)
        from values in Gen.Elements(-1.0, -1.0, 0.0, 0.5, 1.0, double.NaN).ArrayOf(rows * columns)
        select (rows, columns, values),
        matrix =>
        {
            HeatMap chart = new() { Title = "t", Limit = 1, Panels = [new HeatMapPanel("p", matrix.rows, matrix.columns, matrix.values)] };
            XElement cells = XDocument.Parse(chart.ToSvg()).Descendants().First(e => (string?)e.Attribute("class") == "cells");
            string[] painted = new string[matrix.values.Length];
            Array.Fill(painted, (string)cells.Elements().First().Attribute("class")!); // the ground
            foreach (XElement path in cells.Elements().Skip(1))
            {
                int x = 0, y = 0;
                foreach (Match run in Stroke().Matches((string)path.Attribute("d")!))
                {
                    (int dx, int dy, int length) = (Integer(run, 1), Integer(run, 2), Integer(run, 3));
                    (x, y) = (x + dx, y + dy);
                    for (int i = 0; i < length; i++, x++) painted[(y * matrix.columns) + x] = (string)path.Attribute("class")!;
                }
            }

            string[] expected = [.. matrix.values.Select(v => double.IsNaN(v) ? "lost" : ColorScale.Class(HeatPalette.Diverging, ColorScale.Step(v, -1, 1)))];
            Assert.Equal(expected, painted);
        });

    [Fact]
    public void Charts_SizesThatDisagree_Throw()
    {
        Assert.Throws<ArgumentException>(() => Lines([1, 2], [1], 1).ToSvg());
        Assert.Throws<ArgumentException>(() => new HeatMap { Title = "", Panels = [new HeatMapPanel("", 2, 2, [1])] }.ToSvg());
        Assert.Throws<ArgumentException>(() => new SequencePlot { Title = "", Rows = [new SequenceRow("", [new SamplePath(2, 2, [1])])] }.ToSvg());
    }

    private static LineChart Lines(double[] x, double[] y, int copies) => new()
    {
        Title = "t",
        X = new Axis("x"),
        Y = new Axis("y"),
        Curves = [.. Enumerable.Range(0, copies).Select(i => new Curve($"curve {i}", x, y))],
    };

    private static HeatMap Heat(double[] values) => new() { Title = "t", Panels = [new HeatMapPanel("p", 2, 3, values)] };

    private static void AssertWhole(string svg)
    {
        XDocument document = XDocument.Parse(svg); // throws on unescaped text or unbalanced elements
        Assert.Equal("svg", document.Root!.Name.LocalName);
        Assert.Null(document.Root.Attribute("width"));
        Assert.Equal("title", document.Root.Elements().First().Name.LocalName);
        Assert.True(Encoding.UTF8.GetByteCount(svg) < MostBytes, $"{Encoding.UTF8.GetByteCount(svg)} bytes");
        foreach (XAttribute attribute in document.Descendants().Attributes().Where(a => a.Name.LocalName is "d" or "x" or "y" or "width" or "height" or "transform"))
        {
            Assert.DoesNotMatch("NaN|Inf|∞|E[0-9]|[0-9]{8}", attribute.Value);
        }
    }

    private static int Integer(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("m(-?\\d+) (-?\\d+)h(\\d+)")]
    private static partial Regex Stroke();

    [GeneratedRegex("class=\"line c0\" d=\"(M[^\"]*L[^\"]*L?[^\"]*)\"/>\\s*</svg>")]
    private static partial Regex CurvePath();
}
