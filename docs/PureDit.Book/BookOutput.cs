// Files that chapters produce: docs/figures/*.svg, docs/results/*.json and *.txt. Numbers are rounded to six digits,
// so that a rerun whose result is the same to six digits leaves no change.

using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PureDit.Book;

/// <summary>A column of a table.</summary>
/// <param name="Name">Heading.</param>
/// <param name="Format">Format of its numbers, as of <see cref="double.ToString(string)"/>.</param>
public sealed record TableColumn(string Name, string Format = "G4");

/// <summary>Where chapters write.</summary>
public sealed class BookOutput(string docsFolder)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly List<string> _written = [];

    /// <summary>Files written so far, relative to the docs folder.</summary>
    public IReadOnlyList<string> Written => _written;

    /// <summary>Writes docs/figures/NAME.svg.</summary>
    public void Figure(string name, string svg) => Write($"figures/{name}.svg", svg);

    /// <summary>Writes docs/results/NAME.txt: a program's real output.</summary>
    public void Text(string name, string text) => Write($"results/{name}.txt", text.ReplaceLineEndings("\n").TrimEnd() + "\n");

    /// <summary>Writes docs/results/NAME.json: numbers and strings by key, for number markers.</summary>
    public void Numbers(string name, params IReadOnlyList<(string Key, object Value)> values)
    {
        JsonObject json = [];
        foreach ((string key, object value) in values) json[key] = Value(value);
        Write($"results/{name}.json", json.ToJsonString(s_json) + "\n");
    }

    /// <summary>Writes docs/results/NAME.json: a table, for table markers. Cells are strings, integers or doubles.</summary>
    public void Table(string name, IReadOnlyList<TableColumn> columns, IReadOnlyList<IReadOnlyList<object>> rows)
    {
        foreach (IReadOnlyList<object> row in rows)
        {
            if (row.Count != columns.Count) throw new ArgumentException($"rows: expected {columns.Count} cells, got {row.Count}.", nameof(rows));
        }

        JsonArray head = [.. columns.Select(c => (JsonNode)new JsonObject { ["name"] = c.Name, ["format"] = c.Format })];
        JsonArray body = [.. rows.Select(r => (JsonNode)new JsonArray([.. r.Select(Value)]))];
        Write($"results/{name}.json", new JsonObject { ["columns"] = head, ["rows"] = body }.ToJsonString(s_json) + "\n");
    }

    private static JsonNode? Value(object value) => value switch
    {
        string text => JsonValue.Create(text),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        double number when double.IsFinite(number) => JsonValue.Create(double.Parse(number.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)),
        double number => JsonValue.Create(number.ToString(CultureInfo.InvariantCulture)),
        float number => Value((double)number),
        _ => throw new ArgumentException($"value: expected a string, an integer or a real number, got {value.GetType().Name}.", nameof(value)),
    };

    private void Write(string file, string text)
    {
        string path = Path.Combine(docsFolder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        _written.Add(file);
    }
}
