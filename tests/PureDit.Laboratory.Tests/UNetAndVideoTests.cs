namespace PureDit.Laboratory.Tests;

/// <summary>The experiments that train, at sizes of a few seconds: criteria that pass, and fail where the data are wrong.</summary>
public sealed class UNetAndVideoTests
{
    private static readonly ExperimentOptions s_one = new(Quick: true, Seeds: 1);

    [Fact]
    public void UNet_PassesItsCriteria() =>
        Passes(new UNetExperiment()); // the learning rates of shorter runs are not those of its bounds

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
        Fails(new UNetExperiment { Trial = TrainedNetwork.Trial(1024, 60, 32, 256, 8), TrainedEll = 0.2 }, "DiT: correlation", "U-Net: correlation", "DiT: relative error", "U-Net: relative error");

    [Fact]
    public void Video_LearnsTheMotion()
    {
        // Smaller than the quick size, so the covariance is held to half of its control, not to its bound; the rest to theirs.
        ExperimentResult result = new VideoExperiment { Trial = TrainedNetwork.Trial(1024, 1000, 32, 256, 16) }.Run(s_one);
        Criterion lag = result.Criteria[0];
        Assert.True(lag.Value >= lag.Floor && lag.Value <= lag.Control / 2 && !lag.ControlPasses, $"{lag.Value} control {lag.Control}");
        Assert.All(result.Criteria.Skip(1), c => Assert.True(c.Pass && !c.ControlPasses, $"{c.Name}: {c.Value} {c.BoundText} control {c.Control}, {c.Note}"));
        Assert.All(result.Figures, f => Assert.Contains("κ", f.Svg, StringComparison.Ordinal));
        Assert.All(result.Tables, table => Assert.NotEqual("", table.ToCsv()));
    }

    [Fact]
    public void Video_OfShuffledFrames_Fails() =>
        Fails(new VideoExperiment { Trial = TrainedNetwork.Trial(256, 60, 32, 64, 8), ShufflesTraining = true }, "lag covariance", "mean step of the centre: relative", "over that of the same frames shuffled");

    private static void Passes(UNetExperiment experiment)
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
