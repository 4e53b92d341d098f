// What finished full-size runs of the laboratory found: hours of work, taken from the folders that they left.

using System.Text.Json;
using System.Text.Json.Serialization;
using PureDit.Laboratory;

namespace PureDit.Book;

/// <summary>Writes the table of the experiments that were run at full size.</summary>
public static class FullSize
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Reads the results in some folders, in this order, and writes their criteria.</summary>
    public static void Write(IEnumerable<string> folders, BookOutput output)
    {
        FinishedExperiment[] all = [.. folders.SelectMany(folder => Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal)).Select(Read)];
        if (Array.Find(all, done => done.Result.Options.Quick) is { } quick) throw new ArgumentException($"{quick.Result.Experiment}: expected a full run, got a quick one.", nameof(folders));
        output.Table(
            "lab-full-criteria",
            [new("experiment"), new("seeds", "0"), new("minutes", "F0"), new("criterion"), new("measured", "G3"), new("bound"), new("verdict"), new("control", "G3"), new("floor", "G3")],
            [.. all.SelectMany(done => done.Result.Criteria.Select((c, i) => (IReadOnlyList<object>)
            [
                i == 0 ? done.Result.Experiment : "", i == 0 ? done.Result.Options.Seeds : "", i == 0 ? done.Seconds / 60 : "",
                c.Name, c.Value, c.BoundText, c.Verdict, c.Control is { } control ? control : "–", c.Floor is { } floor ? floor : "–",
            ]))]);
        output.Numbers(
            "lab-full-run",
            ("experiments", all.Length), ("criteria", all.Sum(done => done.Result.Criteria.Count)),
            ("passed", all.Sum(done => done.Result.Criteria.Count(c => c.Pass))), ("hours", all.Sum(done => done.Seconds) / 3600));
    }

    private static FinishedExperiment Read(string path) =>
        JsonSerializer.Deserialize<FinishedExperiment>(File.ReadAllText(path), s_json) ?? throw new JsonException($"{path}: no result.");
}
