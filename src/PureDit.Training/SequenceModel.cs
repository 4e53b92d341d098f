using PureDit.Diffusion;
using PureDit.Inference;
using PureDit.Nn;

namespace PureDit.Training;

/// <summary>Makes the model that a configuration names.</summary>
public static class SequenceModel
{
    /// <summary>A fresh model for sequences, with what its numbers mean.</summary>
    /// <param name="config">Architecture, objective, noise levels, seed.</param>
    /// <param name="data">The data it will be trained on: names and units of its channels.</param>
    public static DiffusionModel Create(TrainingConfig config, SequenceData data)
    {
        DiT network = new(Architecture(config with { Channels = data.Channels }), (ulong)config.Seed);
        PredictionKind objective = TrainingLoop.Objective(config);
        return new DiffusionModel(network, objective, new UniformLogSnr(config.MinTime, config.MaxTime))
        {
            Scale = data.Scale,
            ChannelNames = data.ChannelNames,
        };
    }

    /// <summary>The architecture that a configuration names.</summary>
    internal static DiTConfig Architecture(TrainingConfig config) =>
        new(new SequenceLayout(config.Frames, config.Channels), config.Width, config.Depth, config.Heads)
        {
            MlpRatio = config.MlpRatio,
            Attention = AttentionFields.Settings(config),
        };
}
