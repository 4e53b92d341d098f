// What a run of the laboratory leaves behind: per experiment NAME.json (the whole result, which a later run reuses),
// NAME-TABLE.csv and NAME-FIGURE.svg; of all together criteria.csv and report.html. Until an experiment is finished, what
// it has trained lies in unfinished/NAME/CODE/NETWORK, ordinary checkpoints, which a later run of the same code goes on from.

using System.Text;
using System.Text.Json;
using PureDit.Formats;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>The folder of a run of the laboratory.</summary>
public sealed class LaboratoryFolder
{
    private const string Unfinished = "unfinished";

    /// <summary>Creates or opens a folder.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public LaboratoryFolder(string path) => FolderPath = Directory.CreateDirectory(path).FullName;

    /// <summary>Path of the folder.</summary>
    public string FolderPath { get; }

    /// <summary>The page.</summary>
    public string ReportPath => Path.Combine(FolderPath, "report.html");

    /// <summary>The first free one of UNDER/PREFIX-001, UNDER/PREFIX-002, ….</summary>
    public static string FirstFree(string under, string prefix)
    {
        int number = 1;
        while (Path.Exists(Path.Combine(under, $"{prefix}-{number:D3}"))) number++;
        return Path.Combine(under, $"{prefix}-{number:D3}");
    }

    /// <summary>A finished experiment; null where there is none, it had other options or was made by other code, or its file is damaged.</summary>
    /// <param name="experiment">Name of the experiment.</param>
    /// <param name="options">The options it must have had.</param>
    /// <param name="notices">Is told of what is there and cannot be used because of the code.</param>
    public FinishedExperiment? Read(string experiment, ExperimentOptions options, IProgress<string>? notices = null)
    {
        string path = Path.Combine(FolderPath, experiment + ".json");
        if (!File.Exists(path)) return null;
        try
        {
            FinishedExperiment? found = JsonSerializer.Deserialize(File.ReadAllText(path), LaboratoryJson.Default.FinishedExperiment);
            if (found is not { Result: not null } || found.Result.Options != options) return null;
            if (found.Code == LaboratoryCode.Identity) return found with { Reused = true };
            notices?.Report($"{path} was made by other code ({found.Code ?? "of no name"}, this is {LaboratoryCode.Identity}): {experiment} is run again");
            return null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null; // it is run again and replaced
        }
    }

    /// <summary>Opens the checkpoints of a network of an unfinished experiment; made if there are none by this code.</summary>
    /// <param name="experiment">Name of the experiment.</param>
    /// <param name="network">Name of the network, the experiment's own.</param>
    /// <param name="notices">Is told of checkpoints that are damaged or cannot be written.</param>
    /// <exception cref="RunInUseException">Another run has it open.</exception>
    /// <exception cref="IOException">It cannot be made or written to.</exception>
    public CheckpointFolder Checkpoints(string experiment, string network, IProgress<string>? notices = null) =>
        CheckpointFolder.Open(Path.Combine(FolderPath, Unfinished, experiment, LaboratoryCode.Identity, network), new() { Notices = notices });

    /// <summary>Writes the tables, the figures and the result of an experiment; then what it had trained is no longer kept.</summary>
    /// <exception cref="IOException">A file cannot be written or removed.</exception>
    public void Write(FinishedExperiment done)
    {
        ArgumentNullException.ThrowIfNull(done);
        ExperimentResult result = done.Result;
        foreach (ResultTable table in result.Tables) Save($"{result.Experiment}-{table.Name}.csv", table.ToCsv());
        foreach (ResultFigure figure in result.Figures) Save($"{result.Experiment}-{figure.Name}.svg", figure.Svg);
        Save(result.Experiment + ".json", JsonSerializer.Serialize(done, LaboratoryJson.Default.FinishedExperiment) + "\n");
        string unfinished = Path.Combine(FolderPath, Unfinished), trained = Path.Combine(unfinished, result.Experiment);
        if (!Directory.Exists(trained)) return;
        Directory.Delete(trained, recursive: true);
        if (!Directory.EnumerateFileSystemEntries(unfinished).Any()) Directory.Delete(unfinished);
    }

    /// <summary>Writes criteria.csv and the page.</summary>
    /// <param name="done">The experiments.</param>
    /// <param name="html">The page.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Write(IReadOnlyList<FinishedExperiment> done, string html)
    {
        ArgumentNullException.ThrowIfNull(done);
        Save("criteria.csv", LaboratoryReport.Criteria(done).ToCsv());
        Save("report.html", html);
    }

    private void Save(string file, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        AtomicFile.Write(Path.Combine(FolderPath, file), stream => stream.Write(bytes), bytes.Length);
    }
}
