// A U-Net's architecture in the metadata of a safetensors file:
//   puredit.network = unet, puredit.version, frames, channels, width, levels, blocks, groups, embedding_width, kernel_size
// A file without puredit.network is a DiT's (DiTMetadata.cs): those came first.

using PureDit.Formats;

namespace PureDit.Nn;

/// <summary>Architecture to metadata and back.</summary>
public static class UNetMetadata
{
    private const string Version = "1";

    /// <summary>The pairs that describe an architecture, all under <c>puredit.</c>.</summary>
    public static Dictionary<string, string> Write(UNetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new()
        {
            [NetworkWeights.KindKey] = NetworkWeights.UNetKind,
            ["puredit.version"] = Version,
            ["puredit.frames"] = MetadataPairs.Written(config.Input.Frames),
            ["puredit.channels"] = MetadataPairs.Written(config.Input.Channels),
            ["puredit.width"] = MetadataPairs.Written(config.Width),
            ["puredit.levels"] = MetadataPairs.Written(config.Levels),
            ["puredit.blocks"] = MetadataPairs.Written(config.Blocks),
            ["puredit.groups"] = MetadataPairs.Written(config.Groups),
            ["puredit.embedding_width"] = MetadataPairs.Written(config.EmbeddingWidth),
            ["puredit.kernel_size"] = MetadataPairs.Written(config.KernelSize),
        };
    }

    /// <summary>The architecture of a file that this library wrote.</summary>
    /// <exception cref="DiTFileException">A pair is missing or wrong, or it is another network's file.</exception>
    public static UNetConfig Read(SafetensorsFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        NetworkWeights.RequireKind(file, NetworkWeights.UNetKind);
        MetadataPairs pairs = new(file, "puredit.");
        pairs.Require("version", Version);
        UNetConfig config = new(new SequenceLayout(pairs.Integer("frames"), pairs.Integer("channels")), pairs.Integer("width"))
        {
            Levels = pairs.Integer("levels"),
            Blocks = pairs.Integer("blocks"),
            Groups = pairs.Integer("groups"),
            EmbeddingWidth = pairs.Integer("embedding_width"),
            KernelSize = pairs.Integer("kernel_size"),
        };
        try
        {
            config.Validate();
            return config;
        }
        catch (ArgumentException e)
        {
            throw new DiTFileException(file.Name, $"metadata do not describe a model: {e.Message}", e);
        }
    }
}
