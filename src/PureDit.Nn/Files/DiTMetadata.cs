// A model's architecture in the metadata of a safetensors file, which are pairs of strings.
//   our own files      puredit.input = image | sequence, puredit.size, puredit.width, ...
//                      with bounded attention also puredit.attention = auto | exact | polynomial, attention_error, largest_score
//   published layout   input_size, patch_size, in_channels, hidden_size, depth, num_heads, mlp_ratio, num_classes,
//                      learn_sigma: the arguments of the published model's constructor
// Numbers are written invariantly; a value that does not parse, or sizes that do not fit, are a DiTFileException.

using System.Globalization;
using PureDit.Formats;
using PureDit.Kernels;

namespace PureDit.Nn;

/// <summary>Architecture to metadata and back.</summary>
public static class DiTMetadata
{
    private const string Image = "image", Sequence = "sequence", Version = "1";

    /// <summary>The pairs that describe an architecture, all under <c>puredit.</c>.</summary>
    public static Dictionary<string, string> Write(DiTConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Dictionary<string, string> pairs = new()
        {
            ["puredit.version"] = Version,
            ["puredit.width"] = MetadataPairs.Written(config.Width),
            ["puredit.depth"] = MetadataPairs.Written(config.Depth),
            ["puredit.heads"] = MetadataPairs.Written(config.Heads),
            ["puredit.mlp_ratio"] = config.MlpRatio.ToString("R", CultureInfo.InvariantCulture),
            ["puredit.classes"] = MetadataPairs.Written(config.Classes),
            ["puredit.learn_sigma"] = config.LearnSigma ? "true" : "false",
            ["puredit.channels"] = MetadataPairs.Written(config.Input.DataChannels),
        };
        if (config.Attention is { } attention)
        {
            pairs["puredit.attention"] = NameOf(attention.Mode);
            pairs["puredit.attention_error"] = attention.Error.ToString("R", CultureInfo.InvariantCulture);
            pairs["puredit.largest_score"] = attention.LargestScore.ToString("R", CultureInfo.InvariantCulture);
        }

        if (config.Input is ImageLayout image)
        {
            pairs["puredit.input"] = Image;
            pairs["puredit.size"] = MetadataPairs.Written(image.Size);
            pairs["puredit.patch"] = MetadataPairs.Written(image.Patch);
        }
        else
        {
            pairs["puredit.input"] = Sequence;
            pairs["puredit.frames"] = MetadataPairs.Written(config.Input.Tokens);
        }

        return pairs;
    }

    /// <summary>The architecture of a file that this library wrote.</summary>
    /// <exception cref="DiTFileException">A pair is missing or wrong.</exception>
    public static DiTConfig Read(SafetensorsFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        NetworkWeights.RequireKind(file, NetworkWeights.DiTKind);
        MetadataPairs pairs = new(file, "puredit.");
        pairs.Require("version", Version);
        InputLayout input = pairs.Text("input") switch
        {
            Image => new ImageLayout(pairs.Integer("size"), pairs.Integer("channels"), pairs.Integer("patch")),
            Sequence => new SequenceLayout(pairs.Integer("frames"), pairs.Integer("channels")),
            string other => throw new DiTFileException(file.Name, $"metadata puredit.input: expected {Image} or {Sequence}, got {other}."),
        };
        return Checked(file, new DiTConfig(input, pairs.Integer("width"), pairs.Integer("depth"), pairs.Integer("heads"))
        {
            MlpRatio = pairs.Number("mlp_ratio"),
            Classes = pairs.Integer("classes"),
            LearnSigma = pairs.Truth("learn_sigma"),
            Attention = file.Metadata.ContainsKey("puredit.attention") ? ReadAttention(file, pairs) : null,
        });
    }

    /// <summary>The architecture of a file whose metadata are the arguments of the published model.</summary>
    /// <exception cref="DiTFileException">A pair is missing or wrong.</exception>
    public static DiTConfig ReadPublished(SafetensorsFile file)
    {
        MetadataPairs pairs = new(file, "");
        ImageLayout input = new(pairs.Integer("input_size"), pairs.Integer("in_channels"), pairs.Integer("patch_size"));
        return Checked(file, new DiTConfig(input, pairs.Integer("hidden_size"), pairs.Integer("depth"), pairs.Integer("num_heads"))
        {
            MlpRatio = pairs.Number("mlp_ratio"),
            Classes = pairs.Integer("num_classes"),
            LearnSigma = pairs.Truth("learn_sigma"),
        });
    }

    private static AttentionSettings ReadAttention(SafetensorsFile file, MetadataPairs pairs)
    {
        string name = pairs.Text("attention");
        foreach (AttentionMode mode in Enum.GetValues<AttentionMode>())
        {
            if (NameOf(mode) == name) return new AttentionSettings(mode, pairs.Number("attention_error"), pairs.Number("largest_score"));
        }

        throw new DiTFileException(file.Name, $"metadata puredit.attention: expected auto, exact or polynomial, got {name}.");
    }

    private static string NameOf(AttentionMode mode) => mode switch
    {
        AttentionMode.Auto => "auto",
        AttentionMode.Exact => "exact",
        _ => "polynomial",
    };

    private static DiTConfig Checked(SafetensorsFile file, DiTConfig config)
    {
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
