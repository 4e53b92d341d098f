// The table of the book: one row per function, complete only when every float was compared once.

using System.Text.Json;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Exhaustive;

internal static class ResultTable
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int Write(string folder, string repository)
    {
        IReadOnlyList<PartResult> parts = PartResult.Read(folder);
        List<object[]> rows = [];
        bool holds = true;
        foreach (string name in ElementaryFunction.All.Select(function => function.Name))
        {
            PartResult[] mine = [.. parts.Where(part => part.Function == name)];
            long count = mine.Sum(part => part.Count), differing = mine.Sum(part => part.DifferingWidths);
            if (count != 1L << 32)
            {
                Console.Error.WriteLine($"{name}: {count} of {1L << 32} floats were compared; run the missing parts.");
                return 2;
            }

            PartResult worst = mine.MaxBy(part => part.LargestUlp)!;
            holds &= worst.LargestUlp <= 1 && differing == 0;
            rows.Add([name, worst.LargestUlp, worst.At, (double)mine.Sum(part => part.NotNearest) / count, differing, mine.Sum(part => part.Seconds)]);
        }

        object[] columns =
        [
            Column("function", ""), Column("largest error, ulp", "F4"), Column("at x =", ""), Column("not the nearest float", "P3"),
            Column("results that differ between widths, of every seventh block", "0"), Column("seconds", "F0"),
        ];
        string results = Path.Combine(repository, "docs", "results");
        File.WriteAllText(Path.Combine(results, "exhaustive.json"), JsonSerializer.Serialize(new { columns, rows }, s_indented) + "\n");
        string machine = $"{Environment.ProcessorCount} processors, {string.Join(", ", SimdLevels.Supported)}";
        File.WriteAllText(Path.Combine(results, "exhaustive-machine.json"), JsonSerializer.Serialize(new { machine }, s_indented) + "\n");
        Console.WriteLine(holds ? "Every float, within one unit in the last place, the same at every width." : "NOT within one unit in the last place, or widths differ.");
        return holds ? 0 : 1;
    }

    private static object Column(string name, string format) => new { name, format };
}
