using PureDit.Autodiff;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Training.Tests;

/// <summary>A run that is interrupted and goes on leaves what it would have left without the interruption, to the bit.</summary>
public sealed class ResumeTests : IDisposable
{
    private static readonly TrainingConfig s_config = Tiny.Config with { Steps = 20, LogEvery = 6, CheckpointEvery = 1, Keep = 100 };
    private readonly Interruption _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void KilledAfterEveryStep_EverythingGoesOnToTheBit() => GoesOnFromEveryStep(s_config, GaussianProcessData.Draw(s_config));

    [Fact]
    public void KilledWithPolynomialAttention_EverythingGoesOnToTheBit()
    {
        TrainingConfig config = s_config with { Heads = 4, Attention = "polynomial", Steps = 10 };
        GoesOnFromEveryStep(config, GaussianProcessData.Draw(config));
    }

    [Fact]
    public void KilledWithAUNet_EverythingGoesOnToTheBit()
    {
        TrainingConfig config = s_config with { Network = "unet", Frames = 4, Width = 8, Depth = 2, Steps = 10 };
        GoesOnFromEveryStep(config, GaussianProcessData.Draw(config));
    }

    [Fact]
    public void KilledAmongSkippedSteps_TheSameOnesAreSkipped()
    {
        SequenceData data = GaussianProcessData.Draw(s_config);
        for (int bad = 3; bad < 256; bad += 32) data.Training[bad * data.Judge.Size] = float.NaN;
        Left whole = GoesOnFromEveryStep(s_config, data);
        SkippedStep[] skipped = [.. whole.Log.SelectMany(line => RunFolder.Report(line)!.Skipped ?? [])];
        Assert.InRange(skipped.Length, 2, 15);
        Assert.All(skipped, skip => Assert.Equal((5, "a sequence of the batch"), (skip.Seed, skip.Tensor)));
        Assert.All(whole.Weights, weight => Assert.True(float.IsFinite(weight)));
    }

    [Fact]
    public void StoppedWhileACheckpointIsWritten_FinishesIt_AndGoesOnToTheBit()
    {
        SequenceData data = GaussianProcessData.Draw(s_config);
        Left whole = _runs.Train(s_config, new RecordingFiles(), data);
        for (int k = 1; k < s_config.Steps - 1; k++)
        {
            using CancellationTokenSource stop = new();
            RecordingFiles disk = new();
            string name = Path.GetFileName(_runs.PathOf(k));
            disk.Before = operation =>
            {
                if (operation.Kind == RecordingFiles.Kind.Create && operation.Path.Contains(name, StringComparison.Ordinal)) stop.Cancel();
            };
            Left stopped = _runs.Train(s_config, disk, data, cancellation: stop.Token);
            Assert.Equal((TrainingEnd.Cancelled, k + 1), (stopped.Summary.End, stopped.Summary.Steps));
            Same(whole, _runs.Train(s_config, disk, data, stopped.Log), $"stopped after {k + 1}");
        }
    }

    [Fact]
    public void DefaultShape_GoesOnFromRandomSteps()
    {
        TrainingConfig config = new() { Steps = 8, Minutes = 0, TrainingSequences = 256, Threads = 2, LogEvery = 3, CheckpointEvery = 1, Keep = 100, WarmupSteps = 4 };
        SequenceData data = GaussianProcessData.Draw(config);
        RecordingFiles disk = new();
        Left whole = _runs.Train(config, disk, data);
        Philox random = new(3, PhiloxStream.Evaluation);
        for (int i = 0; i < 2; i++)
        {
            int k = 1 + random.Index(0, i, (int)config.Steps - 1);
            Same(whole, _runs.Train(config, _runs.Only(disk, k), data, whole.Log), $"gone on from {k}");
        }
    }

    [Fact]
    public void OtherThreads_AndRecomputation_ChangeNoBit()
    {
        RecordingFiles disk = new();
        Left whole = _runs.Train(s_config, disk);
        foreach (TrainingConfig other in new[] { s_config with { Threads = 3 }, s_config with { Recompute = true } })
        {
            Left gone = _runs.Train(other, _runs.Only(disk, 7), log: whole.Log);
            Near.SameBits(whole.Weights, gone.Weights);
            Assert.Equal(whole.Log, gone.Log);
        }
    }

