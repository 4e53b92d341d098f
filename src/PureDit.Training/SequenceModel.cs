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
        SequenceLayout input = new(config.Frames, data.Channels);
        DiT network = new(new DiTConfig(input, config.Width, config.Depth, config.Heads) { MlpRatio = config.MlpRatio }, (ulong)config.Seed);
        PredictionKind objective = TrainingLoop.Objective(config);
        return new DiffusionModel(network, objective, new UniformLogSnr(config.MinTime, config.MaxTime))
        {
            Scale = data.Scale,
            ChannelNames = data.ChannelNames,
        };
    }
}
