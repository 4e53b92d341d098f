// Regions of source code that pages quote:   // [doc:name]  …  // [/doc:name]   on lines of their own.
// Names are unique in the repository; regions may nest, and inner markers do not show.

using System.Text.RegularExpressions;

namespace PureDit.Book;

/// <summary>A quotable region.</summary>
/// <param name="Path">File, relative to the repository, with forward slashes.</param>
/// <param name="Lines">Its lines, without their common indentation.</param>
public sealed record CodeRegion(string Path, IReadOnlyList<string> Lines);

/// <summary>All regions by name.</summary>
public sealed partial class CodeRegions
{
    private readonly Dictionary<string, CodeRegion> _regions = [];
    private readonly List<string> _problems = [];

    /// <summary>Regions by name.</summary>
    public IReadOnlyDictionary<string, CodeRegion> ByName => _regions;

    /// <summary>Names used twice, regions left open or closed without a beginning.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Adds the regions of one file.</summary>
    public void Add(string path, string source)
    {
        Dictionary<string, List<string>> open = [];
        string[] lines = source.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            Match marker = Marker().Match(lines[i]);
            if (!marker.Success)
            {
                foreach (List<string> body in open.Values) body.Add(lines[i]);
                continue;
            }

            string name = marker.Groups["name"].Value;
            if (marker.Groups["end"].Length == 0)
            {
                if (!open.TryAdd(name, [])) _problems.Add($"{path}:{i + 1}: region '{name}' begins twice.");
            }
            else if (!open.Remove(name, out List<string>? body))
            {
                _problems.Add($"{path}:{i + 1}: region '{name}' ends but does not begin.");
            }
            else if (!_regions.TryAdd(name, new CodeRegion(path, Dedent(body))))
            {
                _problems.Add($"{path}:{i + 1}: region '{name}' is also in {_regions[name].Path}; names are unique.");
            }
        }

        foreach (string name in open.Keys) _problems.Add($"{path}: region '{name}' has no end.");
    }

    private static List<string> Dedent(List<string> lines)
    {
        int indent = lines.Where(l => l.Trim().Length > 0).Select(l => l.Length - l.TrimStart().Length).DefaultIfEmpty(0).Min();
        List<string> body = [.. lines.Select(l => l.Length >= indent ? l[indent..].TrimEnd() : "")];
        while (body.Count > 0 && body[0].Length == 0) body.RemoveAt(0);
        while (body.Count > 0 && body[^1].Length == 0) body.RemoveAt(body.Count - 1);
        return body;
    }

    [GeneratedRegex(@"^\s*//\s*\[(?<end>/?)doc:(?<name>[a-z0-9-]+)\]\s*$")]
    private static partial Regex Marker();
}
