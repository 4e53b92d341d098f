// Measurements under the limits of the machine (Williams, Waterman and Patterson 2009), on logarithmic axes. A dot is a
// kernel: to the right is more arithmetic per byte, upwards is faster. Slopes are bandwidths of the levels of memory, flat
// lines the multiply-add rates of the vector widths; a kernel cannot be above the roof of the level that holds its data.

using System.Globalization;
using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Benchmarking;

internal static class Roofline
{
    private const double Room = 1.6; // around the dots, as a factor

    /// <summary>The picture of some measurements on so many threads.</summary>
    public static Figure Of(BenchmarkReport report, int[] rows, int threads, string title)
    {
        (Measurement Found, int Number)[] dots =
        [
            .. rows.Select(i => (Found: report.Measurements[i], Number: i + 1)).Where(dot => dot.Found.Threads == threads),
        ];
        double[] x = [.. dots.Select(dot => dot.Found.Intensity)], y = [.. dots.Select(dot => dot.Found.Gigaflops)];
        double peak = report.Peak.Gigaflops(threads, SimdLevels.Supported[0]);
        double left = x.Min() / Room, right = x.Max() * Room, bottom = y.Min() / Room, top = Math.Max(y.Max(), peak) * Room;

        List<Curve> curves = [];
        List<PointLabel> labels = [];
        foreach (MemoryLevel level in Enum.GetValues<MemoryLevel>())
        {
            double bandwidth = report.Peak.Gigabytes(threads, level), ridge = peak / bandwidth, from = Math.Max(left, bottom / bandwidth);
            if (!(ridge > left && from < right)) continue;
            curves.Add(new("", [left, ridge], [left * bandwidth, peak]) { Color = PlotColor.Muted });
            labels.Add(new(from, from * bandwidth, Text($"{(level == MemoryLevel.Ram ? "RAM" : level)} {bandwidth:0} GB/s")));
        }

        foreach (SimdLevel simd in SimdLevels.Supported)
        {
            double rate = report.Peak.Gigaflops(threads, simd), from = Math.Max(left, rate / report.Peak.Gigabytes(threads, MemoryLevel.L1));
            curves.Add(new("", [from, right], [rate, rate]) { Color = PlotColor.Muted, Mark = simd == SimdLevels.Supported[0] ? CurveMark.Line : CurveMark.Dashed });
            labels.Add(new(right, rate, Text($"{(int)simd}-bit {rate:0} GFLOP/s")));
        }

        curves.Add(new(title, x, y) { Mark = CurveMark.Points, Color = PlotColor.Blue });
        LineChart chart = new()
        {
            Title = $"{title}, {BenchmarkPage.Threads(threads)}",
            X = new Axis("operations per byte that must move", AxisScale.Log) { Minimum = left, Maximum = right },
            Y = new Axis("10⁹ floating-point operations per second", AxisScale.Log) { Minimum = bottom, Maximum = top },
            Curves = curves,
            Labels = [.. labels, .. dots.Select(dot => new PointLabel(dot.Found.Intensity, dot.Found.Gigaflops, Short(dot.Found.Work.Name), Text($"{dot.Number}")))],
            PlotHeight = 320,
        };
        return new(chart.ToSvg(), "Lines: bandwidth of each level of memory, and multiply-adds at each vector width. A number stands for a name of the table where there is no room.");
    }

    // The kind of work is in the title.
    private static string Short(string name) => name.StartsWith("gemm_", StringComparison.Ordinal) || name.StartsWith("attn_", StringComparison.Ordinal) ? name[5..]
        : name.StartsWith("dit_", StringComparison.Ordinal) ? name[4..]
        : name;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
