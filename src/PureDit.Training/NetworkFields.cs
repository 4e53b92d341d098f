// The field `network` of a configuration, and what the sizes mean for a U-Net: width is that of its first level, depth its
// levels. Each level has half the frames of the one before and twice the channels, one residual block on the way down and
// two on the way up.

using PureDit.Nn;

namespace PureDit.Training;

/// <summary>The network as a configuration asks for it.</summary>
internal static class NetworkFields
{
    /// <summary>A diffusion transformer.</summary>
    public const string DiT = "dit";

    /// <summary>The values of the field.</summary>
    public static IReadOnlyList<string> Choices { get; } = [DiT, "unet"];

    /// <summary>The architecture of the U-Net that a configuration names.</summary>
    public static UNetConfig UNet(TrainingConfig config) => new(new SequenceLayout(config.Frames, config.Channels), config.Width) { Levels = config.Depth };

    /// <summary>Why the U-Net cannot be had; null where it can.</summary>
    public static string? Problem(TrainingConfig config)
    {
        int most = 1, groups = UNet(config).Groups;
        while (most < 12 && config.Frames % (1 << most) == 0) most++;
        if (config.Attention != AttentionFields.Plain) return $"attention: expected {AttentionFields.Plain} for a U-Net, which has none, got '{config.Attention}'";
        if (config.Depth > most) return $"depth: expected 1 to {most} levels for a U-Net of {config.Frames} frames, which every level after the first halves, got {config.Depth}";
        return config.Width % groups == 0 ? null : $"width: expected a multiple of {groups} for a U-Net, got {config.Width}";
    }
}
