using FsCheck;
using FsCheck.Fluent;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Benchmarking.Tests;

public sealed class ShapeTests
{
    private static readonly Gen<int> s_size = Gen.Choose(1, 2000);

    [Fact]
    public void GemmShape_WrittenAndRead_IsTheSame() => Law.Holds(
        from m in s_size from n in s_size from k in s_size select new GemmShape($"{m}x{n}x{k}", m, n, k),
        shape =>
        {
            Assert.Equal(shape, GemmShape.Parse(shape.ToString()));
            Assert.Equal($"gemm_{shape.M}x{shape.N}x{shape.K}", shape.ToWorkload().Name);
        });

    [Fact]
    public void AttentionCase_WrittenAndRead_IsTheSame() => Law.Holds(
        from heads in Gen.Choose(1, 99) from tokens in s_size from size in Gen.Choose(1, 300) select new AttentionCase(1, heads, tokens, size),
        which =>
        {
            Assert.Equal(which, AttentionCase.Parse(which.ToString()));
            Assert.Equal($"attn_bh{which.Heads}_n{which.Tokens}_d{which.HeadSize}_fwd", which.Name);
        });

    [Fact]
    public void DiTCase_WrittenAndRead_IsTheSame() => Law.Holds(
        from tokens in s_size
        from inputs in Gen.Choose(1, 64)
        from heads in Gen.Choose(1, 8)
        from size in Gen.Choose(1, 40)
        from depth in Gen.Choose(1, 30)
        from batch in Gen.Choose(1, 99)
        select $"{tokens},{inputs},{2 * heads * size},{depth},{heads},{batch}",
        text => Assert.Equal(text, DiTCase.Parse(text).ToString()));

    [Theory]
    [InlineData("777x1000")]
    [InlineData("777x1000x353x2")]
    [InlineData("0x1x1")]
    [InlineData("-3x1x1")]
    [InlineData("1e3x1x1")]
    [InlineData("axbxc")]
    [InlineData("")]
    [InlineData("16777217x1x1")]
    [InlineData("16777216x16777216x1")] // no array holds C
    public void Sizes_ThatAreNone_AreRefusedWithTheForm(string text)
    {
        Assert.Contains($"'{text}'", Assert.Throws<ArgumentException>(() => GemmShape.Parse(text)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => AttentionCase.Parse(text));
    }

    [Theory]
    [InlineData("64,8,64,4,4", "tokens,in,width,depth,heads,batch")]
    [InlineData("64,8,64,4,5,1", "divisor")]
    [InlineData("64,8,63,4,3,1", "multiple of 2")]
    [InlineData("64,8,64,4,4,0", "'64,8,64,4,4,0'")]
    [InlineData("1000000,8,1024,4,4,1000", "array")]
    public void DiTSizes_ThatAreNone_AreRefused(string text, string named) =>
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => DiTCase.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Band_CountsThePairsThatItShows() => Law.Holds(
        from tokens in Gen.Choose(1, 12)
        from keys in Gen.Choose(1, 12)
        from left in Gen.Elements<int?>(null, 0, 1, 5)
        from right in Gen.Elements<int?>(null, 0, 1, 5)
        select new AttentionCase(1, 1, tokens, 1) { KeyTokens = keys, Band = new(left, right) },
        which =>
        {
            AttentionShape shape = new(1, which.Tokens, 1, 1, which.Keys);
            bool Shown(int i, int j) => AttentionMask.Window(which.Band.Left, which.Band.Right).Sees(shape, i, j);
            int pairs = Enumerable.Range(0, which.Tokens).Sum(i => Enumerable.Range(0, which.Keys).Count(j => Shown(i, j)));
            Assert.Equal(pairs, which.Pairs);
        });
}
