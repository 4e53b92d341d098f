using PureDit.Book;

namespace PureDit.Architecture.Tests;

public sealed class BookTests
{
    private const string Mark = "//"; // a literal marker here would be a region of the repository

    private static readonly BookSources s_sources = new(
        Scan(("kernels/A.cs", $"class A\n{{\n    {Mark} [doc:sum]\n    int Sum()\n    {{\n        {Mark} [doc:inner]\n        return 1;\n        {Mark} [/doc:inner]\n    }}\n    {Mark} [/doc:sum]\n}}\n")).ByName,
        file => file switch
        {
            "ladder.json" => """{"columns":[{"name":"rung","format":""},{"name":"GFLOP/s","format":"F1"}],"rows":[["naive|ijk",1.94],["tiled",96.38]]}""",
            "ch.json" => """{"error":0.012345,"runs":[{"seed":7}],"name":"exact"}""",
            "train.txt" => "step 1\nstep 2\n\n",
            _ => null,
        });

    [Fact]
    public void Regions_AreDedentedWithoutInnerMarkers()
    {
        Assert.Equal(["int Sum()", "{", "    return 1;", "}"], s_sources.Regions["sum"].Lines);
        Assert.Equal(["return 1;"], s_sources.Regions["inner"].Lines);
    }

    [Fact]
    public void Regions_Mistakes_AreNamed()
    {
        CodeRegions regions = Scan(
            ("a.cs", $"{Mark} [doc:x]\n{Mark} [/doc:x]\n{Mark} [/doc:y]\n{Mark} [doc:z]\n{Mark} [doc:z]\n"),
            ("b.cs", $"{Mark} [doc:x]\n{Mark} [/doc:x]\n"));
        Assert.Equal(
            ["a.cs:3: region 'y' ends but does not begin.", "a.cs:5: region 'z' begins twice.", "a.cs: region 'z' has no end.", "b.cs:2: region 'x' is also in a.cs; names are unique."],
            regions.Problems);
    }

    [Fact]
    public void Page_Code_IsWrittenThenStays()
    {
        SyncedPage first = Page.Sync("docs/02-x.md", "# T\n\n<!-- code: sum -->\n\nText.\n", s_sources);
        Assert.Equal(
            "# T\n\n<!-- code: sum -->\n```csharp\nint Sum()\n{\n    return 1;\n}\n```\n<sub>[kernels/A.cs](../kernels/A.cs)</sub>\n\nText.\n",
            first.Text);
        Assert.Single(first.Stale);
        SyncedPage again = Page.Sync("docs/02-x.md", first.Text, s_sources);
        Assert.Equal(first.Text, again.Text);
        Assert.Empty(again.Stale);
    }

    [Theory]
    [InlineData("    return 1;", "    return 2;")]
    [InlineData("```csharp\nint", "```csharp\n\nint")]
    [InlineData("(../kernels/A.cs)", "(../kernels/B.cs)")]
    public void Page_ChangedCode_IsStaleAndRestored(string from, string to)
    {
        string good = Page.Sync("docs/02-x.md", "<!-- code: sum -->\n", s_sources).Text;
        SyncedPage synced = Page.Sync("docs/02-x.md", good.Replace(from, to, StringComparison.Ordinal), s_sources);
        Assert.Equal(["docs/02-x.md:1: code 'sum' differs from its source."], synced.Stale);
        Assert.Equal(good, synced.Text);
    }

    [Fact]
    public void Page_TableOutputAndNumber_ComeFromResults()
    {
        SyncedPage page = Page.Sync(
            "README.md",
            "<!-- table: ladder -->\nold\n<!-- /table -->\n<!-- output: train -->\n<!-- /output -->\nerror <!-- number: ch#error P1 -->9<!-- /number -->, seed <!-- number: ch#runs.0.seed --><!-- /number -->",
            s_sources);
        Assert.Equal(
            "<!-- table: ladder -->\n\n| rung | GFLOP/s |\n|---|--:|\n| naive\\|ijk | 1.9 |\n| tiled | 96.4 |\n\n<!-- /table -->\n<!-- output: train -->\n```text\nstep 1\nstep 2\n```\n<!-- /output -->\nerror <!-- number: ch#error P1 -->1.2 %<!-- /number -->, seed <!-- number: ch#runs.0.seed -->7<!-- /number -->",
            page.Text);
        Assert.Equal(4, page.Stale.Count);
        Assert.Empty(Page.Sync("README.md", page.Text, s_sources).Stale);
    }

    [Fact]
    public void Page_MarkersInFences_AreLeftAlone()
    {
        string text = "````markdown\n<!-- code: sum -->\n```csharp\nx\n```\n````\n~~~\n<!-- table: none -->\n~~~\n";
        SyncedPage page = Page.Sync("docs/a.md", text, s_sources);
        Assert.Equal(text, page.Text);
        Assert.Empty(page.Problems);
    }

