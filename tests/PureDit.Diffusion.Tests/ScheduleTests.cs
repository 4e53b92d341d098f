using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

public class ScheduleTests
{
    public static TheoryData<string> Kinds => ["vp", "linear", "cosine", "short"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void TimeOf_InvertsAt(string kind)
    {
        INoiseSchedule schedule = Make(kind);
        Law.Holds(Cases.Between(schedule.MinTime, schedule.MaxTime), time =>
            Near.Equal(time, schedule.TimeOf(schedule.At(time)), 1e-9, 1e-9));
        Assert.Equal(schedule.MinTime, schedule.TimeOf(schedule.At(schedule.MinTime)));
        Assert.Equal(schedule.MaxTime, schedule.TimeOf(schedule.At(schedule.MaxTime)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void NoiseAndTimestep_GrowWithTime(string kind)
    {
        INoiseSchedule schedule = Make(kind);
        Law.Holds(Cases.Between(schedule.MinTime, schedule.MaxTime * 0.999), time =>
        {
            NoiseLevel here = schedule.At(time), later = schedule.At(time + (schedule.MaxTime * 0.001));
            Assert.True(later.AlphaBar < here.AlphaBar);
            Assert.True(schedule.Timestep(later) >= schedule.Timestep(here));
            Assert.InRange(schedule.Timestep(here), 0, 1000);
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void OutsideTheSchedule_Throws(string kind)
    {
        INoiseSchedule schedule = Make(kind);
        NoiseLevel beyond = NoiseLevel.FromTime(schedule.At(schedule.MaxTime).Time + 0.1);
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.At(schedule.MaxTime + 0.001));
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.At(schedule.MinTime - 0.001));
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.TimeOf(beyond));
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.Timestep(beyond));
    }

    [Fact]
    public void Linear_MultipliesOneMinusBeta()
    {
        double alphaBar = 1;
        DdpmSchedule schedule = DdpmSchedule.Linear();
        Assert.Equal(1000, schedule.Steps);
        for (int k = 1; k <= 1000; k++)
        {
            double beta = 1e-4 + ((0.02 - 1e-4) * (k - 1) / 999);
            alphaBar *= 1 - beta;
            Near.Equal(alphaBar, schedule.Level(k).AlphaBar, 1e-12, 0);
            ReverseStep step = new(1, schedule.Level(k), schedule.Level(k - 1));
            Near.Equal(beta, step.Beta, 1e-10, 0); // t is of order 10, so a difference keeps 1e-15/1e-4
        }

        Near.Equal(4.0358e-5, schedule.Level(1000).AlphaBar, 0, 0.5e-9); // the published end of the chain
    }

    [Fact]
    public void Cosine_FollowsTheSquaredCosineUntilBetaIsClipped()
    {
        DdpmSchedule schedule = DdpmSchedule.Cosine();
        for (int k = 1; k < 1000; k++) Near.Equal(F(k) / F(0), schedule.Level(k).AlphaBar, 1e-9, 0);
        Near.Equal(0.999, new ReverseStep(1, schedule.Level(1000), schedule.Level(999)).Beta, 1e-12, 0);

        static double F(int k) => Math.Pow(Math.Cos(((k / 1000.0) + 0.008) / 1.008 * Math.PI / 2), 2);
    }

    [Fact]
    public void Timestep_AtTheStart_IsPositiveZero()
    {
        UniformLogSnr schedule = new(0.01, 5);
        Assert.Equal(0, BitConverter.DoubleToInt64Bits(schedule.Timestep(schedule.At(0))));
        Assert.Equal(1000, schedule.Timestep(schedule.At(1)));
    }

    [Fact]
    public void Timestep_IsTheIndexOfPublishedCheckpoints()
    {
        DdpmSchedule schedule = DdpmSchedule.Linear();
        for (int k = 1; k <= 1000; k++) Assert.Equal(k - 1, schedule.Timestep(schedule.Level(k)));
        Assert.Equal(0, schedule.Timestep(NoiseLevel.Clean));
        Near.Equal(499.5, schedule.Timestep(schedule.At(500.5)), 1e-12, 0);
    }

    [Fact]
    public void VpSde_TellsThousandthsOfItsEnd()
    {
        VpSde schedule = new(0.01, 6);
        Assert.Equal(1000, schedule.Timestep(schedule.At(6)));
        Assert.Equal(500, schedule.Timestep(schedule.At(3)));
        Assert.Equal(3, schedule.At(3).Time);
    }

    [Fact]
    public void ImpossibleSchedules_Throw()
    {
        Assert.Contains("0 < β_2 < 1", Assert.Throws<ArgumentException>(() => new DdpmSchedule([0.1, 1])).Message);
        Assert.Throws<ArgumentException>(() => new DdpmSchedule([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => DdpmSchedule.Linear(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => DdpmSchedule.Cosine(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => DdpmSchedule.Linear().Level(1001));
        Assert.Throws<ArgumentException>(() => new VpSde(1, 1));
        Assert.Throws<ArgumentException>(() => new VpSde(-1, 1));
        Assert.Throws<ArgumentException>(() => new VpSde(0, double.PositiveInfinity));
    }

    private static INoiseSchedule Make(string kind) => kind switch
    {
        "vp" => new VpSde(0.01, 6),
        "linear" => DdpmSchedule.Linear(),
        "cosine" => DdpmSchedule.Cosine(),
        _ => DdpmSchedule.Linear(3, 0.1, 0.5),
    };
}
