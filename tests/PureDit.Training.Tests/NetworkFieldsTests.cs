using PureDit.Autodiff;
using PureDit.Inference;
using PureDit.Nn;
using PureDit.TestSupport;

namespace PureDit.Training.Tests;

/// <summary>The network as a configuration asks for it.</summary>
public sealed class NetworkFieldsTests
{
    private static readonly TrainingConfig s_unet = Tiny.Config with { Network = "unet", Frames = 8, Depth = 2, Width = 8 };

    [Fact]
    public void UNet_HasTheSizesOfTheFields_AndLearns()
    {
        TrainingConfig config = s_unet with { Steps = 60, Batch = 32, TrainingSequences = 512 };
        SequenceData data = GaussianProcessData.Draw(config);
        IDiffusionModel model = SequenceModel.CreateAny(config, data);
        Assert.Equal(new UNetConfig(new SequenceLayout(8, 3), 8) { Levels = 2 }, Assert.IsType<UNet>(model.Network).Config);
        TrainingSummary summary = TrainingLoop.Run(config, model, data, TimeProvider.System);
        Assert.True(summary.History[^1].Loss < 0.95 * summary.History[0].Loss, $"{summary.History[0].Loss} to {summary.History[^1].Loss}");
    }

    [Fact]
    public void DiT_IsTheDefault_AndMadeByEitherWay()
    {
        SequenceData data = GaussianProcessData.Draw(Tiny.Config);
        Near.SameBits(
            SequenceModel.Create(Tiny.Config, data).Network.Parameters.Trained(ParameterBlock.Weights),
            SequenceModel.CreateAny(Tiny.Config, data).Network.Parameters.Trained(ParameterBlock.Weights));
        Assert.Contains("CreateAny", Assert.Throws<ConfigurationException>(() => SequenceModel.Create(s_unet, data)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"network\": \"gan\"}", "network: expected dit | unet, got 'gan'")]
    [InlineData("{\"network\": \"unet\", \"depth\": 6}", "depth: expected 1 to 5 levels for a U-Net of 16 frames, which every level after the first halves, got 6")]
    [InlineData("{\"network\": \"unet\", \"frames\": 15, \"depth\": 2}", "depth: expected 1 to 1 levels")]
    [InlineData("{\"network\": \"unet\", \"width\": 30}", "width: expected a multiple of 4 for a U-Net, got 30")]
    [InlineData("{\"network\": \"unet\", \"attention\": \"auto\"}", "attention: expected plain for a U-Net")]
    public void BadFields_AreRefusedByName(string json, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => TrainingFields.Read(json, "c.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void WhatIsAccepted_CanBeMade()
    {
        foreach (int frames in new[] { 2, 3, 12, 48, 4096 })
        {
            for (int depth = 1; depth <= 13; depth++)
            {
                TrainingConfig config = s_unet with { Frames = frames, Depth = depth, Width = 4 };
                if (NetworkFields.Problem(config) is null) NetworkFields.UNet(config).Validate();
                else Assert.ThrowsAny<ArgumentException>(NetworkFields.UNet(config).Validate);
            }
        }
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(2, 32)]
    [InlineData(4, 16)]
    public void Activations_AreWhatAStepKeeps(int levels, int width)
    {
        const double Least = 0.75, Most = 1.35; // as of a DiT: windows are large pieces, of which the tape's chunks lose some at their ends
        TrainingConfig config = s_unet with { Frames = 16, Depth = levels, Width = width };
        int batch = TapeUse.LargestBatch(() => new UNet(NetworkFields.UNet(config), 1));
        Assert.InRange(MemoryEstimate.Of(config with { Batch = batch }).Activations / TapeUse.Reserved, Least, Most);
    }

    [Fact]
    public void MemoryEstimate_CountsTheParameters_AndTakesAnySize()
    {
        foreach (int levels in new[] { 1, 2, 4 })
        {
            UNetConfig config = NetworkFields.UNet(s_unet with { Frames = 16, Depth = levels, Width = 32 });
            Assert.InRange(UNetMemory.Parameters(config) / config.CountParameters(), 0.9, 1);
        }

        Assert.True(MemoryEstimate.Of(s_unet with { Frames = 4096, Depth = 12, Width = 8192 }).Model > 1e15);
    }
}
