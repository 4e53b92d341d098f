// What each field of the configuration means and which values it takes: the one table behind config.json's checks, the
// command line's options and their help, and docs/configuration.md.

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace PureDit.Training;

/// <summary>Whether a run that goes on from a checkpoint may have another value of a field.</summary>
public enum FieldChange
{
    /// <summary>No: the tensors of the model, or the data, are made of it.</summary>
    Fixed,

    /// <summary>If the field is named: it decides the numbers of every step.</summary>
    Overridden,

    /// <summary>Yes: it changes how long, how fast or how watched a run is, not what a step computes.</summary>
    Free,
}

/// <summary>One field of the configuration.</summary>
/// <param name="Name">Name in config.json (camelCase).</param>
/// <param name="Description">What it means, with its unit.</param>
/// <param name="Minimum">Least value of a number.</param>
/// <param name="Maximum">Greatest value of a number.</param>
/// <param name="Choices">Values of a text with fixed choices.</param>
/// <param name="Change">Whether it may change when a run goes on from a checkpoint.</param>
public sealed record TrainingField(
    string Name, string Description, double? Minimum = null, double? Maximum = null, IReadOnlyList<string>? Choices = null,
    FieldChange Change = FieldChange.Overridden)
{
    /// <summary>Name on the command line: <c>learningRate</c> is <c>--learning-rate</c>.</summary>
    public string Option => "--" + JsonNamingPolicy.KebabCaseLower.ConvertName(Name);

    /// <summary>Whether it is a truth value: on the command line, its name alone says true.</summary>
    public bool IsFlag => Choices is ["false", "true"];

    /// <summary>The values it takes, for people.</summary>
    public string Range => Choices is not null ? string.Join(" | ", Choices)
        : Minimum is null ? "text"
        : string.Create(CultureInfo.InvariantCulture, $"{Minimum:R} … {Maximum:R}");
}

/// <summary>All fields, and reading a configuration strictly by them.</summary>
public static class TrainingFields
{
    /// <summary>Blocks that a network may have.</summary>
    public const int MostBlocks = 256;

    internal const int MostHeads = 256;

    private static readonly string[] s_flag = ["false", "true"];

