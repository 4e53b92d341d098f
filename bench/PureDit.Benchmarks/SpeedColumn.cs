// Counted work over mean time, and its share of what this machine can do, which is measured before the benchmarks run.

using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using PureDit.Benchmarking;
using PureDit.Kernels;
using Measurement = PureDit.Benchmarking.Measurement;

namespace PureDit.Benchmarks;

/// <summary>A column of speeds.</summary>
/// <param name="name">Heading.</param>
/// <param name="legend">What it shows.</param>
/// <param name="value">The value, from what was measured.</param>
internal sealed class SpeedColumn(string name, string legend, Func<Measurement, double> value) : IColumn
{
    public string Id => $"{nameof(SpeedColumn)}.{name}";

    public string ColumnName => name;

    public string Legend => legend;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    /// <summary>The columns of a machine.</summary>
    public static IColumn[] All(MachinePeak peak) =>
    [
        new SpeedColumn("GFLOP/s", "Operations counted from the shape, over the mean time", found => found.Gigaflops),
        new SpeedColumn("GB/s", "Bytes of all arrays read and written once, over the mean time", found => found.Gigabytes),
        new SpeedColumn("% of limit", "Share of the roofline of this machine, measured before", found => 100 * peak.Share(found)),
    ];

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        double? nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Mean;
        if (nanoseconds is not > 0 || Parameter(nameof(WorkloadBenchmarks.Work)) is not Named work) return "-";
        Measurement found = new(
            work.Workload, (int)Parameter(nameof(WorkloadBenchmarks.Threads))!, (SimdLevel)Parameter(nameof(WorkloadBenchmarks.Simd))!,
            new Timing(1e-9 * nanoseconds.Value, 1e-9 * nanoseconds.Value, Rounds: 1, Spread: 0));
        return value(found).ToString("0.0", CultureInfo.InvariantCulture);

        object? Parameter(string parameter) => benchmarkCase.Parameters.Items.FirstOrDefault(item => item.Name == parameter)?.Value;
    }
}
