using PureDit.Kernels;

namespace PureDit.Nn.Tests;

/// <summary>What is said of a model's attention is what its forward pass does.</summary>
public sealed class AttentionDecisionTests
{
    private static DiTConfig Config(int frames, int headSize, AttentionMode mode, double error = 1e-3, double bound = 2) =>
        new(new SequenceLayout(frames, 3), 2 * headSize, 1, 2) { Attention = new AttentionSettings(mode, error, bound) };

    private static AttentionDecision Of(int frames, int headSize, AttentionMode mode, double error = 1e-3, double bound = 2) =>
        AttentionDecision.Of(Config(frames, headSize, mode, error, bound))!;

    [Fact]
    public void PlainAttention_HasNone() => Assert.Null(AttentionDecision.Of(Config(16, 4, AttentionMode.Auto) with { Attention = null }));

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public void Auto_TurnsAtTheCrossoverThatItNames(int headSize)
    {
        double crossover = Of(16, headSize, AttentionMode.Auto).Plan.Crossover;
        int from = (int)Math.Ceiling(crossover);
        AttentionDecision below = Of(from - 1, headSize, AttentionMode.Auto), above = Of(from + 1, headSize, AttentionMode.Auto);
        Assert.Equal(("exact", "polynomial"), (below.Taken, above.Taken));
        Assert.True(below.PolynomialExists && below.Plan.CertifiedError == 0);
        Assert.StartsWith($"exact ({from - 1:#,0} tokens are below the crossover of {from:#,0}), R 2; the polynomial would have degree", below.ToString(), StringComparison.Ordinal);
        Assert.StartsWith($"polynomial ({from + 1:#,0} tokens are above the crossover of {from:#,0}), R 2; degree", above.ToString(), StringComparison.Ordinal);
        Assert.True(below.Plan.PredictedSpeedup < 1 && above.Plan.PredictedSpeedup > 1);
    }

    [Fact]
    public void Polynomial_SaysItsNumbers_AndKeepsTheError()
    {
        AttentionDecision decision = Of(16, 4, AttentionMode.Polynomial);
        Assert.InRange(decision.PolynomialError, 1e-6, 1e-3);
        Assert.Equal(decision.Plan.CertifiedError, decision.PolynomialError);
        string text = decision.ToString();
        Assert.Contains("polynomial (as asked)", text, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"degree {decision.Plan.Degree}, {decision.Plan.Features} features"), text, StringComparison.Ordinal);
        Assert.Equal(Features(4, decision.Plan.Degree), decision.Plan.Features);
    }

    [Theory]
    [InlineData(16, 1e-3, 2, "heads of 16 have too many features")]
    [InlineData(4, 1e-3, 30, "no polynomial reaches scores of 30")]
    [InlineData(4, 1e-15, 2, "rounding alone exceeds")]
    public void Auto_WithoutAPolynomial_IsExact_AndSaysWhy(int headSize, double error, double bound, string why)
    {
        AttentionDecision decision = Of(4096, headSize, AttentionMode.Auto, error, bound);
        Assert.False(decision.PolynomialExists);
        Assert.StartsWith($"exact ({why}", decision.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(FormattableString.Invariant($"), R {bound}"), decision.ToString(), StringComparison.Ordinal);
    }

    private static int Features(int d, int g) // C(d + g, g)
    {
        long count = 1;
        for (int i = 1; i <= g; i++) count = count * (d + i) / i;
        return (int)count;
    }
}
