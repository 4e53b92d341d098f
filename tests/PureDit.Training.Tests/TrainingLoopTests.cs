using PureDit.Inference;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Training.Tests;

public class TrainingLoopTests
{
    [Fact]
    public void Training_BringsTheLossDown_ButNotBelowItsMinimum()
    {
        (_, TrainingSummary summary, _) = Tiny.Train(Tiny.Config with { Steps = 300, LearningRate = 4e-3 });
        double first = summary.History[0].Loss;
        Assert.True(summary.FinalLoss < 0.9 * first, $"from {first} to {summary.FinalLoss}");
        Assert.True(summary.FinalLoss > 0.9 * summary.OptimalLoss, $"{summary.FinalLoss} against a minimum of {summary.OptimalLoss}");
    }

    [Fact]
    public void Weights_AreTheSameBits_OnAnyNumberOfThreads()
    {
        float[] one = Tiny.Weights(Tiny.Train(Tiny.Config).Model);
        foreach (int threads in new[] { 2, 3 }) Near.SameBits(one, Tiny.Weights(Tiny.Train(Tiny.Config with { Threads = threads }).Model), $"{threads} threads");
    }

    [Fact]
    public void Steps_AreTheSameBits_AtEveryVectorWidth()
    {
        float[]? first = null;
        foreach (SimdLevel level in SimdLevels.Supported)
        {
            SequenceData data = GaussianProcessData.Draw(Tiny.Config);
            DiffusionModel model = SequenceModel.Create(Tiny.Config, data);
            TrainingStep step = new(Tiny.Config, model, data.Training, new Cpu(1, level));
            for (int k = 0; k < 10; k++) step.Run(k, 1e-3);
            first ??= Tiny.Weights(model);
            Near.SameBits(first, Tiny.Weights(model), $"weights at {level}");
        }
    }

    [Fact]
    public void Recomputation_ChangesNoBit() =>
        Near.SameBits(Tiny.Weights(Tiny.Train(Tiny.Config).Model), Tiny.Weights(Tiny.Train(Tiny.Config with { Recompute = true }).Model));

    [Fact]
    public void DecayOfZero_KeepsNoAverage()
    {
        TrainingConfig config = Tiny.Config with { EmaDecay = 0 };
        (DiffusionModel model, _, SequenceData data) = Tiny.Train(config);
        Assert.False(model.Network.Parameters.HasAverage);
        DiffusionModel stepped = SequenceModel.Create(config, data);
        TrainingStep step = new(config, stepped, data.Training, Cpu.Serial);
        LearningRateSchedule rate = new(config.LearningRate, config.WarmupSteps, config.FinalLearningRate);
        for (int k = 0; k < config.Steps; k++) step.Run(k, rate.At(k, (double)k / config.Steps));
        Near.SameBits(Tiny.Weights(stepped), Tiny.Weights(model), "the last weights");
    }

    [Fact]
    public void AnotherSeed_GivesOtherWeights() =>
        Assert.NotEqual(Tiny.Weights(Tiny.Train(Tiny.Config).Model), Tiny.Weights(Tiny.Train(Tiny.Config with { Seed = 6 }).Model));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WarmStep_AllocatesNothing(bool recompute)
    {
        SequenceData data = GaussianProcessData.Draw(Tiny.Config);
        TrainingStep step = new(Tiny.Config with { Recompute = recompute }, SequenceModel.Create(Tiny.Config, data), data.Training, Cpu.Serial);
        int k = 0;
        Assert.Equal(0, Allocations.Of(() => step.Run(k++, 1e-3)));
    }

    [Fact]
    public void NotFiniteData_SkipTheUpdate_AndAreNamed()
    {
        SequenceData data = GaussianProcessData.Draw(Tiny.Config);
        data.Training.AsSpan().Fill(float.NaN);
        DiffusionModel model = SequenceModel.Create(Tiny.Config, data);
        float[] before = Tiny.Weights(model);
        TrainingStep step = new(Tiny.Config, model, data.Training, Cpu.Serial);
        Assert.Equal("a sequence of the batch", step.Run(0, 1e-3));
        Assert.Equal(0, step.Updates);
        Near.SameBits(before, Tiny.Weights(model));
    }

    [Fact]
    public void Cancelled_EndsAfterTheRunningStep_WithWhatWasLearnt()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        (DiffusionModel model, TrainingSummary summary, _) = Tiny.Train(Tiny.Config, source.Token);
        Assert.Equal((1, TrainingEnd.Cancelled), (summary.Steps, summary.End));
        Assert.Single(summary.History);
        Assert.All(Tiny.Weights(model), weight => Assert.True(float.IsFinite(weight)));
    }

    [Fact]
    public void TimeLimit_EndsTraining_AndBringsTheLearningRateDown()
    {
        TrainingConfig config = Tiny.Config with { Minutes = 1, Steps = 1_000_000, LogEvery = 1, WarmupSteps = 0 };
        SequenceData data = GaussianProcessData.Draw(config);
        SteppingClock clock = new(TimeSpan.FromSeconds(0.5));
        TrainingSummary summary = TrainingLoop.Run(config, SequenceModel.Create(config, data), data, clock);
        Assert.Equal(TrainingEnd.Time, summary.End);
        Assert.InRange(summary.Seconds, 60, 62);
        Assert.Equal(config.LearningRate, summary.History[0].LearningRate, 1e-4);
        Assert.InRange(summary.History[^1].LearningRate, 0, 0.05 * config.LearningRate);
    }

    [Fact]
    public void TimeLimit_ThatIsKept_ChangesNoBit()
    {
        TrainingConfig limited = Tiny.Config with { Minutes = 0.01 };
        SequenceData data = GaussianProcessData.Draw(limited);
        DiffusionModel model = SequenceModel.Create(limited, data);
        SteppingClock clock = new(TimeSpan.FromMilliseconds(5)); // 30 steps of two looks: half of the 0.6 seconds
        Assert.Equal(TrainingEnd.Steps, TrainingLoop.Run(limited, model, data, clock).End);
        Near.SameBits(Tiny.Weights(Tiny.Train(Tiny.Config).Model), Tiny.Weights(model));
    }

    [Fact]
    public void LearningRate_WarmsUp_ThenFallsWithTheCosine()
    {
        LearningRateSchedule schedule = new(Peak: 2, WarmupSteps: 4, Final: 0.1);
        Assert.Equal([0.5, 1.0, 1.5, 2.0, 2.0], Enumerable.Range(0, 5).Select(step => schedule.At(step, 0)));
        Assert.Equal(1.1, schedule.At(100, 0.5), 1e-12);
        Assert.Equal(0.2, schedule.At(100, 1), 1e-12);
    }

    /// <summary>A clock that moves on by a fixed time whenever it is read.</summary>
    private sealed class SteppingClock(TimeSpan step) : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks += step.Ticks;
    }
}