    [Theory]
    [InlineData("<!-- code: nothing -->", "no region 'nothing'")]
    [InlineData("<!-- table: ladder -->\n", "has no <!-- /table -->")]
    [InlineData("<!-- table: none -->\n<!-- /table -->", "no file docs/results/none.json")]
    [InlineData("<!-- table: ch -->\n<!-- /table -->", "not a table")]
    [InlineData("<!-- output: none -->\n<!-- /output -->", "no file docs/results/none.txt")]
    [InlineData("<!-- number: ch#runs.1.seed -->7<!-- /number -->", "no value 'runs.1.seed'")]
    [InlineData("<!-- number: ch#runs -->7<!-- /number -->", "expected a number or a string")]
    [InlineData("<!-- number: ch#error -->1\n%<!-- /number -->", "not on one line")]
    public void Page_MarkersThatCannotBeFilled_AreNamedAndKept(string text, string problem)
    {
        SyncedPage page = Page.Sync("docs/a.md", text, s_sources);
        Assert.Contains(problem, Assert.Single(page.Problems), StringComparison.Ordinal);
        Assert.Equal(text.TrimEnd(), page.Text.TrimEnd());
    }

    [Theory]
    [InlineData("[a](b.md)", "docs/b.md")]
    [InlineData("[a](b.md#real-heading-2)", "docs/b.md")]
    [InlineData("[a](../src/)", "src")]
    [InlineData("[a](#here)", "none")]
    [InlineData("`[a](gone.md)` and [w](https://example.org/x)", "none")]
    [InlineData("```\n[a](gone.md)\n```", "none")]
    public void Links_ThatResolve_AreQuiet(string text, string existing) =>
        Assert.Empty(Links.Problems("docs/a.md", "# Here\n" + text, file => file == existing ? "# Real `heading` (2)\n" : null));

    [Theory]
    [InlineData("[a](gone.md)")]
    [InlineData("![a](figures/gone.svg)")]
    [InlineData("<img src=\"figures/gone.svg\">")]
    [InlineData("[a](b.md#gone)")]
    [InlineData("[a](#gone)")]
    [InlineData("[a](../../outside.md)")]
    public void Links_Broken_AreNamed(string text) =>
        Assert.Single(Links.Problems("docs/a.md", "# Here\n" + text, file => file == "docs/b.md" ? "# Real\n" : null));

    [Fact]
    public void ChapterShape_CountsExercisesAndAnswers()
    {
        const string Items = "\n1. a\n2. b\n3. c\n4. d\n";
        Dictionary<string, string> pages = new()
        {
            ["00-map.md"] = "# Map",
            ["02-matmul.md"] = "# M\n## Exercises" + Items + "## Next\n5. no",
            ["answers.md"] = "# A\n## 02 Matmul" + Items,
        };
        Assert.Empty(ChapterShape.Problems(pages));
        pages["03-attention.md"] = "# A\n## Exercises\n1. a\n2. b\n3. c\n";
        Assert.Equal(
            ["docs/03-attention.md: section '## Exercises': expected items 1 to 4, got 1, 2, 3.", "docs/answers.md: section '## 03 …' for 03-attention.md is missing."],
            ChapterShape.Problems(pages));
        pages.Remove("answers.md");
        Assert.Equal(3, ChapterShape.Problems(pages).Count);
    }

    [Fact]
    public void Output_WrittenThenQuoted_RoundTrips()
    {
        string folder = Directory.CreateTempSubdirectory("book").FullName;
        try
        {
            BookOutput output = new(folder);
            output.Table("ladder", [new TableColumn("rung"), new TableColumn("value", "F2")], [["naive", 1.23456789], ["none", double.NaN]]);
            output.Numbers("ch", ("error", 0.1234567), ("steps", 12));
            output.Text("run", "a\r\nb\n\n");
            output.Figure("f", "<svg/>");
            Assert.Equal(["results/ladder.json", "results/ch.json", "results/run.txt", "figures/f.svg"], output.Written);
            BookSources sources = new(new Dictionary<string, CodeRegion>(), file => File.ReadAllText(Path.Combine(folder, "results", file)));
            SyncedPage page = Page.Sync("docs/a.md", "<!-- table: ladder -->\n<!-- /table -->\n<!-- number: ch#error G6 --><!-- /number --> <!-- number: ch#steps --><!-- /number -->", sources);
            Assert.Empty(page.Problems);
            Assert.Contains("| naive | 1.23 |\n| none | NaN |", page.Text, StringComparison.Ordinal);
            Assert.Contains(">0.123457<", page.Text, StringComparison.Ordinal);
            Assert.Contains(">12<", page.Text, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => output.Table("t", [new TableColumn("a")], [["x", "y"]]));
            Assert.Throws<ArgumentException>(() => output.Numbers("t", ("a", new object())));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static CodeRegions Scan(params (string Path, string Text)[] files)
    {
        CodeRegions regions = new();
        foreach ((string path, string text) in files) regions.Add(path, text);
        return regions;
    }
}
