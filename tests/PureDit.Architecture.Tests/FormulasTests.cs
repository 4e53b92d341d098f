using PureDit.Book;

namespace PureDit.Architecture.Tests;

public sealed class FormulasTests
{
    [Theory]
    [InlineData(@"$a b$, $\Vert x\Vert_F^2$, $n^\ast$ and $x_i = y_j$")]
    [InlineData(@"$\bar{x}_ {i} = y_{i}$")]
    [InlineData(@"$x_{i} + \bar{x}_i$, which nothing ends")]
    [InlineData("$$\n\\begin{aligned} a &= \\{b\\,\\} \\\\\n c &= d \\end{aligned}\\tag{1.1}\n$$")]
    [InlineData("| $a$ | $\\lvert b\\rvert$ |")]
    [InlineData("`$a\\,b$` costs 5\\$, and <!-- number: a#b -->5<!-- /number -->")]
    [InlineData("```text\n$a\\,b\n```")]
    public void Formulas_ThatShow_AreQuiet(string text) => Assert.Empty(Formulas.Problems("docs/a.md", text));

    [Theory]
    [InlineData(@"$a\,b$", "an escape")]
    [InlineData(@"$\{a\}$", "an escape")]
    [InlineData(@"$\|x\|$", "an escape")]
    [InlineData("$n^*$", @"write \ast")]
    [InlineData("$$n^*$$", @"write \ast")]
    [InlineData(@"$\bar{x}_{i} = \bar{y}_{i}$", "begins emphasis")]
    [InlineData(@"$\bar{x}_i$ and $y_{i}$", "begins emphasis")]
    [InlineData("| $|a|$ | b |", "a bar in a table")]
    [InlineData("$a\n= b$", "two lines")]
    [InlineData("$ a$", "a blank")]
    [InlineData("the $n$th", "is followed by 't'")]
    [InlineData("a-$n$", "follows '-'")]
    [InlineData("$[a](b)$", "looks like a link")]
    [InlineData("$a<b$", "without blanks")]
    [InlineData("$a and so on", "does not end")]
    [InlineData(@"$\operatorname{a}$", @"write \mathrm")]
    [InlineData("$$\na\n- b\n$$", "an item of a list")]
    [InlineData("$$\\begin{aligned}a\\tag{1}\\end{aligned}$$", @"\tag before its \end")]
    public void Formulas_ThatWouldNotShow_AreNamed(string text, string problem) =>
        Assert.Contains(problem, Assert.Single(Formulas.Problems("docs/a.md", "# T\n\n" + text)), StringComparison.Ordinal);

    [Fact]
    public void Formulas_Problems_HaveTheirLine() =>
        Assert.StartsWith("docs/a.md:4: formula 'a\\,b' ", Assert.Single(Formulas.Problems("docs/a.md", "# T\n\n$x$\n$a\\,b$")), StringComparison.Ordinal);
}
