using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Reporting.Tests;

public sealed class TicksTests
{
    private const double RoundingSlack = 1e-9; // of the range: ticks at the ends are compared with rounded products

    private static readonly Gen<(double, double)> s_ranges =
        from start in Gen.Choose(-999, 999)
        from span in Gen.Choose(1, 9999)
        from exponent in Gen.Choose(-20, 20)
        select (start * Math.Pow(10, exponent), (start + (span / 7.0)) * Math.Pow(10, exponent));

    [Fact]
    public void Linear_IsEvenlySpacedInsideTheRange() => Law.Holds(s_ranges, range =>
    {
        (double low, double high) = range;
        Tick[] ticks = Ticks.Linear(low, high, 5);
        Assert.InRange(ticks.Length, 2, 11);
        Assert.All(ticks, t => Assert.InRange(t.Value, low - (RoundingSlack * (high - low)), high + (RoundingSlack * (high - low))));
        double step = ticks[1].Value - ticks[0].Value;
        for (int i = 1; i < ticks.Length; i++) Near.Equal(step, ticks[i].Value - ticks[i - 1].Value, 1e-6, 1e-9 * Math.Abs(high));
        Assert.Equal(ticks.Length, ticks.Select(t => t.Label).Distinct().Count());
    });

    [Theory]
    [InlineData(0, 1, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(-3, 6, "−2 0 2 4 6")]
    [InlineData(0, 250000, "0 5·10⁴ 10⁵ 1.5·10⁵ 2·10⁵ 2.5·10⁵")]
    public void Linear_LabelsAreRound(double low, double high, string labels) =>
        Assert.Equal(labels, string.Join(' ', Ticks.Linear(low, high, 5).Select(t => t.Label)));

    [Theory]
    [InlineData(0.01, 10, "0.01 0.1 1 10")]
    [InlineData(1e-6, 1, "10⁻⁶ 10⁻⁴ 10⁻² 10⁰")]
    [InlineData(0.3, 7, "0.5 1 2 5")]
    public void Log_LabelsArePowersOrOneTwoFive(double low, double high, string labels) =>
        Assert.Equal(labels, string.Join(' ', Ticks.Log(low, high, 6).Select(t => t.Label)));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.412, "0.412")]
    [InlineData(1234.56, "1235")]
    [InlineData(-0.00001234, "−1.23·10⁻⁵")]
    [InlineData(double.NaN, "not a number")]
    public void Short_HasFewDigits(double value, string text) => Assert.Equal(text, Ticks.Short(value));
}
