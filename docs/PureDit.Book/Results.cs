// Result files as text for pages: a table as Markdown, or one value by its key (a.b.2: names and positions).

using System.Globalization;
using System.Text.Json;

namespace PureDit.Book;

internal static class Results
{
    public static IReadOnlyList<string> Table(string json)
    {
        using JsonDocument document = Parse(json);
        if (!document.RootElement.TryGetProperty("columns", out JsonElement columns) || !document.RootElement.TryGetProperty("rows", out JsonElement rows))
        {
            throw new FormatException("the result is not a table (no columns and rows)");
        }

        string[] names = [.. columns.EnumerateArray().Select(c => Cell(c.GetProperty("name").GetString()!))];
        string[] formats = [.. columns.EnumerateArray().Select(c => c.GetProperty("format").GetString()!)];
        bool[] numeric = [.. formats.Select((_, c) => rows.EnumerateArray().Any(r => r[c].ValueKind == JsonValueKind.Number))];
        List<string> lines = ["| " + string.Join(" | ", names) + " |", "|" + string.Concat(numeric.Select(n => n ? "--:|" : "---|"))];
        foreach (JsonElement row in rows.EnumerateArray())
        {
            lines.Add("| " + string.Join(" | ", row.EnumerateArray().Select((cell, c) => Cell(Text(cell, formats[c])))) + " |");
        }

        return lines;
    }

    public static string Number(string json, string key, string format)
    {
        using JsonDocument document = Parse(json);
        JsonElement at = document.RootElement;
        foreach (string part in key.Split('.'))
        {
            if (at.ValueKind == JsonValueKind.Array && int.TryParse(part, CultureInfo.InvariantCulture, out int index) && index >= 0 && index < at.GetArrayLength()) at = at[index];
            else if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(part, out JsonElement inner)) at = inner;
            else throw new FormatException($"no value '{key}' in the result (stopped at '{part}')");
        }

        return Text(at, format);
    }

    private static string Text(JsonElement value, string format) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble().ToString(format, CultureInfo.InvariantCulture),
        JsonValueKind.String => value.GetString()!,
        _ => throw new FormatException($"expected a number or a string, got {value.ValueKind}"),
    };

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static JsonDocument Parse(string json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException problem)
        {
            throw new FormatException($"the result is not JSON ({problem.Message})", problem);
        }
    }
}
