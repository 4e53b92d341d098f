using PureDit.Kernels;

namespace PureDit.Benchmarking.Tests;

public sealed class MeasuringTests
{
    /// <summary>A clock that only moves when work says so.</summary>
    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => _ticks;

        public void Spend(double seconds) => _ticks += (long)(1e9 * seconds);
    }

    [Fact]
    public void Timer_TakesTheMedianOfRounds()
    {
        Clock clock = new();
        int call = 0;
        double[] times = [0.5, 0.01, 0.09, 0.02]; // the first is the warm-up
        Timing timing = new RoundTimer(clock, seconds: 0.01).Measure([() => clock.Spend(times[call++])], CancellationToken.None)[0];
        Assert.Equal(3, timing.Rounds);
        Assert.Equal(0.02, timing.Median, 9);
    }

    [Fact]
    public void Timer_CandidatesTakeTurns_AndShareABadMoment()
    {
        Clock clock = new();
        double speed = 1;
        List<char> order = [];
        IReadOnlyList<Timing> found = new RoundTimer(clock, seconds: 0.2).Measure([() => Work('a', 0.01), () => Work('b', 0.02)], CancellationToken.None);
        Assert.Equal(2, found[1].Median / found[0].Median, 1);
        int first = order.LastIndexOf('a') - 5;
        Assert.Equal("ababab", string.Concat(order.SkipWhile((_, i) => i < first + (order[first] == 'a' ? 0 : 1)).Take(6)));

        void Work(char name, double seconds)
        {
            order.Add(name);
            if (order.Count % 2 == 0) speed = order.Count % 16 < 8 ? 1 : 3; // slow for some rounds, for both
            clock.Spend(speed * seconds);
        }
    }

    [Fact]
    public void Timer_ShortWork_IsCalledManyTimesARound()
    {
        Clock clock = new();
        int calls = 0;
        Timing timing = new RoundTimer(clock, seconds: 0.1).Measure([() => { calls++; clock.Spend(1e-6); }], CancellationToken.None)[0];
        Assert.Equal(1e-6, timing.Median, 12);
        Assert.InRange(calls, 50_000, 200_000);
        Assert.True(timing.Rounds < 100);
    }

    [Fact]
    public void Timer_EndsWhenAsked()
    {
        using CancellationTokenSource stop = new();
        int calls = 0;
        Assert.Throws<OperationCanceledException>(() => new RoundTimer(TimeProvider.System, 60).Measure(
            [() => { if (++calls == 3) stop.Cancel(); }], stop.Token));
        Assert.Equal(3, calls);
    }

    [Fact]
    public void Run_MeasuresEveryWayOfRunning_AndTellsThePeakMemory()
    {
        Workload gemm = GemmShape.Parse("17x19x23").ToWorkload() with { MemoryName = "gemm_peakrss" };
        List<Measurement> found = [];
        List<BenchmarkProgress> told = [];
        BenchmarkRun.Run(
            new([gemm, ElementwiseWork.SoftmaxOfRows(3, 5)], [1, 2], [.. SimdLevels.Supported], 0.001), TimeProvider.System, found.Add, new Told(told));
        Assert.Equal(2 * 2 * SimdLevels.Supported.Count, found.Count);
        Assert.Equal(found.Count, found.Select(f => f.Name).Distinct().Count());
        Assert.All(found, f => Assert.Equal(f.Work == gemm, f.PeakBytes > 1 << 20));
        Assert.Equal(found.Count, told.Count);
        Assert.Equal([.. Enumerable.Range(0, found.Count)], told.Select(t => t.Done));
        Assert.All(found.SelectMany(f => f.Lines()), line => Assert.Matches(@"^puredit_[A-Za-z0-9_]+_t[12] [0-9]+(\.[0-9]+)? (GFLOP/s|ms|MiB)$", line));
    }

    [Fact]
    public void Run_WrongKernel_IsNotTimed()
    {
        int calls = 0;
        Workload wrong = new("wrong", WorkloadGroup.MatMul, "", 1, 1, _ => new PreparedWork(() => calls++, () => throw new WrongResultException("no")));
        Assert.Throws<WrongResultException>(() => BenchmarkRun.Run(new([wrong], [1], [SimdLevels.Best], 1), TimeProvider.System, _ => { }));
        Assert.Equal(1, calls);
    }

    [Theory]
    [InlineData(0.00004012, "0.00004012")]
    [InlineData(0.40119, "0.4012")]
    [InlineData(1.94, "1.940")]
    [InlineData(480.123, "480.1")]
    [InlineData(2731.4, "2731")]
    [InlineData(0, "0")]
    public void Digits_AreFourWithoutExponent(double value, string expected) => Assert.Equal(expected, Measurement.Digits(value));

    private sealed class Told(List<BenchmarkProgress> told) : IProgress<BenchmarkProgress>
    {
        public void Report(BenchmarkProgress value) => told.Add(value);
    }
}
