using PureDit.Autodiff;
using PureDit.Formats;
using PureDit.Inference;
using PureDit.TestSupport;

namespace PureDit.Training.Tests;

public sealed class CheckpointFolderTests : IDisposable
{
    private readonly Interruption _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void OlderCheckpoints_AreRemoved_AtLeastTwoAreKept()
    {
        RecordingFiles disk = new();
        _runs.Train(Interruption.Least with { Keep = 2 }, disk);
        Assert.Equal([_runs.PathOf(4), _runs.PathOf(6)], disk.Names);
        int removed = disk.Log.FindIndex(operation => operation.Kind == RecordingFiles.Kind.Delete);
        int named = disk.Log.FindLastIndex(removed, operation => operation.Kind == RecordingFiles.Kind.Move);
        int flushed = disk.Log.FindLastIndex(removed, operation => operation.Kind == RecordingFiles.Kind.SyncFolder);
        Assert.True(named < flushed && flushed < removed, "an old one goes only when the new one is safe");
    }

    [Fact]
    public void SecondTrainer_IsRefused_AndToldWhoTheFirstIs()
    {
        using (_runs.Open(new()))
        {
            string message = Assert.Throws<RunInUseException>(() => _runs.Open(new())).Message;
            Assert.Contains($"process {Environment.ProcessId} on {Environment.MachineName}", message, StringComparison.Ordinal);
        }

        _runs.Open(new()).Dispose();
    }

    [Fact]
    public void StaleTemporaryFiles_AreRemoved_OthersNever()
    {
        string here = $".ckpt-00000002.safetensors.tmp-{Environment.ProcessId}-abcdefgh.ijk", alive = ".a.tmp-1-abcdefgh.ijk", gone = ".a.tmp-999999999-abcdefgh.ijk";
        string[] others = [alive, "a.tmp-999999999-abcdefgh.ijk", ".a.tmp-999999999-abcdefgh", ".hidden", "notes.txt"];
        string[] all = [here, gone, .. others];
        RecordingFiles disk = new(all.Select(name => (Path.Combine(_runs.Folder, name), Array.Empty<byte>())));
        _runs.Open(disk).Dispose();
        Assert.Equal(others.Order(StringComparer.Ordinal), disk.Names.Select(Path.GetFileName));
    }

