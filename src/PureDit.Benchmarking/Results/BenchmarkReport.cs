using System.Globalization;

namespace PureDit.Benchmarking;

/// <summary>Everything that a run of benchmarks found.</summary>
/// <param name="Machine">Processor, threads, runtime.</param>
/// <param name="Peak">Limits of the machine.</param>
/// <param name="Measurements">Results, without those limits.</param>
/// <param name="Peers">Results of other programs; null for none.</param>
public sealed record BenchmarkReport(string Machine, MachinePeak Peak, IReadOnlyList<Measurement> Measurements, PeerResults? Peers)
{
    /// <summary>Columns of the table.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["#", "kernel", "shape", "threads", "value", "unit", "GFLOP/s", "GB/s", "% of limit", "limit", "× peer", "peer"];

    /// <summary>A row of the table.</summary>
    /// <param name="index">Which measurement.</param>
    public string[] Row(int index)
    {
        Measurement found = Measurements[index];
        (string Name, double Value, double Ratio)? peer = Peers?.Against(found);
        string width = found.Simd == Kernels.SimdLevels.Supported[0] ? "" : Text($", {(int)found.Simd}-bit");
        return
        [
            Text($"{index + 1}"), found.Work.Name, found.Work.Shape + width, Text($"{found.Threads}"), found.ValueText, found.Work.UnitSymbol,
            Text($"{found.Gigaflops:0.0}"), Text($"{found.Gigabytes:0.0}"), Text($"{100 * Peak.Share(found):0}"),
            Peak.Of(found.Work, found.Threads, found.Simd).Name,
            peer is { } p ? Text($"{p.Ratio:0.00}") : "–", peer is { } q ? q.Name : "–",
        ];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
