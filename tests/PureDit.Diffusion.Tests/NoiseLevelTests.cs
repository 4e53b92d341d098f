using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

public class NoiseLevelTests
{
    private const double DoubleRounding = 4e-15; // a few roundings of exp and log

    [Fact]
    public void AlphaAndSigma_LieOnTheUnitCircle() => Law.Holds(Cases.Level, level =>
    {
        Near.Equal(1, (level.Alpha * level.Alpha) + (level.Sigma * level.Sigma), DoubleRounding, 0);
        Near.Equal(level.AlphaBar, level.Alpha * level.Alpha, DoubleRounding, 0);
        Near.Equal(level.LogSnr, 2 * Math.Log(level.Alpha / level.Sigma), 1e-13, DoubleRounding);
    });

    [Fact]
    public void EveryCoordinate_RoundTrips() => Law.Holds(Cases.Level, level =>
    {
        Assert.Equal(level, NoiseLevel.FromTime(level.Time));
        Near.Equal(level.Time, NoiseLevel.FromLogSnr(level.LogSnr).Time, 1e-13, 0, "through log-SNR");
        Near.Equal(level.Time, NoiseLevel.FromAlphaBar(level.AlphaBar).Time, 1e-13, 3e-16, "through ᾱ");
    });

    [Theory]
    [InlineData(1e-12)]
    [InlineData(1e-300)]
    public void Variance_KeepsItsDigitsNearTheCleanEnd(double time)
    {
        NoiseLevel level = NoiseLevel.FromTime(time);
        Near.Equal(time, level.Variance, 1e-12, 0);
        Near.Equal(-Math.Log(time), level.LogSnr, 1e-12, 0);
        Near.Equal(time, NoiseLevel.FromLogSnr(level.LogSnr).Time, 1e-12, 0);
    }

    [Fact]
    public void VeryNoisyLevels_HaveAFiniteLogSnr()
    {
        Near.Equal(-1000, NoiseLevel.FromTime(1000).LogSnr, 1e-15, 0);
        Near.Equal(1000, NoiseLevel.FromLogSnr(-1000).Time, 1e-15, 0);
    }

    [Fact]
    public void Clean_HasNoNoise()
    {
        Assert.Equal(NoiseLevel.Clean, NoiseLevel.FromAlphaBar(1));
        Assert.Equal((0.0, 1.0, 0.0), (NoiseLevel.Clean.Time, NoiseLevel.Clean.Alpha, NoiseLevel.Clean.Sigma));
        Assert.Equal(double.PositiveInfinity, NoiseLevel.Clean.LogSnr);
    }

    [Fact]
    public void Noising_IsASemigroup() => Law.Holds(Cases.Level, level =>
    {
        // 0 → t → t+u is 0 → t+u: the signals multiply and the noises add up.
        NoiseLevel more = NoiseLevel.FromTime(level.Time + 0.7), step = NoiseLevel.FromTime(0.7);
        Near.Equal(more.Alpha, level.Alpha * step.Alpha, DoubleRounding, 0);
        Near.Equal(more.Variance, (step.AlphaBar * level.Variance) + step.Variance, DoubleRounding, 0);
        Near.Equal(step.Variance, new ReverseStep(1, more, level).Beta, 1e-14, 0); // β undoes exactly that noise
    });

    [Theory]
    [InlineData(-1e-9)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void FromTime_OutsideItsRange_Throws(double time) =>
        Assert.Contains("expected a finite number of 0 or more", Message(() => NoiseLevel.FromTime(time)));

    [Theory]
    [InlineData(0)]
    [InlineData(1.000001)]
    [InlineData(double.NaN)]
    public void FromAlphaBar_OutsideItsRange_Throws(double alphaBar) =>
        Assert.Contains("expected a number in (0, 1]", Message(() => NoiseLevel.FromAlphaBar(alphaBar)));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void FromLogSnr_NotFinite_Throws(double logSnr) =>
        Assert.Contains("expected a finite number", Message(() => NoiseLevel.FromLogSnr(logSnr)));

    private static string Message(Func<NoiseLevel> make) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => make()).Message;
}
