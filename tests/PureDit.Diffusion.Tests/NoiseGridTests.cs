using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

public class NoiseGridTests
{
    private static readonly NoiseLevel Noisy = NoiseLevel.FromTime(6);
    private static readonly NoiseLevel Early = NoiseLevel.FromTime(0.01);

    [Fact]
    public void Grids_FallStrictly() => Law.Holds(Cases.Grid, levels =>
    {
        for (int k = 1; k < levels.Length; k++) Assert.True(levels[k].Time < levels[k - 1].Time);
    });

    [Fact]
    public void Grids_HaveTheStepsAskedForAndTheExactEnds()
    {
        foreach (NoiseLevel[] levels in (NoiseLevel[][])
            [NoiseGrid.UniformTime(Noisy, Early, 7), NoiseGrid.UniformLogSnr(Noisy, Early, 7), NoiseGrid.Karras(Noisy, Early, 7)])
        {
            Assert.Equal(8, levels.Length);
            Assert.Equal((Noisy, Early), (levels[0], levels[^1]));
        }

        Assert.Equal(NoiseLevel.Clean, NoiseGrid.UniformTime(Noisy, NoiseLevel.Clean, 7)[^1]);
    }

    [Fact]
    public void StepsAreEqual_InTheCoordinateOfTheName()
    {
        EqualSteps(NoiseGrid.UniformTime(Noisy, Early, 11), level => level.Time);
        EqualSteps(NoiseGrid.UniformLogSnr(Noisy, Early, 11), level => level.LogSnr);
        EqualSteps(NoiseGrid.Karras(Noisy, Early, 11), level => Math.Pow(level.Sigma / level.Alpha, 1 / 7.0));
        EqualSteps(NoiseGrid.Karras(Noisy, Early, 11, rho: 3), level => Math.Pow(level.Sigma / level.Alpha, 1 / 3.0));
    }

    [Fact]
    public void Respaced_EveryStep_IsTheChain()
    {
        DdpmSchedule schedule = DdpmSchedule.Linear(17, 1e-3, 0.3);
        NoiseLevel[] levels = NoiseGrid.Respaced(schedule, 17);
        Assert.Equal(18, levels.Length);
        for (int k = 0; k <= 17; k++) Assert.Equal(schedule.Level(17 - k), levels[k]);
    }

    [Fact]
    public void Respaced_FewSteps_KeepsBothEndsAndThenIsClean()
    {
        DdpmSchedule schedule = DdpmSchedule.Linear();
        Law.Holds(FsCheck.Fluent.Gen.Choose(2, 1000), steps =>
        {
            NoiseLevel[] levels = NoiseGrid.Respaced(schedule, steps);
            Assert.Equal(steps + 1, levels.Length);
            Assert.Equal(
                (schedule.Level(1000), schedule.Level(1), NoiseLevel.Clean), (levels[0], levels[^2], levels[^1]));
            Assert.Equal(steps + 1, levels.Distinct().Count());
        });
        Assert.Equal([schedule.Level(1000), NoiseLevel.Clean], NoiseGrid.Respaced(schedule, 1));
    }

    [Fact]
    public void ImpossibleGrids_Throw()
    {
        Assert.Contains("less noise than the first", Message(() => NoiseGrid.UniformTime(Early, Noisy, 3)));
        Assert.Contains("append NoiseLevel.Clean", Message(() => NoiseGrid.UniformLogSnr(Noisy, NoiseLevel.Clean, 3)));
        Assert.Contains("append NoiseLevel.Clean", Message(() => NoiseGrid.Karras(Noisy, NoiseLevel.Clean, 3)));
        Assert.Contains("rho: expected 1 to 100", Message(() => NoiseGrid.Karras(Noisy, Early, 3, rho: 0)));
        Assert.Contains("steps", Message(() => NoiseGrid.UniformTime(Noisy, Early, 0)));
        Assert.Contains("steps: expected 1 to 1000", Message(() => NoiseGrid.Respaced(DdpmSchedule.Linear(), 1001)));
    }

    private static void EqualSteps(NoiseLevel[] levels, Func<NoiseLevel, double> coordinate)
    {
        double each = (coordinate(levels[^1]) - coordinate(levels[0])) / (levels.Length - 1);
        for (int k = 1; k < levels.Length; k++)
        {
            Near.Equal(each, coordinate(levels[k]) - coordinate(levels[k - 1]), 1e-10, 0, $"step {k}");
        }
    }

    private static string Message(Func<object> make) => Assert.ThrowsAny<ArgumentException>(() => make()).Message;
}