    /// <summary>Every field, in the order of config.json.</summary>
    public static IReadOnlyList<TrainingField> All { get; } =
    [
        new("data", "where the sequences come from", Choices: ["gp", "series"], Change: FieldChange.Fixed),
        new("frames", "frames N of a sequence; of a series, the window", 2, 4096, Change: FieldChange.Fixed),
        new("channels", "channels d of a frame; of a series, the number of columns", 1, 1024, Change: FieldChange.Fixed),
        new("covariance", "temporal covariance γ: " + string.Join(", ", GaussianProcess.CovarianceFunctions.Known)),
        new("spatialCorrelation", "correlation r of neighbouring channels, Σ_ab ∝ s_a s_b r^|a−b|", -0.99, 0.99),
        new("meanAmplitude", "amplitude of the mean μ; 0 for a centred process", 0, 1e3),
        new("trainingSequences", "training sequences drawn from the process", 2, 10_000_000),
        new("csv", "CSV file of a series"),
        new("columns", "columns of the series, separated by commas"),
        new("stride", "steps between the starts of consecutive windows", 1, 1_000_000),
        new("testFraction", "last part of the series, in time, kept for judging", 0.01, 0.9),
        new("missing", "what to do about an empty cell", Choices: ["error", "drop", "fill"]),
        new("network", "diffusion transformer, or a 1-D convolutional U-Net, which heads, mlpRatio, attention and recompute do not concern", Choices: NetworkFields.Choices, Change: FieldChange.Fixed),
        new("width", "width D of the transformer; of a U-Net, channels of the first level, doubled from level to level", 8, 8192, Change: FieldChange.Fixed),
        new("depth", "number of blocks; of a U-Net, levels, each with half the frames of the one before", 1, MostBlocks, Change: FieldChange.Fixed),
        new("heads", "attention heads; must divide the width", 1, MostHeads, Change: FieldChange.Fixed),
        new("mlpRatio", "hidden width of the MLP as a multiple of the width", 0.25, 16, Change: FieldChange.Fixed),
        new("attention", "how blocks attend: plain softmax, as published; or with scores bounded by normalised queries and keys: exact, polynomial (time linear in the frames), or auto, the one predicted to be faster", Choices: AttentionFields.Choices, Change: FieldChange.Fixed),
        new("attentionError", "largest relative error of a weight of polynomial attention", 1e-12, 0.5),
        new("attentionBound", "bound R of the scores |q·k|/√d unless attention is plain; the larger, the more features: 1 to 2 for heads of 8, up to 4 for heads of 4 or less", 1e-3, 64),
        new("objective", "what the network predicts", Choices: ["noise", "x0", "v"]),
        new("minTime", "smallest diffusion time t0 trained and sampled", 1e-5, 1),
        new("maxTime", "largest diffusion time T trained, where sampling starts", 1, 30),
        new("timePower", "p of the training times u = v^p, v uniform in log-SNR; above 1, little noise is seen more often", 0.1, 10),
        new("steps", "optimiser steps", 1, 1e9, Change: FieldChange.Free),
        new("minutes", "time limit of training in minutes, 0 for none; where it would be missed, the learning rate comes down in time for it", 0, 1e6, Change: FieldChange.Free),
        new("batch", "sequences per step", 1, 65536),
        new("learningRate", "peak learning rate", 0, 10),
        new("finalLearningRate", "learning rate at the end, as a share of the peak", 0, 1),
        new("warmupSteps", "steps of linear warm-up", 0, 1e9),
        new("beta1", "AdamW's decay of the mean gradient", 0, 0.99999),
        new("beta2", "AdamW's decay of the mean squared gradient", 0, 0.9999999),
        new("weightDecay", "decoupled weight decay", 0, 10),
        new("clipNorm", "largest norm of the gradient, 0 for no limit", 0, 1e9),
        new("emaDecay", "decay of the moving average of the weights, reached after a warm-up; 0 for no average", 0, 0.9999999),
        new("seed", "seed of everything random", 0, long.MaxValue),
        new("threads", "threads, 0 for all processors; changes no result", 0, 4096, Change: FieldChange.Free),
        new("recompute", "compute the inner values of every block again in backward: less memory, a quarter more time; changes no result", Choices: s_flag, Change: FieldChange.Free),
        new("logEvery", "steps between two lines of the log", 1, 1e9, Change: FieldChange.Free),
        new("checkpointEvery", "steps between two checkpoints, 0 for one at the end only", 0, 1e9, Change: FieldChange.Free),
        new("keep", "checkpoints that are kept", 2, 1e6, Change: FieldChange.Free),
        new("sampler", "sampler that judges the run", Choices: Diffusion.Samplers.Names, Change: FieldChange.Free),
        new("samplerSteps", "steps of that sampler", 1, 100_000, Change: FieldChange.Free),
        new("samples", "samples drawn to judge the run", 2, 10_000_000, Change: FieldChange.Free),
        new("evaluationSequences", "fresh sequences per noise level on which the score is judged", 2, 10_000_000, Change: FieldChange.Free),
    ];

    /// <summary>Reads a configuration; fields that are absent take their default.</summary>
    /// <param name="json">A JSON object.</param>
    /// <param name="source">Name of the source, for messages.</param>
    /// <exception cref="ConfigurationException">Not JSON, or a field is unknown, duplicate, of the wrong kind or out of range.</exception>
    public static TrainingConfig Read(string json, string source) => Read(ConfigurationText.ToUtf8(json, source), source);

    /// <summary>Reads a configuration from UTF-8, with or without a byte order mark.</summary>
    /// <inheritdoc cref="Read(string, string)"/>
    public static TrainingConfig Read(ReadOnlySpan<byte> json, string source) =>
        FromJson(ConfigurationText.Parse(json, source), new TrainingConfig(), source);

    /// <summary>Reads a configuration from a file of at most 1 MiB.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="ConfigurationException">Not JSON, or a field is unknown, duplicate, of the wrong kind or out of range.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TrainingConfig ReadFile(string path, string source) => Read(ConfigurationText.ReadFile(path, source), source);

    /// <summary>The configuration with some fields given as text, as on a command line.</summary>
    /// <param name="config">Where to start from.</param>
    /// <param name="overrides">Field name (camelCase) and value.</param>
    /// <exception cref="ConfigurationException">A field is unknown, or its value is of the wrong kind or out of range.</exception>
    public static TrainingConfig With(TrainingConfig config, IEnumerable<KeyValuePair<string, string>> overrides)
    {
        JsonObject fields = [];
        foreach ((string name, string text) in overrides)
        {
            fields[name] = name == "columns" ? new JsonArray([.. text.Split(',').Select(column => JsonValue.Create(column.Trim()))])
                : Find(name, "options").IsFlag && bool.TryParse(text, out bool flag) ? JsonValue.Create(flag)
                : Find(name, "options").Minimum is null ? JsonValue.Create(text)
                : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? JsonValue.Create(whole)
                : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? JsonValue.Create(number)
                : JsonValue.Create(text);
        }

        return FromJson(fields, config, "options");
    }

