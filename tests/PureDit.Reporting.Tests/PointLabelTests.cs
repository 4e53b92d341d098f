using System.Globalization;
using System.Xml.Linq;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Reporting.Tests;

public sealed class PointLabelTests
{
    private const double Height = 12, Descent = 3;

    [Fact]
    public void Labels_CoverNeitherDotsNorEachOther() => Law.Holds(
        from x in Gen.Choose(1, 60).SelectMany(n => Gen.Choose(1, 1000).ArrayOf(n))
        from y in Gen.Choose(1, 1000).ArrayOf(x.Length)
        select (X: Array.ConvertAll(x, v => (double)v), Y: Array.ConvertAll(y, v => (double)v)),
        dots =>
        {
            List<(double Left, double Right, double Top, double Bottom)> boxes = [];
            XDocument svg = XDocument.Parse(Chart(dots.X, dots.Y, "a longer name"));
            foreach (XElement text in svg.Descendants().Where(e => (string?)e.Attribute("class") == "halo small"))
            {
                double left = Number(text, "x"), bottom = Number(text, "y") + Descent, width = Layout.TextWidth(text.Value, 10.5);
                boxes.Add((left, left + width, bottom - Height, bottom));
            }

            for (int i = 0; i < boxes.Count; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    bool apart = boxes[i].Right <= boxes[j].Left + 0.2 || boxes[j].Right <= boxes[i].Left + 0.2
                        || boxes[i].Bottom <= boxes[j].Top + 0.2 || boxes[j].Bottom <= boxes[i].Top + 0.2; // coordinates are rounded
                    Assert.True(apart, $"{boxes[i]} and {boxes[j]}");
                }
            }
        });

    [Fact]
    public void ALabelAlone_IsDrawnWhole_AndCrowdedOnesGiveWay()
    {
        Assert.Contains(">a longer name<", Chart([1], [1], "a longer name"), StringComparison.Ordinal);
        double[] same = [.. Enumerable.Repeat(5.0, 60)];
        string crowded = Chart([.. same, 1], [.. same, 1], "a longer name");
        Assert.Contains(">7<", crowded, StringComparison.Ordinal); // its short form
        Assert.True(crowded.Split("halo small").Length - 1 < 61);
    }

    private static string Chart(double[] x, double[] y, string name) => new LineChart
    {
        Title = "t",
        X = new Axis("x"),
        Y = new Axis("y"),
        Curves = [new Curve("dots", x, y) { Mark = CurveMark.Points }],
        Labels = [.. x.Zip(y, (px, py) => new PointLabel(px, py, name, "7"))],
    }.ToSvg();

    private static double Number(XElement element, string attribute) =>
        double.Parse((string)element.Attribute(attribute)!, CultureInfo.InvariantCulture);
}
