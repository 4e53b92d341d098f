using PureDit.Kernels;

namespace PureDit.Training.Tests;

public sealed class MemoryEstimateTests
{
    // The rest of a step (embeddings, the last layer, temporaries) is not reckoned; shapes are rounded up to cache lines.
    private const double Least = 0.75, Most = 1.35;

    [Theory]
    [InlineData(96, 4, 64, false)]
    [InlineData(96, 4, 64, true)]
    [InlineData(256, 2, 16, false)]
    [InlineData(64, 8, 128, true)]
    public void Estimate_IsWhatTrainingAllocates(int width, int depth, int batch, bool recompute)
    {
        TrainingConfig config = Tiny.Config with { Frames = 16, Width = width, Depth = depth, Heads = 4, Batch = batch, Recompute = recompute };
        SequenceData data = GaussianProcessData.Draw(config);
        long before = GC.GetAllocatedBytesForCurrentThread();
        TrainingStep step = new(config, SequenceModel.Create(config, data), data.Training, Cpu.Serial);
        step.Run(0, 1e-3);
        double allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        MemoryEstimate estimate = MemoryEstimate.Of(config);
        Assert.InRange((estimate.Model + estimate.Activations) / allocated, Least, Most);
    }

    [Fact]
    public void TooMuch_IsRefusedWithItsParts()
    {
        MemoryEstimate estimate = MemoryEstimate.Of(new TrainingConfig { Width = 8192, Depth = 256, Heads = 64 });
        InsufficientMemoryException error = Assert.Throws<InsufficientMemoryException>(() => estimate.Require(24_000_000_000));
        Assert.Contains("24,000 MB are available", error.Message, StringComparison.Ordinal);
        estimate.Require(long.MaxValue);
    }
}