    /// <summary>The configuration as JSON, every field written out.</summary>
    public static string Write(TrainingConfig config) => JsonSerializer.Serialize(config, TrainingConfigJson.Default.TrainingConfig);

    /// <summary>Checks every field's range, and the conditions between fields.</summary>
    /// <exception cref="ConfigurationException">A field is out of range; the message names it.</exception>
    public static void Validate(TrainingConfig config) => Validate(JsonNode.Parse(Write(config))!.AsObject(), config, "configuration");

    // Absent fields keep the value they have in `otherwise`: a generated reader would leave them zero.
    private static TrainingConfig FromJson(JsonObject given, TrainingConfig otherwise, string source)
    {
        JsonObject fields = JsonNode.Parse(Write(otherwise))!.AsObject();
        foreach ((string name, JsonNode? value) in given) fields[Find(name, source).Name] = value?.DeepClone();
        TrainingConfig config;
        try
        {
            config = fields.Deserialize(TrainingConfigJson.Default.TrainingConfig)!;
        }
        catch (JsonException e)
        {
            throw new ConfigurationException($"{source}: {WrongKind(fields, e)}", e);
        }

        Validate(JsonNode.Parse(fields.ToJsonString())!.AsObject(), config, source);
        return config;
    }

    private static void Validate(JsonObject fields, TrainingConfig config, string source)
    {
        foreach (TrainingField field in All)
        {
            JsonNode? value = fields[field.Name];
            if (field.Minimum is not null && !(value!.GetValue<double>() >= field.Minimum && value.GetValue<double>() <= field.Maximum))
            {
                throw Wrong(field, source, $"{value}");
            }

            if (field.Choices is not null && !field.Choices.Contains(value?.ToString()))
            {
                throw Wrong(field, source, $"'{value}'");
            }
        }

        bool isDiT = config.Network == NetworkFields.DiT;
        Require(!isDiT || config.Width % config.Heads == 0, $"heads: expected a divisor of width {config.Width}, got {config.Heads}");
        Require(!isDiT || config.Width % 2 == 0, $"width: expected an even number, got {config.Width}");
        Require(config.Data != "series" || config.Csv is not null, "csv: expected a file, since data is 'series'");
        if ((isDiT ? AttentionFields.Problem(config) : NetworkFields.Problem(config)) is { } problem) throw new ConfigurationException($"{source}: {problem}.");
        Require(!config.Columns.Any(string.IsNullOrEmpty), "columns: expected names, got an empty one");
        Require(config.Columns.Distinct().Count() == config.Columns.Count, "columns: expected every name once");
        void Require(bool condition, string message)
        {
            if (!condition) throw new ConfigurationException($"{source}: {message}.");
        }
    }

    // The description says what the number counts, in which unit.
    private static ConfigurationException Wrong(TrainingField field, string source, string got) =>
        new($"{source}: {field.Name}: expected {field.Range}, got {ConfigurationText.Shortened(got)} ({field.Description}).");

    private static TrainingField Find(string name, string source)
    {
        if (All.FirstOrDefault(field => field.Name == name) is { } found) return found;
        string[] names = [.. All.Select(field => field.Name)];
        throw new ConfigurationException(
            $"{source}: unknown field '{ConfigurationText.Shortened(name)}'"
            + (Nearest.To(name, names) is { } nearest ? $"; did you mean '{nearest}'?" : $"; the fields are {string.Join(", ", names)}."));
    }

    private static string WrongKind(JsonObject fields, JsonException e)
    {
        string name = (e.Path ?? "").TrimStart('$', '.').Split('[')[0];
        JsonPropertyInfo? property = TrainingConfigJson.Default.TrainingConfig.Properties.FirstOrDefault(p => p.Name == name);
        return property is null ? e.Message : $"{name}: expected {Kind(property.PropertyType)}, got {ConfigurationText.Shortened(fields[name]?.ToJsonString() ?? "null")}.";
    }

    private static string Kind(Type type) =>
        type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(double) ? "a number"
        : type == typeof(string) ? "text"
        : type == typeof(bool) ? "true or false"
        : "a list of texts";
}
