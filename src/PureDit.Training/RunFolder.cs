// What a run leaves behind:  config.json, log.jsonl (one report per line), checkpoints, weights.safetensors,
// evaluation.json and report.html. A new run never takes a folder that exists; every file but the log is written whole
// or not at all.

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PureDit.Formats;

namespace PureDit.Training;

/// <summary>The folder of a run.</summary>
public sealed partial class RunFolder
{
    private const string Runs = "runs";

    private RunFolder(string path) => FolderPath = path;

    /// <summary>Path of the folder.</summary>
    public string FolderPath { get; }

    /// <summary>The configuration, every field written out.</summary>
    public string ConfigPath => Path.Combine(FolderPath, "config.json");

    /// <summary>The log, one JSON object per line.</summary>
    public string LogPath => Path.Combine(FolderPath, "log.jsonl");

    /// <summary>The averaged weights, with everything needed to sample from them.</summary>
    public string WeightsPath => Path.Combine(FolderPath, "weights.safetensors");

    /// <summary>The last evaluation.</summary>
    public string EvaluationPath => Path.Combine(FolderPath, "evaluation.json");

    /// <summary>The report, one self-contained page.</summary>
    public string ReportPath => Path.Combine(FolderPath, "report.html");

    /// <summary>The checkpoints; a <see cref="CheckpointFolder"/>.</summary>
    public string CheckpointsPath => Path.Combine(FolderPath, "checkpoints");

    /// <summary>Checks, before any work is done, that a run of a name can be created.</summary>
    /// <exception cref="ConfigurationException">The name cannot be a folder's name, or the run exists already.</exception>
    public static void CheckName(string under, string name)
    {
        if (!SafeName().IsMatch(name) || name.EndsWith('.') || DeviceName().IsMatch(name))
        {
            throw new ConfigurationException(
                $"run: expected a name of 1 to 100 letters, digits, '.', '_' or '-' that begins with a letter or digit, does not end in '.' and is no device of Windows, got '{name}'.");
        }

        if (Path.Combine(under, Runs, name) is { } path && (Directory.Exists(path) || File.Exists(path)))
        {
            throw new ConfigurationException($"run: {path} exists already; choose another name or remove it.");
        }
    }

    /// <summary>Creates runs/NAME under a folder, with its configuration. Of several who try at once, one succeeds.</summary>
    /// <param name="under">Where the folder <c>runs</c> is or will be.</param>
    /// <param name="name">Name of the run; null for the first free one of PREFIX-001, PREFIX-002, …</param>
    /// <param name="config">The configuration of the run.</param>
    /// <param name="prefix">What such names begin with; null for the data.</param>
    /// <exception cref="ConfigurationException">The name cannot be a folder's name, or the run exists already.</exception>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static RunFolder Create(string under, string? name, TrainingConfig config, string? prefix = null)
    {
        string runs = Path.Combine(under, Runs);
        if (name is not null)
        {
            CheckName(under, name);
            return TryCreate(Path.Combine(runs, name), config) ?? throw new ConfigurationException($"run: {name} was created by another process just now.");
        }

        for (int number = 1; ; number++)
        {
            string path = Path.Combine(runs, string.Create(CultureInfo.InvariantCulture, $"{prefix ?? config.Data}-{number:D3}"));
            if (!Directory.Exists(path) && !File.Exists(path) && TryCreate(path, config) is { } folder) return folder;
        }
    }

    // The folder gets its name when its configuration is in it: a rename never replaces a folder that holds something, so one
    // process alone creates a run, and none is ever seen without its configuration.
    private static RunFolder? TryCreate(string path, TrainingConfig config)
    {
        string temporary = TemporaryFile.For(path);
        Directory.CreateDirectory(temporary);
        try
        {
            new RunFolder(temporary).WriteConfig(config);
            Directory.Move(temporary, path);
            return new RunFolder(path);
        }
        catch (IOException) when (File.Exists(new RunFolder(path).ConfigPath))
        {
            return null;
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>Opens a run by its path, or by its name in runs/ under a folder.</summary>
    /// <exception cref="ConfigurationException">There is no such run; the message lists those there are.</exception>
    public static RunFolder Open(string under, string nameOrPath)
    {
        foreach (string path in new[] { Path.Combine(under, Runs, nameOrPath), Path.Combine(under, nameOrPath) })
        {
            if (File.Exists(Path.Combine(path, "config.json"))) return new RunFolder(path);
        }

        string runs = Path.Combine(under, Runs);
        string[] known = Directory.Exists(runs) ? Array.FindAll(Array.ConvertAll(Directory.GetDirectories(runs), d => Path.GetFileName(d)!), SafeName().IsMatch) : [];
        throw new ConfigurationException(known.Length == 0
            ? $"run: no run '{nameOrPath}', and no runs in {runs}."
            : $"run: no run '{nameOrPath}' in {runs}; there are {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
    }

    /// <summary>Writes the configuration.</summary>
    public void WriteConfig(TrainingConfig config) => WriteText(ConfigPath, TrainingFields.Write(config) + "\n");

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="ConfigurationException">It is not a valid configuration.</exception>
    public TrainingConfig ReadConfig() => TrainingFields.ReadFile(ConfigPath, ConfigPath);

    /// <summary>Opens the log for appending; the caller disposes of it.</summary>
    /// <param name="lastStep">Lines of later steps are cut off first: they will be written again.</param>
    public LogFile OpenLog(long lastStep = long.MaxValue) => LogFile.Open(LogPath, lastStep);

    /// <summary>Removes files that killed processes were writing here.</summary>
    public void RemoveStaleFiles() => TemporaryFile.RemoveStale(FolderPath, DiskFiles.Managed);

    /// <summary>One line of the log.</summary>
    public static string LogLine(TrainingProgress progress) => JsonSerializer.Serialize(progress, LogJson.Default.TrainingProgress);

    /// <summary>A line of the log; null where the process ended while it wrote the line.</summary>
    internal static TrainingProgress? Report(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, LogJson.Default.TrainingProgress);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads the log; an incomplete last line is passed over.</summary>
    public IReadOnlyList<TrainingProgress> ReadLog()
    {
        List<TrainingProgress> log = [];
        if (!File.Exists(LogPath)) return log;
        foreach (string line in File.ReadLines(LogPath))
        {
            if (Report(line) is not { } report) break;
            log.Add(report);
        }

        return log;
    }

    /// <summary>Writes an evaluation.</summary>
    public void WriteEvaluation(EvaluationResult result) =>
        WriteText(EvaluationPath, JsonSerializer.Serialize(result, TrainingJson.Default.EvaluationResult) + "\n");

    /// <summary>Reads the last evaluation.</summary>
    /// <exception cref="IOException">There is none.</exception>
    /// <exception cref="ConfigurationException">The file is damaged.</exception>
    public EvaluationResult ReadEvaluation()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(EvaluationPath), TrainingJson.Default.EvaluationResult)
                ?? throw new ConfigurationException($"{EvaluationPath}: expected an evaluation, got null; run evaluate again.");
        }
        catch (JsonException e)
        {
            throw new ConfigurationException($"{EvaluationPath}: not an evaluation ({e.Message}); run evaluate again.", e);
        }
    }

    /// <summary>Writes the report.</summary>
    public void WriteReport(string html) => WriteText(ReportPath, html);

    private static void WriteText(string path, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        AtomicFile.Write(path, stream => stream.Write(bytes), bytes.Length);
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    private static partial Regex SafeName();

    [GeneratedRegex(@"^(CON|PRN|AUX|NUL|(COM|LPT)[0-9])(\.|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DeviceName();
}
