using System.Text.Json;

namespace PureDit.Exhaustive;

/// <summary>What one part of the arguments of one function showed.</summary>
internal sealed record PartResult(
    string Function, int Part, int Parts, long Count, double LargestUlp, string At, long NotNearest, long DifferingWidths, double Seconds)
{
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, $"{Function}-{Part}-of-{Parts}.json"), JsonSerializer.Serialize(this));
    }

    public static IReadOnlyList<PartResult> Read(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*-of-*.json").Select(file => JsonSerializer.Deserialize<PartResult>(File.ReadAllText(file))!)];
}
