// The tables of the page on fast attention, out of the experiment `scaling`. Times are of the machine that it ran on.

using PureDit.Laboratory;

namespace PureDit.Book;

internal static class FastAttentionTables
{
    public static void Write(BookOutput output, ExperimentResult scaling)
    {
        if (scaling.Experiment != "scaling") return;
        ResultTable crossovers = scaling.Tables.Single(table => table.Name == "crossovers"), others = scaling.Tables.Single(table => table.Name == "others");
        output.Table(
            "linear-crossovers",
            [
                new("d"), new("ε"), new("degree"), new("features"), new("L* counted", "0"), new("L* planned", "0"), new("measured", "0"),
                new("both: planned", "0"), new("both: measured", "0"), new("at L", "0"), new("speed-up", "G3"), new("both: speed-up", "G3"),
            ],
            [.. crossovers.Rows.Select(row => (IReadOnlyList<object>)[.. row.Select((cell, i) => i is >= 4 and <= 9 ? Length(cell) : (object)ResultTable.Shown(cell))])]);
        output.Table(
            "linear-others", [new("d"), new("ε"), new("method"), new("features"), new("largest error"), new("time over polynomial's")],
            [.. others.Rows.Select(row => (IReadOnlyList<object>)[.. row.Select(cell => (object)(cell == "NaN" ? "–" : ResultTable.Shown(cell)))])]);
    }

    private static object Length(string cell) => cell == "NaN" ? "none" : Math.Round(double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture));
}