    [Fact]
    public void OtherVectorWidths_GoOnToTheSameBits()
    {
        SequenceData data = GaussianProcessData.Draw(s_config);
        RecordingFiles disk = new();
        _runs.Train(s_config, disk, data);
        float[][]? first = null;
        foreach (SimdLevel level in SimdLevels.Supported)
        {
            using CheckpointFolder checkpoints = _runs.Open(_runs.Only(disk, 7));
            DiffusionModel model = SequenceModel.Create(s_config, data);
            TrainingStep step = new(s_config, model, data.Training, new Cpu(2, level));
            TrainingState state = checkpoints.Latest!.Restore(model.Network.Parameters, checkpoints.Files);
            step.Updates = state.Updates;
            for (long k = state.Step; k < 12; k++) step.Run(k, 1e-3);
            ParameterBlock[] blocks = [ParameterBlock.Weights, ParameterBlock.FirstMoments, ParameterBlock.SecondMoments, ParameterBlock.Average];
            float[][] now = Array.ConvertAll(blocks, block => model.Network.Parameters.Trained(block).ToArray());
            first ??= now;
            for (int i = 0; i < blocks.Length; i++) Near.SameBits(first[i], now[i], $"{blocks[i]} at {level}");
        }
    }

    [Fact]
    public void FinishedRun_GoesNoFurther_UnlessItIsMadeLonger()
    {
        RecordingFiles disk = new();
        Left whole = _runs.Train(s_config, disk);
        Left again = _runs.Train(s_config, disk, log: whole.Log);
        Same(whole, again, "again");
        Left longer = _runs.Train(s_config with { Steps = 25 }, disk, log: whole.Log);
        Assert.Equal((25, TrainingEnd.Steps), (longer.Summary.Steps, longer.Summary.End));
        Assert.Equal([6L, 12, 18, 24, 25], longer.Log.Select(line => RunFolder.Report(line)!.Step));
    }

    [Fact]
    public void ChangedFields_AreRefusedByName_UnlessOverridden()
    {
        RecordingFiles disk = new();
        _runs.Train(s_config, disk);
        TrainingConfig changed = s_config with { LearningRate = 1e-4, Beta2 = 0.5 };
        ChangedConfigurationException error = Assert.Throws<ChangedConfigurationException>(() => _runs.Train(changed, _runs.Only(disk, 9)));
        Assert.Equal(["learningRate", "beta2"], error.Names);
        Assert.Contains("learningRate was 0.006 and is to be 0.0001; beta2 was 0.99 and is to be 0.5", error.Message, StringComparison.Ordinal);
        _runs.Train(changed, _runs.Only(disk, 9), overrides: ["learningRate", "beta2"]);
        Assert.Equal(["beta2"], Assert.Throws<ChangedConfigurationException>(() => _runs.Train(changed, _runs.Only(disk, 9), overrides: ["learningRate"])).Names);
        ChangedConfigurationException @fixed = Assert.Throws<ChangedConfigurationException>(() => _runs.Train(s_config with { Depth = 2 }, _runs.Only(disk, 9), overrides: ["depth"]));
        Assert.Empty(@fixed.Names);
    }

    [Fact]
    public void OtherSequences_AreRefused_UnlessOverridden()
    {
        RecordingFiles disk = new();
        _runs.Train(s_config, disk);
        SequenceData other = GaussianProcessData.Draw(s_config with { Seed = 99 });
        Assert.Equal(["sequences"], Assert.Throws<ChangedConfigurationException>(() => _runs.Train(s_config, _runs.Only(disk, 9), other)).Names);
        _runs.Train(s_config, _runs.Only(disk, 9), other, overrides: ["sequences"]);
    }

    private Left GoesOnFromEveryStep(TrainingConfig config, SequenceData data)
    {
        RecordingFiles disk = new();
        Left whole = _runs.Train(config, disk, data);
        for (int k = 1; k <= config.Steps; k++)
        {
            if (disk.Names.Contains(_runs.PathOf(k))) Same(whole, _runs.Train(config, _runs.Only(disk, k), data, whole.Log), $"gone on from {k}");
        }

        return whole;
    }

    private static void Same(Left whole, Left gone, string how)
    {
        Assert.True(whole.Log.SequenceEqual(gone.Log), $"{how}: the log differs");
        Near.SameBits(whole.Weights, gone.Weights, how);
        Assert.True(whole.Checkpoint.AsSpan().SequenceEqual(gone.Checkpoint), $"{how}: the last checkpoint differs");
    }
}
