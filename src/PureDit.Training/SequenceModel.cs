using PureDit.Diffusion;
using PureDit.Inference;
using PureDit.Nn;

namespace PureDit.Training;

/// <summary>Makes the model that a configuration names.</summary>
public static class SequenceModel
{
    /// <summary>A fresh DiT for sequences, with what its numbers mean.</summary>
    /// <param name="config">Architecture, objective, noise levels, seed.</param>
    /// <param name="data">The data it will be trained on: names and units of its channels.</param>
    /// <exception cref="ConfigurationException">The network is to be another one: <see cref="CreateAny"/>.</exception>
    public static DiffusionModel Create(TrainingConfig config, SequenceData data)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(data);
        if (config.Network != NetworkFields.DiT) throw new ConfigurationException($"network: expected {NetworkFields.DiT} here, got '{config.Network}'; {nameof(CreateAny)} makes either.");
        return new DiffusionModel(new DiT(Architecture(config with { Channels = data.Channels }), (ulong)config.Seed), TrainingLoop.Objective(config), Schedule(config))
        {
            Scale = data.Scale,
            ChannelNames = data.ChannelNames,
        };
    }

    /// <summary>A fresh model for sequences with the network that the configuration names.</summary>
    /// <param name="config">Network and architecture, objective, noise levels, seed.</param>
    /// <param name="data">The data it will be trained on: names and units of its channels.</param>
    public static IDiffusionModel CreateAny(TrainingConfig config, SequenceData data)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(data);
        if (config.Network == NetworkFields.DiT) return Create(config, data);
        return new NetworkModel(new UNet(NetworkFields.UNet(config with { Channels = data.Channels }), (ulong)config.Seed), TrainingLoop.Objective(config), Schedule(config))
        {
            Scale = data.Scale,
            ChannelNames = data.ChannelNames,
        };
    }

    /// <summary>The architecture of the DiT that a configuration names.</summary>
    internal static DiTConfig Architecture(TrainingConfig config) =>
        new(new SequenceLayout(config.Frames, config.Channels), config.Width, config.Depth, config.Heads)
        {
            MlpRatio = config.MlpRatio,
            Attention = AttentionFields.Settings(config),
        };

    private static UniformLogSnr Schedule(TrainingConfig config) => new(config.MinTime, config.MaxTime);
}
