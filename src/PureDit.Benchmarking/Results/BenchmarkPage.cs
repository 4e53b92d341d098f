// The results as one page: what the machine can do, a roofline picture for each number of threads, and a table per kind
// of work. A dot is a kernel: to the right is more arithmetic per byte, upwards is faster, and no dot can be above a roof.

using System.Globalization;
using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Benchmarking;

/// <summary>Writes results as one self-contained HTML page.</summary>
public static class BenchmarkPage
{
    private static readonly (WorkloadGroup Group, string Title, PlotColor Color)[] s_groups =
    [
        (WorkloadGroup.MatMul, "Matrix products", PlotColor.Blue), (WorkloadGroup.Attention, "Attention", PlotColor.Orange),
        (WorkloadGroup.Elementwise, "Kernels that pass over memory", PlotColor.Green), (WorkloadGroup.Step, "Whole models", PlotColor.Purple),
    ];

    /// <summary>The page.</summary>
    /// <param name="report">What was measured.</param>
    public static string Html(BenchmarkReport report)
    {
        HtmlPage page = new("PureDit bench", $"How fast PureDit's kernels run on {report.Machine}, and what share of this machine's limits they reach.");
        page.Section("The machine")
            .Table(["limit", "threads", "measured", "unit"], [.. report.Peak.Measurements.Select(Machine)])
            .Paragraph("Measured by this program before the kernels: multiply-adds in registers, and reads of arrays that fit one level of memory.");
        page.Section("Rooflines")
            .Figures([.. report.Measurements.Select(found => found.Threads).Distinct().Select(threads => Roofline(report, threads))])
            .Paragraph("Numbers beside dots are those of the tables. Operations and bytes are counted from the shapes, so that packing, padding and recomputation lower a dot.");
        foreach ((WorkloadGroup group, string title, _) in s_groups)
        {
            int[] rows = [.. Enumerable.Range(0, report.Measurements.Count).Where(i => report.Measurements[i].Work.Group == group)];
            if (rows.Length > 0) page.Section(title).Table(BenchmarkReport.Columns, [.. rows.Select(report.Row)]);
        }

        page.Section("How it was measured").Paragraph(
            "Every kernel is held against a result computed otherwise before it is timed. A time is the median over rounds; "
            + "kernels that are compared with each other take turns. % of limit is of the roofline: the longer of the time for the "
            + "operations at the multiply-add rate and the time for the bytes at the bandwidth of the level of memory that holds them.");
        return page.ToHtml();
    }

    private static Figure Roofline(BenchmarkReport report, int threads)
    {
        List<(Measurement Found, int Number)> dots =
        [
            .. report.Measurements.Select((found, i) => (Found: found, Number: i + 1))
                .Where(dot => dot.Found.Threads == threads && dot.Found.Intensity is > 0 and < double.PositiveInfinity),
        ];
        double most = Math.Max(1000, dots.Select(dot => dot.Found.Intensity).DefaultIfEmpty(0).Max());
        double least = Math.Min(0.2, dots.Select(dot => dot.Found.Intensity).DefaultIfEmpty(1).Min());
        SimdLevel widest = SimdLevels.Supported[0];
        double peak = report.Peak.Gigaflops(threads, widest);
        List<Curve> curves = [];
        List<PointLabel> labels = [];
        foreach (MemoryLevel level in Enum.GetValues<MemoryLevel>())
        {
            double bandwidth = report.Peak.Gigabytes(threads, level), ridge = peak / bandwidth;
            curves.Add(new(level == MemoryLevel.L1 ? "limits of the machine" : "", [least, ridge], [least * bandwidth, peak]) { Color = PlotColor.Ink });
            labels.Add(new(least, least * bandwidth, string.Create(CultureInfo.InvariantCulture, $"{(level == MemoryLevel.Ram ? "RAM" : level)} {bandwidth:0} GB/s")));
        }

        foreach (SimdLevel simd in SimdLevels.Supported)
        {
            double top = report.Peak.Gigaflops(threads, simd), from = top / report.Peak.Gigabytes(threads, MemoryLevel.L1);
            curves.Add(new("", [from, most], [top, top]) { Color = PlotColor.Ink, Mark = simd == widest ? CurveMark.Line : CurveMark.Dashed });
            labels.Add(new(from, top, string.Create(CultureInfo.InvariantCulture, $"{(int)simd}-bit {top:0} GFLOP/s")));
        }

        foreach ((WorkloadGroup group, string title, PlotColor color) in s_groups)
        {
            (Measurement Found, int Number)[] mine = [.. dots.Where(dot => dot.Found.Work.Group == group)];
            if (mine.Length == 0) continue;
            curves.Add(new(title, [.. mine.Select(dot => dot.Found.Intensity)], [.. mine.Select(dot => dot.Found.Gigaflops)]) { Mark = CurveMark.Points, Color = color });
            labels.AddRange(mine.Select(dot => new PointLabel(
                dot.Found.Intensity, dot.Found.Gigaflops, dot.Found.Work.Name, dot.Number.ToString(CultureInfo.InvariantCulture))));
        }

        LineChart chart = new()
        {
            Title = $"Roofline, {threads} {(threads == 1 ? "thread" : "threads")}",
            X = new Axis("operations per byte that must move", AxisScale.Log),
            Y = new Axis("10⁹ floating-point operations per second", AxisScale.Log),
            Curves = curves,
            Labels = labels,
            PlotHeight = 400,
        };
        return new(chart.ToSvg(), "Slopes: bandwidth of each level of memory. Flat: multiply-adds at each vector width.");
    }

    private static string[] Machine(Measurement found) =>
    [
        found.Work.Shape + (found.Work.Unit == WorkloadUnit.Gigaflops ? "" : $", {found.Work.Name}"),
        found.Threads.ToString(CultureInfo.InvariantCulture), found.ValueText, found.Work.UnitSymbol,
    ];
}
