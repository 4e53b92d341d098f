// The amount of work of a benchmark's workload over its mean time, in GFLOP/s or GB/s.

using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace PureDit.Benchmarks;

/// <summary>Throughput of the benchmarks whose parameter is an <see cref="IWorkload"/>.</summary>
internal sealed class ThroughputColumn : IColumn
{
    public string Id => nameof(ThroughputColumn);

    public string ColumnName => "Throughput";

    public string Legend => "Work of one call over its mean time; counted work, so bytes or operations of caches and padding are not in it";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        IWorkload? work = benchmarkCase.Parameters.Items.Select(item => item.Value).OfType<IWorkload>().FirstOrDefault();
        double? nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Mean; // 10⁹ per second is 1 per nanosecond
        return work is null || nanoseconds is not > 0
            ? "-"
            : string.Create(CultureInfo.InvariantCulture, $"{work.Amount / nanoseconds.Value:0.0} {work.Unit}");
    }
}
