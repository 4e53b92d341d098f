// The published sizes (arXiv 2212.09748, table 1) and two more that train on a CPU in minutes.
//                 depth  width  heads        parameters at patch 2, 1000 classes, learned variance
//   DiT-S            12    384      6         33 M
//   DiT-B            12    768     12        130 M
//   DiT-L            24   1024     16        458 M
//   DiT-XL           28   1152     16        675 M
//   Nano              4     64      4          0.3 M on sequences
//   Tiny              6    128      4          2 M

namespace PureDit.Nn;

/// <summary>Model sizes by name.</summary>
public static class DiTPresets
{
    private static readonly (string Name, int Width, int Depth, int Heads)[] Sizes =
        [("S", 384, 12, 6), ("B", 768, 12, 12), ("L", 1024, 24, 16), ("XL", 1152, 28, 16)];

    private static readonly int[] Patches = [2, 4, 8];

    /// <summary>Names of the published models, from <c>DiT-S/2</c> to <c>DiT-XL/8</c>.</summary>
    public static IReadOnlyList<string> PublishedNames { get; } =
        [.. from size in Sizes from patch in Patches select $"DiT-{size.Name}/{patch}"];

    /// <summary>A published model on latents of a square image, with learned variance.</summary>
    /// <param name="name">One of <see cref="PublishedNames"/>.</param>
    /// <param name="latentSize">Height and width of the latents: 32 for images of 256 pixels, 64 for 512.</param>
    /// <param name="channels">Channels of the latents.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="ArgumentException">There is no model of that name, or the sizes do not fit.</exception>
    public static DiTConfig Published(string name, int latentSize = 32, int channels = 4, int classes = 1000)
    {
        foreach ((string size, int width, int depth, int heads) in Sizes)
        {
            foreach (int patch in Patches)
            {
                if (name != $"DiT-{size}/{patch}") continue;
                DiTConfig config = new(new ImageLayout(latentSize, channels, patch), width, depth, heads)
                {
                    Classes = classes,
                    LearnSigma = true,
                };
                config.Validate();
                return config;
            }
        }

        throw new ArgumentException($"name: expected one of {string.Join(", ", PublishedNames)}, got {name}.", nameof(name));
    }

    /// <summary>The smallest useful model: width 64, 4 blocks, 4 heads.</summary>
    /// <param name="input">What a sample looks like.</param>
    /// <param name="classes">Number of classes; 0 for none.</param>
    public static DiTConfig Nano(InputLayout input, int classes = 0) => new(input, 64, 4, 4) { Classes = classes };

    /// <summary>A small model: width 128, 6 blocks, 4 heads.</summary>
    /// <param name="input">What a sample looks like.</param>
    /// <param name="classes">Number of classes; 0 for none.</param>
    public static DiTConfig Tiny(InputLayout input, int classes = 0) => new(input, 128, 6, 4) { Classes = classes };
}
