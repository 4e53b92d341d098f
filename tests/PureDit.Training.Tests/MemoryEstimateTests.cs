using PureDit.Kernels;
using PureDit.Nn;

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
        MemoryEstimate estimate = MemoryEstimate.Of(config);
        Assert.InRange((estimate.Model + estimate.Activations) / Allocated(config), Least, Most);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("exact")]
    public void Activations_AreWhatAStepKeeps(string attention) // a narrow MLP, so that attention is most of a block
    {
        const double LeastKept = 0.85, MostKept = 1.2; // with and without the three rows more it is 0.7 or 1.3
        TrainingConfig config = Tiny.Config with { Frames = 16, Width = 32, Depth = 6, MlpRatio = 0.25, Attention = attention };
        int batch = TapeUse.LargestBatch(() => new DiT(SequenceModel.Architecture(config), 1));
        Assert.InRange(MemoryEstimate.Of(config with { Batch = batch }).Activations / TapeUse.Reserved, LeastKept, MostKept);
    }

    [Fact]
    public void Features_AreReckoned_ForEveryThread()
    {
        TrainingConfig config = Tiny.Config with { Frames = 16, Width = 96, Heads = 24, AttentionError = 1e-6, Attention = "exact" };
        double one = Features(1), three = Features(3);
        Assert.InRange(one, 1e6, 1e8);
        Assert.Equal(3 * one, three, 1.0);

        double Features(int threads) =>
            MemoryEstimate.Of(config with { Threads = threads, Attention = "polynomial" }).Activations - MemoryEstimate.Of(config).Activations;
    }

    private static double Allocated(TrainingConfig config)
    {
        SequenceData data = GaussianProcessData.Draw(config);
        long before = GC.GetAllocatedBytesForCurrentThread();
        TrainingStep step = new(config, SequenceModel.Create(config, data), data.Training, Cpu.Serial);
        step.Run(0, 1e-3);
        return GC.GetAllocatedBytesForCurrentThread() - before;
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
