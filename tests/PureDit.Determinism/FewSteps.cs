using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PureDit.Autodiff;
using PureDit.Inference;
using PureDit.Training;

namespace PureDit.Determinism;

/// <summary>A short training run, large enough that sixteen threads share it, and the digest of what it learnt.</summary>
public static class FewSteps
{
    public static TrainingConfig Config { get; } = new()
    {
        TrainingSequences = 512,
        Width = 64,
        Depth = 2,
        Heads = 4,
        Batch = 64,
        Steps = 5,
        Minutes = 0,
        WarmupSteps = 2,
        EmaDecay = 0,
        LogEvery = 5,
        Threads = 1,
        Seed = 11,
    };

    /// <summary>The same in miniature: without any hardware vectors, a step of the other takes six seconds.</summary>
    public static TrainingConfig Miniature { get; } = Config with
    {
        Frames = 5,
        Channels = 3,
        TrainingSequences = 64,
        Width = 16,
        Depth = 1,
        Heads = 2,
        Batch = 8,
    };

    /// <summary>The weights after all steps of the training loop.</summary>
    public static float[] Train(TrainingConfig config)
    {
        SequenceData data = GaussianProcessData.Draw(config);
        DiffusionModel model = SequenceModel.Create(config, data);
        TrainingLoop.Run(config, model, data, TimeProvider.System);
        return Weights(model);
    }

    public static float[] Weights(DiffusionModel model) => model.Network.Parameters.Trained(ParameterBlock.Weights).ToArray();

    /// <summary>SHA-256 of the bits, little endian.</summary>
    public static string Digest(ReadOnlySpan<float> weights) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(weights)));
}
