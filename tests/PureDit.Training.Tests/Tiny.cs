using PureDit.Inference;

namespace PureDit.Training.Tests;

/// <summary>A run that takes a fraction of a second: five frames of three channels, a network of one block.</summary>
internal static class Tiny
{
    public static TrainingConfig Config { get; } = new()
    {
        Frames = 5,
        Channels = 3,
        TrainingSequences = 256,
        Width = 16,
        Depth = 1,
        Heads = 2,
        Steps = 30,
        Minutes = 0,
        Batch = 16,
        WarmupSteps = 5,
        LogEvery = 10,
        Samples = 64,
        SamplerSteps = 4,
        EvaluationSequences = 32,
        Threads = 1,
        Seed = 5,
    };

    public static (DiffusionModel Model, TrainingSummary Summary, SequenceData Data) Train(TrainingConfig config, CancellationToken cancellation = default)
    {
        SequenceData data = GaussianProcessData.Draw(config);
        DiffusionModel model = SequenceModel.Create(config, data);
        return (model, TrainingLoop.Run(config, model, data, TimeProvider.System, cancellation: cancellation), data);
    }

    public static float[] Weights(IDiffusionModel model) => model.Network.Parameters.Trained(Autodiff.ParameterBlock.Weights).ToArray();
}
