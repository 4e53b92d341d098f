// A table of results. Cells are text: numbers are written with all their digits, so that a CSV file holds what was
// measured, and are shortened only where people read them.

using System.Globalization;
using System.Text;

namespace PureDit.Laboratory;

/// <summary>A table of results.</summary>
/// <param name="Name">Name of its file.</param>
/// <param name="Columns">Headings.</param>
/// <param name="Rows">Rows, a cell per column.</param>
public sealed record ResultTable(string Name, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>A number as a cell, to all its digits.</summary>
    public static string Cell(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A cell for people: numbers to four digits, other text as it is.</summary>
    public static string Shown(string cell) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value.ToString("G4", CultureInfo.InvariantCulture)
            : cell;

    /// <summary>The table as CSV (RFC 4180, lines end in a line feed); cells with commas, quotes or breaks are quoted.</summary>
    /// <exception cref="InvalidOperationException">A row has more or fewer cells than there are columns.</exception>
    public string ToCsv()
    {
        StringBuilder csv = new();
        foreach (IReadOnlyList<string> row in Rows.Prepend(Columns))
        {
            if (row.Count != Columns.Count) throw new InvalidOperationException($"{Name}: expected {Columns.Count} cells in each row, got {row.Count}.");
            csv.AppendJoin(',', row.Select(Quoted)).Append('\n');
        }

        return csv.ToString();
    }

    private static string Quoted(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
