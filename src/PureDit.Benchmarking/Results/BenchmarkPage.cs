// The results as one page: what the machine can do, then for each kind of work its rooflines and its table.

using System.Globalization;
using PureDit.Reporting;

namespace PureDit.Benchmarking;

/// <summary>Writes results as one self-contained HTML page.</summary>
public static class BenchmarkPage
{
    private static readonly (WorkloadGroup Group, string Title)[] s_groups =
    [
        (WorkloadGroup.MatMul, "Matrix products"), (WorkloadGroup.Attention, "Attention"),
        (WorkloadGroup.Elementwise, "Kernels that pass over memory"), (WorkloadGroup.Step, "Whole models"),
    ];

    /// <summary>The page.</summary>
    /// <param name="report">What was measured.</param>
    public static string Html(BenchmarkReport report)
    {
        HtmlPage page = new("PureDit bench", $"How fast PureDit's kernels run on {report.Machine}, and what share of this machine's limits they reach.");
        int[] threads = [.. report.Peak.Measurements.Select(limit => limit.Threads).Distinct()];
        page.Section("The machine")
            .Table(["limit", "unit", .. threads.Select(Threads)], [.. report.Peak.Measurements.GroupBy(limit => limit.Work.Name).Select(Limits)])
            .Paragraph("Measured by this program before the kernels: multiply-adds in registers, and reads of arrays that fit one level of memory.");
        foreach ((WorkloadGroup group, string title) in s_groups)
        {
            int[] rows = [.. Enumerable.Range(0, report.Measurements.Count).Where(i => report.Measurements[i].Work.Group == group)];
            if (rows.Length == 0) continue;
            page.Section(title)
                .Figures([.. rows.Select(i => report.Measurements[i].Threads).Distinct().Select(count => Roofline.Of(report, rows, count, title))])
                .Table(BenchmarkReport.Columns, [.. rows.Select(report.Row)]);
        }

        page.Section("How it was measured").Paragraph(
            "Every kernel is held against a result computed otherwise before it is timed. A time is the median over rounds; "
            + "kernels that are compared with each other take turns. Operations and bytes are counted from the shapes, so that packing, "
            + "padding and recomputation lower a dot. % of limit is of the roofline: the longer of the time for the operations at the "
            + "multiply-add rate (FMA) and the time for the bytes at the bandwidth of the level of memory that holds them.");
        return page.ToHtml();
    }

    internal static string Threads(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "thread" : "threads")}");

    private static string[] Limits(IEnumerable<Measurement> limits) =>
        [limits.First().Work.Shape, limits.First().Work.UnitSymbol, .. limits.Select(limit => limit.ValueText)];
}
