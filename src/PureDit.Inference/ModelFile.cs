// A model in one safetensors file: the network's weights, its architecture (puredit.*, NetworkWeights.cs) and what its numbers
// mean (puredit.process.*): what it predicts, between which noise levels it was trained, in which units its data are.
// Loading and sampling need no training code.

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using PureDit.Autodiff;
using PureDit.Diffusion;
using PureDit.Formats;
using PureDit.Nn;

namespace PureDit.Inference;

/// <summary>Saves and loads models, whatever their network.</summary>
public static class ModelFile
{
    private const string Prefix = "puredit.process.";

    /// <summary>Writes the model; the same model gives the same bytes.</summary>
    /// <param name="model">The model; its network a <see cref="DiT"/> or a <see cref="UNet"/>.</param>
    /// <param name="path">Where to; a file that is there is replaced as a whole.</param>
    /// <param name="block">The weights, or their moving average.</param>
    /// <exception cref="ArgumentException">The network is of another kind.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(this IDiffusionModel model, string path, ParameterBlock block = ParameterBlock.Weights)
    {
        ArgumentNullException.ThrowIfNull(model);
        NetworkWeights.Save(model.Network, path, block, Metadata(model));
    }

    /// <summary>Loads a model that <see cref="Save"/> wrote.</summary>
    /// <returns>A <see cref="DiffusionModel"/> if its network is a DiT, else a <see cref="NetworkModel"/>.</returns>
    /// <exception cref="SafetensorsException">The file is not valid.</exception>
    /// <exception cref="DiTFileException">It does not hold a model, or lacks what its numbers mean.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IDiffusionModel Load(string path) => SafetensorsFile.Open(path, file => Load(file, NetworkWeights.Load(file)));

    /// <summary>What the numbers mean, for the header of a file.</summary>
    internal static Dictionary<string, string> Metadata(IDiffusionModel model)
    {
        Dictionary<string, string> metadata = new()
        {
            [Prefix + "objective"] = model.Objective.ToString(),
            [Prefix + "min_time"] = model.Schedule.Start.ToString("R", CultureInfo.InvariantCulture),
            [Prefix + "max_time"] = model.Schedule.End.ToString("R", CultureInfo.InvariantCulture),
            [Prefix + "channel_names"] = JsonSerializer.Serialize([.. model.ChannelNames], ModelFileJson.Default.StringArray),
        };
        if (model.Scale is not null)
        {
            metadata[Prefix + "mean"] = JsonSerializer.Serialize([.. model.Scale.Mean], ModelFileJson.Default.DoubleArray);
            metadata[Prefix + "deviation"] = JsonSerializer.Serialize([.. model.Scale.Deviation], ModelFileJson.Default.DoubleArray);
        }

        if (model.Skip is not null)
        {
            metadata[Prefix + "skip_mean"] = JsonSerializer.Serialize(model.Skip.Mean.ToArray(), ModelFileJson.Default.DoubleArray);
            metadata[Prefix + "skip_variance"] = JsonSerializer.Serialize(model.Skip.Variance.ToArray(), ModelFileJson.Default.DoubleArray);
        }

        return metadata;
    }

    /// <summary>A network of a file with what the file says of its numbers.</summary>
    internal static IDiffusionModel Load(SafetensorsFile file, INetwork network)
    {
        int channels = network.Input.DataChannels;
        double start = Number(file, "min_time"), end = Number(file, "max_time");
        if (!(start > 0 && end > start)) throw Wrong(file, "max_time", "a time after min_time, and that above 0");
        if (!Enum.TryParse(Text(file, "objective"), out PredictionKind objective)) throw Wrong(file, "objective", "Noise, X0, V or Score");
        ChannelScale? scale = null;
        if (file.Metadata.ContainsKey(Prefix + "mean"))
        {
            scale = new(Numbers(file, "mean", channels), Numbers(file, "deviation", channels));
        }

        string[] names = Array(file, "channel_names", ModelFileJson.Default.StringArray);
        if (names.Length != 0 && names.Length != channels) throw Wrong(file, "channel_names", $"{channels} names or none");
        GaussianSkip? skip = SkipOf(file, network, objective);
        UniformLogSnr schedule = new(start, end);
        return network is DiT dit
            ? new DiffusionModel(dit, objective, schedule) { Scale = scale, ChannelNames = names, Skip = skip }
            : new NetworkModel(network, objective, schedule) { Scale = scale, ChannelNames = names, Skip = skip };
    }

    private static GaussianSkip? SkipOf(SafetensorsFile file, INetwork network, PredictionKind objective)
    {
        if (!file.Metadata.ContainsKey(Prefix + "skip_mean")) return null;
        int size = network.Input.Tokens * network.Input.DataChannels;
        double[] mean = Numbers(file, "skip_mean", size), variance = Numbers(file, "skip_variance", size);
        if (objective != PredictionKind.V) throw Wrong(file, "objective", "V, around which there is a skip");
        if (mean.Any(value => !double.IsFinite(value))) throw Wrong(file, "skip_mean", "finite numbers");
        return variance.All(value => value > 0 && double.IsFinite(value)) ? new(mean, variance) : throw Wrong(file, "skip_variance", "finite numbers above 0");
    }

    private static double[] Numbers(SafetensorsFile file, string key, int count)
    {
        double[] numbers = Array(file, key, ModelFileJson.Default.DoubleArray);
        return numbers.Length == count ? numbers : throw Wrong(file, key, $"{count} numbers");
    }

    private static T[] Array<T>(SafetensorsFile file, string key, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T[]> type)
    {
        try
        {
            return JsonSerializer.Deserialize(Text(file, key), type) ?? throw Wrong(file, key, "a JSON array");
        }
        catch (JsonException)
        {
            throw Wrong(file, key, "a JSON array");
        }
    }

    private static double Number(SafetensorsFile file, string key) =>
        double.TryParse(Text(file, key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw Wrong(file, key, "a finite number");

    private static string Text(SafetensorsFile file, string key) => file.Metadata.TryGetValue(Prefix + key, out string? value)
        ? value
        : throw new DiTFileException(file.Name, $"metadata {Prefix}{key}: expected, but missing: these are weights without what their numbers mean.");

    private static DiTFileException Wrong(SafetensorsFile file, string key, string expected) =>
        new(file.Name, $"metadata {Prefix}{key}: expected {expected}, got '{Text(file, key)}'.");
}

/// <summary>JSON of the arrays in the metadata, generated at compile time.</summary>
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(double[]))]
internal sealed partial class ModelFileJson : JsonSerializerContext;
