namespace PureDit.Laboratory.Tests;

/// <summary>The experiments that train, at the quick sizes and less: criteria that pass, and fail where the data are wrong.</summary>
public sealed class UNetAndVideoTests
{
    private static readonly ExperimentOptions s_one = new(Quick: true, Seeds: 1);

    [Fact]
    public void UNet_PassesItsCriteria() =>
        Passes(new UNetExperiment { Trial = new(4096, 240, 64, 512, 10) });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void UNet_IsAsLargeAsTheDiT(bool quick)
    {
        (Nn.DiTConfig dit, Nn.UNetConfig unet) = UNetExperiment.Sizes(quick);
        Assert.InRange((double)unet.CountParameters() / dit.CountParameters(), 0.97, 1.03); // the DiT's has its frozen positions
    }

    [Fact]
    public void UNet_OfFramesWithoutMemory_Fails() =>
        Fails(new UNetExperiment { Trial = new(1024, 60, 32, 256, 8), TrainedEll = 0.2 }, "DiT: correlation", "U-Net: correlation", "DiT: relative error", "U-Net: relative error");

    [Fact]
    public void Video_PassesItsCriteria() =>
        Passes(new VideoExperiment()); // fewer steps do not reach its bounds

    [Fact]
    public void Video_OfShuffledFrames_Fails() =>
        Fails(new VideoExperiment { Trial = new(256, 60, 32, 64, 8), ShufflesTraining = true }, "lag covariance", "mean step of the centre: relative", "over that of the same frames shuffled");

    private static void Passes(IExperiment experiment)
    {
        ExperimentResult result = experiment.Run(s_one);
        Assert.All(result.Criteria, c => Assert.True(c.Pass && !c.ControlPasses, $"{c.Name}: {c.Value} {c.BoundText} control {c.Control}, {c.Note}"));
        Assert.All(result.Criteria, c => Assert.True(c.Floor is null || c.Value >= c.Floor, $"{c.Name}: below its floor"));
        Assert.All(result.Figures, f => Assert.Contains("κ", f.Svg, StringComparison.Ordinal));
        Assert.All(result.Tables, table => Assert.NotEqual("", table.ToCsv()));
    }

    private static void Fails(IExperiment experiment, params string[] parts)
    {
        string[] failed = [.. experiment.Run(s_one).Criteria.Where(c => !c.Pass).Select(c => c.Name)];
        Assert.All(parts, part => Assert.Contains(failed, name => name.Contains(part, StringComparison.Ordinal)));
    }
}
