// One page of the book, brought into agreement with its sources. Generated parts stand at markers:
//
//   <!-- code: name -->                 followed by a fence and a link to the file        a region of source code
//   <!-- table: name --> … <!-- /table -->                                    docs/results/name.json, as a table
//   <!-- output: name --> … <!-- /output -->                                  docs/results/name.txt, as it is
//   <!-- number: name#key format -->…<!-- /number -->                         one value of docs/results/name.json
//
// Markers inside ordinary fences are left alone, so a page can show them.

using System.Text.RegularExpressions;

namespace PureDit.Book;

/// <summary>Where generated parts come from.</summary>
/// <param name="Regions">Regions of source code by name.</param>
/// <param name="Result">Text of a file in docs/results, or null where there is none.</param>
public sealed record BookSources(IReadOnlyDictionary<string, CodeRegion> Regions, Func<string, string?> Result);

/// <summary>A page after its generated parts were rewritten.</summary>
/// <param name="Text">The page as it should be.</param>
/// <param name="Problems">Markers that cannot be filled.</param>
/// <param name="Stale">Generated parts whose text was different.</param>
public sealed record SyncedPage(string Text, IReadOnlyList<string> Problems, IReadOnlyList<string> Stale);

/// <summary>Rewrites the generated parts of a page.</summary>
public sealed partial class Page
{
    private readonly string _path;
    private readonly string[] _lines;
    private readonly BookSources _sources;
    private readonly List<string> _out = [];
    private readonly List<string> _problems = [];
    private readonly List<string> _stale = [];
    private int _at;

    private Page(string path, string text, BookSources sources)
    {
        (_path, _sources) = (path, sources);
        _lines = text.ReplaceLineEndings("\n").Split('\n');
    }

    /// <summary>Rewrites a page.</summary>
    /// <param name="path">Its path relative to the repository, with forward slashes.</param>
    /// <param name="text">Its text.</param>
    /// <param name="sources">Where generated parts come from.</param>
    public static SyncedPage Sync(string path, string text, BookSources sources)
    {
        Page page = new(path, text, sources);
        while (page._at < page._lines.Length) page.Step();
        return new SyncedPage(string.Join('\n', page._out), page._problems, page._stale);
    }

    private void Step()
    {
        string line = _lines[_at];
        if (IsFence(line))
        {
            _out.AddRange(TakeFence());
            return;
        }

        Match marker = BlockMarker().Match(line);
        if (!marker.Success)
        {
            _out.Add(NumberMarker().Replace(line, Number));
            if (InlineCode().Replace(NumberMarker().Replace(line, ""), "").Contains("<!-- number:", StringComparison.Ordinal)) Problem(_at, "a number's marker and its end are not on one line");
            _at++;
            return;
        }

        (string kind, string name) = (marker.Groups["kind"].Value, marker.Groups["name"].Value);
        int begin = _at++;
        _out.Add(line);
        if (kind == "code") Code(name, begin);
        else Block(kind, name, begin);
    }

    private void Code(string name, int begin)
    {
        List<string> old = [];
        if (NextIs(IsFence)) old.AddRange(TakeFence());
        if (NextIs(l => l.StartsWith("<sub>[", StringComparison.Ordinal))) old.Add(_lines[_at++]);
        if (!_sources.Regions.TryGetValue(name, out CodeRegion? region))
        {
            Problem(begin, $"no region '{name}' in the source code");
            _out.AddRange(old);
            return;
        }

        Replace($"code '{name}'", begin, old, ["```csharp", .. region.Lines, "```", $"<sub>[{region.Path}]({Relative(region.Path)})</sub>"]);
    }

    private void Block(string kind, string name, int begin)
    {
        string closing = $"<!-- /{kind} -->";
        int end = Array.FindIndex(_lines, begin + 1, l => l.Trim() == closing);
        if (end < 0)
        {
            Problem(begin, $"{kind} '{name}' has no {closing}");
            return;
        }

        string[] old = _lines[(begin + 1)..end];
        _at = end + 1;
        string file = kind == "table" ? $"{name}.json" : $"{name}.txt";
        try
        {
            string result = _sources.Result(file) ?? throw new FormatException($"no file docs/results/{file}");
            // The blank line lets a table begin after the marker.
            string[] body = kind == "table" ? ["", .. Results.Table(result), ""] : ["```text", .. result.ReplaceLineEndings("\n").TrimEnd().Split('\n'), "```"];
            Replace($"{kind} '{name}'", begin, old, body);
        }
        catch (FormatException problem)
        {
            Problem(begin, problem.Message);
            _out.AddRange(old);
        }

        _out.Add(closing);
    }

    private string Number(Match marker)
    {
        (string name, string key, string format) = (marker.Groups["name"].Value, marker.Groups["key"].Value, marker.Groups["format"].Value);
        try
        {
            string result = _sources.Result($"{name}.json") ?? throw new FormatException($"no file docs/results/{name}.json");
            string value = Results.Number(result, key, format.Length > 0 ? format : "G4");
            if (value != marker.Groups["old"].Value) _stale.Add($"{_path}:{_at + 1}: number '{name}#{key}' is {marker.Groups["old"].Value}, its source says {value}.");
            return $"{marker.Groups["open"].Value}{value}<!-- /number -->";
        }
        catch (FormatException problem)
        {
            Problem(_at, problem.Message);
            return marker.Value;
        }
    }

    private void Replace(string what, int line, IReadOnlyList<string> old, IReadOnlyList<string> body)
    {
        if (!old.SequenceEqual(body)) _stale.Add($"{_path}:{line + 1}: {what} differs from its source.");
        _out.AddRange(body);
    }

    private void Problem(int line, string what) => _problems.Add($"{_path}:{line + 1}: {what}.");

    // Moves past blank lines to a line that belongs to the marker; if the next line does not, stays.
    private bool NextIs(Func<string, bool> belongs)
    {
        int next = _at;
        while (next < _lines.Length && _lines[next].Trim().Length == 0) next++;
        if (next >= _lines.Length || !belongs(_lines[next])) return false;
        _at = next;
        return true;
    }

    private List<string> TakeFence()
    {
        string opening = _lines[_at].TrimStart();
        string ticks = opening[..(opening.Length - opening.TrimStart(opening[0]).Length)];
        List<string> fence = [_lines[_at++]];
        while (_at < _lines.Length)
        {
            fence.Add(_lines[_at]);
            if (_lines[_at++].Trim() == ticks) break;
        }

        return fence;
    }

    private string Relative(string path) =>
        string.Concat(Enumerable.Repeat("../", _path.Count(c => c == '/'))) + path;

    private static bool IsFence(string line) =>
        line.TrimStart() is var start && (start.StartsWith("```", StringComparison.Ordinal) || start.StartsWith("~~~", StringComparison.Ordinal));

    [GeneratedRegex(@"^\s*<!-- (?<kind>code|table|output): (?<name>[a-z0-9-]+) -->\s*$")]
    private static partial Regex BlockMarker();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"(?<open><!-- number: (?<name>[a-z0-9-]+)#(?<key>[^ ]+)( (?<format>[^ ]+))? -->)(?<old>.*?)<!-- /number -->")]
    private static partial Regex NumberMarker();
}
