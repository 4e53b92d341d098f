using PureDit.Diffusion;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.TestSupport;

namespace PureDit.Training.Tests;

/// <summary>Training and sampling take any network, and do with a DiT what they did.</summary>
public sealed class NetworkTests
{
    [Fact]
    public void DiTAsANetwork_LearnsTheSameBits_AndPredictsThem()
    {
        (DiffusionModel expected, _, SequenceData data) = Tiny.Train(Tiny.Config);
        DiffusionModel fresh = SequenceModel.Create(Tiny.Config, data);
        NetworkModel model = new(fresh.Network, fresh.Objective, fresh.Schedule);
        TrainingLoop.Run(Tiny.Config, model, data, TimeProvider.System);
        Near.SameBits(Tiny.Weights(expected), Tiny.Weights(fresh));
        float[] x = Values.Normal(2 * 15, 1), one = new float[30], other = new float[30];
        NoiseLevel level = NoiseLevel.FromTime(0.5);
        expected.Denoiser(Cpu.Serial).Predict(level, x, one);
        model.Denoiser(Cpu.Serial).Predict(level, x, other);
        Near.SameBits(one, other);
        Near.Varied(one);
    }

    [Fact]
    public void UNet_LearnsTheSameBits_OnAnyNumberOfThreads_AndItsLossFalls()
    {
        TrainingConfig config = Tiny.Config with { Frames = 6, Steps = 60, LogEvery = 12, Batch = 32, TrainingSequences = 512 };
        SequenceData data = GaussianProcessData.Draw(config);
        (float[] weights, TrainingSummary summary) = Train(1);
        Near.SameBits(weights, Train(3).Weights);
        Near.Varied(weights);
        Assert.True(summary.History[^1].Loss < 0.95 * summary.History[0].Loss, $"{summary.History[0].Loss} to {summary.History[^1].Loss}");

        (float[] Weights, TrainingSummary Summary) Train(int threads)
        {
            UNet network = new(new UNetConfig(new SequenceLayout(6, 3), 8) { EmbeddingWidth = 16 }, seed: 4);
            NetworkModel model = new(network, PredictionKind.V, new UniformLogSnr(config.MinTime, config.MaxTime));
            TrainingSummary summary = TrainingLoop.Run(config with { Threads = threads }, model, data, TimeProvider.System);
            return (network.Parameters.Trained(Autodiff.ParameterBlock.Weights).ToArray(), summary);
        }
    }
}
