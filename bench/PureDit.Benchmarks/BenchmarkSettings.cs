using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using PureDit.Benchmarking;

namespace PureDit.Benchmarks;

/// <summary>What every benchmark reports.</summary>
internal static class BenchmarkSettings
{
    private const double SecondsPerLimit = 0.3;

    /// <summary>Measures the machine's limits, unless nothing is going to run.</summary>
    public static IConfig Create(bool runs)
    {
        MachinePeak peak = runs
            ? MachinePeak.Measure([.. WorkloadBenchmarks.ThreadCounts], SecondsPerLimit, TimeProvider.System)
            : new MachinePeak([]);
        return ManualConfig.Create(DefaultConfig.Instance)
            .WithBuildTimeout(TimeSpan.FromMinutes(15)) // the generated project builds every layer below this one
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumn(SpeedColumn.All(peak));
    }
}
