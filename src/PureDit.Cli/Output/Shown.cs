// How values look on the screen. Names out of files are shown with control, format and direction characters spelt out:
// raw, they could move the cursor, forge lines or reverse the text after them.

using System.Globalization;
using System.Text;
using Spectre.Console;

namespace PureDit.Cli;

/// <summary>Text, numbers and tables for people.</summary>
internal static class Shown
{

    /// <summary>Text out of a file, made harmless.</summary>
    public static string Name(string text)
    {
        StringBuilder shown = new();
        foreach (char c in text)
        {
            bool hidden = char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
            if (hidden) shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else shown.Append(c);
        }

        return shown.ToString();
    }

    /// <summary>A number to three significant digits; whole from a thousand on.</summary>
    public static string Number(double value) => value.ToString(Math.Abs(value) >= 1000 ? "#,0" : "G3", CultureInfo.InvariantCulture);

    /// <summary>A duration that has passed: 12.3 s, or 2:05 from a minute on.</summary>
    public static string Duration(double seconds) =>
        seconds < 60 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s") : Time(seconds);

    /// <summary>A duration on a clock, 2:05 or 1:02:05.</summary>
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
