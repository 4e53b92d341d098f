using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace PureDit.Reporting.Tests;

public sealed class HtmlPageTests
{
    private const string Nasty = "<script>alert('x')</script> & \"q\" \u0001";

    [Fact]
    public void Page_AllText_IsEscaped()
    {
        HtmlPage page = new(Nasty, Nasty);
        page.Section(Nasty)
            .Paragraph(Nasty)
            .Preformatted(Nasty)
            .Tiles(new Tile(Nasty, Nasty, Nasty, Verdict.Poor))
            .Table([Nasty, "n"], [[Nasty, "1"]])
            .Figures(new Figure(Drawing(Nasty), Nasty))
            .Details(Nasty, new HtmlFragment().Paragraph(Nasty));
        string html = page.ToHtml();
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(16, Regex.Count(html, "&lt;script&gt;alert\\(&#39;x&#39;\\)")); // title twice, then once in each place
        Assert.DoesNotContain('\u0001', html);
    }

    [Fact]
    public void Page_IsBalancedAndFetchesNothing()
    {
        HtmlPage page = new("t", "lead");
        page.Section("a").Tiles(new Tile("l", "1", "d", Verdict.Good), new Tile("l", "2")).Figures(new Figure(Drawing("x")), new Figure(Drawing("y"), "c"));
        page.Section("").Table(["name", "value"], [["a", "1.5 %"], ["b", "−2"]]).Details("more", new HtmlFragment().Preformatted("x\n y"));
        string html = page.ToHtml();
        string body = html[html.IndexOf("<body>", StringComparison.Ordinal)..html.IndexOf("</html>", StringComparison.Ordinal)];
        XDocument.Parse(body); // the body is also XML, so an element left open is an error
        Assert.DoesNotMatch("(src|href)=|@import|url\\(", html);
        Assert.DoesNotMatch("https?://(?!www.w3.org/2000/svg\")", html);
        Assert.Equal(3, Regex.Count(body, "class=\"number\"")); // the numeric column: heading and two cells
    }

    [Fact]
    public void Page_Verdicts_AreWordsAsWellAsColours()
    {
        HtmlPage page = new("t");
        page.Section("").Tiles(new Tile("a", "1", "", Verdict.Good), new Tile("b", "2", "", Verdict.Fair), new Tile("c", "3", "", Verdict.Poor));
        string html = page.ToHtml();
        Assert.All(["✓ good", "~ fair", "✕ poor"], word => Assert.Contains(word, html, StringComparison.Ordinal));
    }

    [Fact]
    public void Fragment_WrongCellsOrDrawing_Throws()
    {
        Assert.Throws<ArgumentException>(() => new HtmlFragment().Table(["a", "b"], [["1"]]));
        Assert.Throws<ArgumentException>(() => new HtmlFragment().Figures(new Figure("<img>")));
    }

    private static string Drawing(string title) => new LineChart { Title = title, X = new Axis("x"), Y = new Axis("y"), Curves = [new Curve("c", [0, 1], [0, 1])] }.ToSvg();
}
