// How values look on the screen. Names out of files are shown with control, format and direction characters spelt out:
// raw, they could move the cursor, forge lines or reverse the text after them.

using System.Globalization;
using System.Text;
using Spectre.Console;

namespace PureDit.Cli;

/// <summary>Text, numbers and tables for people.</summary>
internal static class Shown
{
    private const int LongestName = 256;

    /// <summary>Text out of a file, made harmless and cut to a readable length.</summary>
    public static string Name(string text)
    {
        StringBuilder shown = new();
        foreach (char c in text)
        {
            if (shown.Length >= LongestName) return shown.Append('…').ToString();
            bool hidden = char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
            if (hidden) shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else shown.Append(c);
        }

        return shown.ToString();
    }

    /// <summary>A number to three significant digits.</summary>
    public static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    /// <summary>A duration, 2:05 or 1:02:05.</summary>
    public static string Time(double seconds)
    {
        TimeSpan time = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 1e9));
        return time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
    }

    /// <summary>An empty table: the first column names, the others hold numbers.</summary>
    public static Table Table(params ReadOnlySpan<string> columns)
    {
        Table table = new() { Border = TableBorder.Simple };
        foreach (string column in columns)
        {
            TableColumn added = new(new Text(column)) { NoWrap = true };
            table.AddColumn(table.Columns.Count == 0 ? added : added.RightAligned());
        }

        return table;
    }
}
