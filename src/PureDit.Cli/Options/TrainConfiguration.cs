using PureDit.Training;

namespace PureDit.Cli;

/// <summary>The configuration that a <c>train</c> command line asks for.</summary>
internal static class TrainConfiguration
{
    private const string Process = "gp", Series = "series";
    private static readonly string[] OfProcess = ["covariance", "spatialCorrelation", "meanAmplitude", "trainingSequences"];
    private static readonly string[] OfSeries = ["csv", "columns", "stride", "testFraction", "missing"];
    private static readonly string[] OfTransformer = ["heads", "mlpRatio", "attention", "attentionError", "attentionBound", "recompute"];
    private static readonly string[] OfBoundedAttention = ["attentionError", "attentionBound"];

    /// <summary>Defaults or a file, with the given fields put over them.</summary>
    /// <param name="host">Where relative paths start.</param>
    /// <param name="what">gp, series or the path of a configuration.</param>
    /// <param name="given">Fields of the command line.</param>
    /// <exception cref="ConfigurationException">A field is unknown, out of range, or does not apply.</exception>
    /// <exception cref="UsageException">There is nothing of that name.</exception>
    public static TrainingConfig Read(CliHost host, string what, Dictionary<string, string> given) => Over(host, Base(host, what), given);

    /// <summary>A configuration with the given fields put over it.</summary>
    /// <inheritdoc cref="Read(CliHost, string, Dictionary{string, string})"/>
    public static TrainingConfig Over(CliHost host, TrainingConfig config, Dictionary<string, string> given)
    {
        string? stray = (config.Data == Process ? OfSeries : OfProcess).FirstOrDefault(given.ContainsKey);
        if (stray is not null)
        {
            throw new ConfigurationException($"options: {stray}: has no meaning for data '{config.Data}'.");
        }

        if (config.Data == Series)
        {
            if (given.ContainsKey("channels")) throw new ConfigurationException("options: channels: follows from columns for data 'series'.");
            if (given.TryGetValue("csv", out string? csv)) given["csv"] = host.FullPath(csv);
            if (config.Csv is null && csv is null) throw new UsageException("train series: expected --csv FILE", "puredit train series --csv FILE --columns A,B --window 32");
        }

        config = TrainingFields.With(config with { Csv = config.Csv is null ? given.GetValueOrDefault("csv") : host.FullPath(config.Csv) }, given);
        if (config.Network == "unet" && OfTransformer.FirstOrDefault(given.ContainsKey) is { } foreign)
        {
            throw new ConfigurationException($"options: {foreign}: has no meaning for network 'unet'.");
        }

        if (config.Attention == "plain" && OfBoundedAttention.FirstOrDefault(given.ContainsKey) is { } idle)
        {
            throw new ConfigurationException($"options: {idle}: has no meaning for attention 'plain'; add --attention auto.");
        }

        return config;
    }

    private static TrainingConfig Base(CliHost host, string what)
    {
        if (what is Process or Series) return new TrainingConfig { Data = what };
        string path = host.FullPath(what);
        if (!File.Exists(path) && !what.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            string hint = Nearest.To(what, [Process, Series]) is { } nearest ? $"did you mean {nearest}?" : "puredit train --help";
            throw new UsageException($"train: expected gp, series or the path of a configuration, got '{what}'", hint);
        }

        return TrainingFields.ReadFile(path, what);
    }
}
