// A network together with what its numbers mean: what it predicts, between which noise levels it was trained, and in
// which units its data are. One safetensors file holds all of it; loading and sampling need no training code.

using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using System.Text.Json.Serialization;
using PureDit.Autodiff;
using PureDit.Diffusion;
using PureDit.Formats;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Inference;

/// <summary>A DiT for sequences that can be sampled from, saved and loaded.</summary>
/// <param name="Network">The network.</param>
/// <param name="Objective">What it predicts.</param>
/// <param name="Schedule">The noise levels it was trained on, and its timestep input.</param>
public sealed record DiffusionModel(DiT Network, PredictionKind Objective, UniformLogSnr Schedule) : IDiffusionModel
{
    private const string Prefix = "puredit.process.";

    INetwork IDiffusionModel.Network => Network;

    /// <summary>How the data were normalised; null where they were not.</summary>
    public ChannelScale? Scale { get; init; }

    /// <summary>Names of the channels; may be empty.</summary>
    public IReadOnlyList<string> ChannelNames { get; init; } = [];

    /// <summary>The model as a denoiser.</summary>
    public DiTDenoiser Denoiser(Cpu cpu) => new(Network, Objective, Schedule, cpu);

    // [doc:model-sample]
    /// <summary>Draws samples in the units of the data.</summary>
    /// <param name="count">Number of samples, at least 1.</param>
    /// <param name="options">Algorithm, steps, seed; null for the defaults.</param>
    /// <param name="cpu">How kernels run; null for all cores.</param>
    /// <param name="progress">Told the number of finished samples.</param>
    /// <param name="cancellation">Looked at before every sampler step.</param>
    /// <returns>[count, frames, channels].</returns>
    public Tensor<float> Sample(
        int count, SamplingOptions? options = null, Cpu? cpu = null, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        InputLayout input = Network.Config.Input;
        float[] samples = new float[checked(count * input.Tokens * input.DataChannels)];
        new SampleDrawer(Denoiser(cpu ?? Cpu.AllCores), Schedule).Draw(options ?? new(), samples, progress, cancellation);
        Scale?.Invert(samples);
        return Tensor.Create(samples, [count, input.Tokens, input.DataChannels]);
    }
    // [/doc:model-sample]

    /// <summary>Writes the model; the same model gives the same bytes.</summary>
    /// <param name="path">Where to; a file that is there is replaced as a whole.</param>
    /// <param name="block">The weights, or their moving average.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path, ParameterBlock block = ParameterBlock.Weights)
    {
        Dictionary<string, string> metadata = new()
        {
            [Prefix + "objective"] = Objective.ToString(),
            [Prefix + "min_time"] = Schedule.Start.ToString("R", CultureInfo.InvariantCulture),
            [Prefix + "max_time"] = Schedule.End.ToString("R", CultureInfo.InvariantCulture),
            [Prefix + "channel_names"] = JsonSerializer.Serialize([.. ChannelNames], DiffusionModelJson.Default.StringArray),
        };
        if (Scale is not null)
        {
            metadata[Prefix + "mean"] = JsonSerializer.Serialize([.. Scale.Mean], DiffusionModelJson.Default.DoubleArray);
            metadata[Prefix + "deviation"] = JsonSerializer.Serialize([.. Scale.Deviation], DiffusionModelJson.Default.DoubleArray);
        }

        DiTWeights.Save(Network, path, block, metadata);
    }

    /// <summary>Loads a model that <see cref="Save"/> wrote.</summary>
    /// <exception cref="SafetensorsException">The file is not valid.</exception>
    /// <exception cref="DiTFileException">It does not hold a model, or lacks what its numbers mean.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DiffusionModel Load(string path) => SafetensorsFile.Open(path, Load);

    private static DiffusionModel Load(SafetensorsFile file)
    {
        DiT network = DiTWeights.Load(file, DiTMetadata.Read(file));
        int channels = network.Config.Input.DataChannels;
        double start = Number(file, "min_time"), end = Number(file, "max_time");
        if (!(start > 0 && end > start)) throw Wrong(file, "max_time", "a time after min_time, and that above 0");
        if (!Enum.TryParse(Text(file, "objective"), out PredictionKind objective)) throw Wrong(file, "objective", "Noise, X0, V or Score");
        ChannelScale? scale = null;
        if (file.Metadata.ContainsKey(Prefix + "mean"))
        {
            scale = new(Numbers(file, "mean", channels), Numbers(file, "deviation", channels));
        }

        string[] names = Array(file, "channel_names", DiffusionModelJson.Default.StringArray);
        if (names.Length != 0 && names.Length != channels) throw Wrong(file, "channel_names", $"{channels} names or none");
        return new(network, objective, new UniformLogSnr(start, end)) { Scale = scale, ChannelNames = names };
    }

    private static double[] Numbers(SafetensorsFile file, string key, int count)
    {
        double[] numbers = Array(file, key, DiffusionModelJson.Default.DoubleArray);
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
internal sealed partial class DiffusionModelJson : JsonSerializerContext;
