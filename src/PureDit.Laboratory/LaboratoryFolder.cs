// What a run of the laboratory leaves behind: per experiment NAME.json (the whole result, which a later run reuses),
// NAME-TABLE.csv and NAME-FIGURE.svg; of all together criteria.csv and report.html.

using System.Text;
using System.Text.Json;
using PureDit.Formats;

namespace PureDit.Laboratory;

/// <summary>The folder of a run of the laboratory.</summary>
public sealed class LaboratoryFolder
{
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

    /// <summary>A finished experiment; null where there is none, it had other options, or its file is damaged.</summary>
    /// <param name="experiment">Name of the experiment.</param>
    /// <param name="options">The options it must have had.</param>
    public FinishedExperiment? Read(string experiment, ExperimentOptions options)
    {
        string path = Path.Combine(FolderPath, experiment + ".json");
        if (!File.Exists(path)) return null;
        try
        {
            FinishedExperiment? found = JsonSerializer.Deserialize(File.ReadAllText(path), LaboratoryJson.Default.FinishedExperiment);
            return found is { Result: not null } && found.Result.Options == options ? found with { Reused = true } : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null; // it is run again and replaced
        }
    }

    /// <summary>Writes the tables, the figures and, last, the result of an experiment.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Write(FinishedExperiment done)
    {
        ArgumentNullException.ThrowIfNull(done);
        ExperimentResult result = done.Result;
        foreach (ResultTable table in result.Tables) Save($"{result.Experiment}-{table.Name}.csv", table.ToCsv());
        foreach (ResultFigure figure in result.Figures) Save($"{result.Experiment}-{figure.Name}.svg", figure.Svg);
        Save(result.Experiment + ".json", JsonSerializer.Serialize(done, LaboratoryJson.Default.FinishedExperiment) + "\n");
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