    [Fact]
    public void NotFiniteState_IsNeverWritten()
    {
        foreach (ParameterBlock block in new[] { ParameterBlock.Weights, ParameterBlock.FirstMoments, ParameterBlock.SecondMoments, ParameterBlock.Average })
        {
            RecordingFiles disk = new();
            using CheckpointFolder folder = _runs.Open(disk);
            ParameterStore store = SequenceModel.Create(Interruption.Least, GaussianProcessData.Draw(Interruption.Least)).Network.Parameters;
            store.EnableTraining(average: true);
            folder.Save(Kernels.Cpu.Serial, store, new TrainingState { Step = 1 }, Interruption.Least, "", last: true);
            store["blocks.0.attn.qkv.bias"].In(block)[5] = float.NaN;
            folder.Save(Kernels.Cpu.Serial, store, new TrainingState { Step = 2 }, Interruption.Least, "", last: true);
            Assert.Equal([_runs.PathOf(1)], disk.Names);
            Assert.Contains("blocks.0.attn.qkv.bias is not finite; the last good checkpoint is that of step 1", _runs.Notices[^1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TenSkippedInARow_EndTraining_WithTheLastGoodCheckpoint()
    {
        RecordingFiles disk = new();
        TrainingConfig config = Interruption.Least with { Steps = 50 };
        SequenceData data = GaussianProcessData.Draw(config);
        _runs.Train(config with { Steps = 4 }, disk, data);
        byte[] good = disk[_runs.PathOf(4)];
        Array.Fill(data.Training, float.PositiveInfinity);
        TrainingDivergedException error = Assert.Throws<TrainingDivergedException>(() => _runs.Train(config, disk, data, overrides: ["sequences"]));
        Assert.Equal(new SkippedStep(13, 5, "a sequence of the batch"), error.Last);
        Assert.Equal([_runs.PathOf(2), _runs.PathOf(4)], disk.Names);
        Assert.Equal(good, disk[_runs.PathOf(4)]);
    }

    [Fact]
    public void SkippedUpdate_ChangesNoBlock_AndTheNextBatchIsAnotherOne()
    {
        SequenceData data = GaussianProcessData.Draw(Tiny.Config);
        DiffusionModel model = SequenceModel.Create(Tiny.Config, data);
        TrainingStep step = new(Tiny.Config, model, data.Training, Kernels.Cpu.Serial);
        for (int k = 0; k < 3; k++) Assert.Null(step.Run(k, 1e-3));
        ParameterStore store = model.Network.Parameters;
        ParameterBlock[] blocks = [ParameterBlock.Weights, ParameterBlock.FirstMoments, ParameterBlock.SecondMoments, ParameterBlock.Average];
        float[][] before = Array.ConvertAll(blocks, block => store.Trained(block).ToArray());
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity, 1e30f })
        {
            data.Training.AsSpan().Fill(bad);
            Assert.NotNull(step.Run(3, 1e-3));
        }

        for (int i = 0; i < blocks.Length; i++) Near.SameBits(before[i], store.Trained(blocks[i]), blocks[i].ToString());
        Assert.Equal(3, step.Updates);
    }

    [Fact]
    public void FirstUpdateAfterSkippedSteps_IsAdamsFirst()
    {
        const float Rate = 1e-3f;
        SequenceData data = GaussianProcessData.Draw(Tiny.Config);
        DiffusionModel model = SequenceModel.Create(Tiny.Config, data);
        float[] before = Tiny.Weights(model);
        new TrainingStep(Tiny.Config, model, data.Training, Kernels.Cpu.Serial).Run(7, Rate); // as if seven had been skipped
        float moved = before.Zip(Tiny.Weights(model), (a, b) => Math.Abs(a - b)).Max();
        Assert.InRange(moved, 0.999f * Rate, 1.001f * Rate); // with t = 8 it would be half of that
    }

    [Fact]
    public void WritingAndReading_TakeNoMemoryOfTheModelsSize()
    {
        TrainingConfig config = Tiny.Config with { Width = 128, Depth = 2 };
        SequenceData data = GaussianProcessData.Draw(config);
        using CheckpointFolder folder = CheckpointFolder.Open(_runs.Folder);
        ParameterStore store = SequenceModel.Create(config, data).Network.Parameters;
        store.EnableTraining(average: true);
        long before = GC.GetAllocatedBytesForCurrentThread();
        folder.Save(Kernels.Cpu.Serial, store, new TrainingState { Step = 1 }, config, "", last: true);
        folder.Latest!.Restore(store, folder.Files);
        long taken = GC.GetAllocatedBytesForCurrentThread() - before, size = new FileInfo(folder.Latest.Path).Length;
        Assert.True(taken < size / 10, $"{taken} bytes for a file of {size}");
    }

    [Fact]
    public void OnTheDisk_ARunGoesOn_AndNothingElseIsLeft()
    {
        CheckpointOptions options = new() { Files = new DiskFiles() };
        SequenceData data = GaussianProcessData.Draw(Interruption.Least);
        float[] weights = [];
        foreach (int steps in new[] { 4, 6 })
        {
            TrainingConfig config = Interruption.Least with { Steps = steps };
            using CheckpointFolder checkpoints = CheckpointFolder.Open(_runs.Folder, options);
            DiffusionModel model = SequenceModel.Create(config, data);
            TrainingLoop.Run(config, model, data, TimeProvider.System, checkpoints: checkpoints);
            weights = Tiny.Weights(model);
        }

        Assert.Equal(["ckpt-00000004.safetensors", "ckpt-00000006.safetensors", "run.lock"], Directory.GetFiles(_runs.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(weights, weight => Assert.True(float.IsFinite(weight)));
    }
}
