using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Filters;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>What every benchmark reports, and which of them this machine can run.</summary>
internal static class BenchmarkSettings
{
    public static IConfig Create() => ManualConfig.Create(DefaultConfig.Instance)
        .WithBuildTimeout(TimeSpan.FromMinutes(15)) // the generated project builds every layer below this one
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumn(new ThroughputColumn())
        .AddFilter(new SimpleFilter(benchmark => IsSupported(benchmark.Descriptor.WorkloadMethod.Name)));

    private static bool IsSupported(string method) =>
        !method.StartsWith("Simd", StringComparison.Ordinal)
        || SimdLevels.Supported.Any(level => method == $"Simd{(int)level}");
}
