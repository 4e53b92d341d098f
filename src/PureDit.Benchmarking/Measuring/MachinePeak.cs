// What this machine can do at most, and so what share of it a kernel reaches. The limit of a workload is the roofline
// (Williams, Waterman and Patterson 2009): the time for its operations at the rate of multiply-adds, or the time for its
// bytes at the bandwidth of the level of memory that holds them, whichever is longer.

using PureDit.Kernels;

namespace PureDit.Benchmarking;

/// <summary>What bounds a workload.</summary>
/// <param name="Name">The bound, for people.</param>
/// <param name="Seconds">The least time of one call.</param>
public readonly record struct Limit(string Name, double Seconds);

/// <summary>Measured limits of the machine.</summary>
public sealed class MachinePeak
{
    private readonly IReadOnlyList<Measurement> _limits;

    /// <summary>Limits from measurements; others are passed over.</summary>
    /// <param name="measurements">Measurements of <see cref="PeakWork.All"/>.</param>
    public MachinePeak(IEnumerable<Measurement> measurements) =>
        _limits = [.. measurements.Where(found => found.Work.Group == WorkloadGroup.Peak)];

    /// <summary>The measurements.</summary>
    public IReadOnlyList<Measurement> Measurements => _limits;

    /// <summary>Measures the limits.</summary>
    /// <param name="threads">Numbers of threads.</param>
    /// <param name="seconds">Time for each.</param>
    /// <param name="clock">Measures time.</param>
    /// <param name="progress">Told before each; may be null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was asked to end.</exception>
    public static MachinePeak Measure(
        IReadOnlyList<int> threads, double seconds, TimeProvider clock, IProgress<BenchmarkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        List<Measurement> found = [];
        BenchmarkRun.Run(new(PeakWork.All, threads, [SimdLevels.Supported[0]], seconds), clock, found.Add, progress, cancellation);
        return new(found);
    }

    /// <summary>10⁹ operations per second at a width.</summary>
    public double Gigaflops(int threads, SimdLevel simd) => Of(PeakWork.Name(simd), threads)?.Gigaflops ?? double.NaN;

    /// <summary>10⁹ bytes per second from a level of memory; of main memory, the better of reading and changing in place.</summary>
    public double Gigabytes(int threads, MemoryLevel level)
    {
        double read = Of(PeakWork.Name(level), threads)?.Gigabytes ?? double.NaN;
        return level == MemoryLevel.Ram && Of(PeakWork.UpdateName, threads) is { } update ? Math.Max(read, update.Gigabytes) : read;
    }

    /// <summary>What bounds a workload on so many threads.</summary>
    public Limit Of(Workload work, int threads, SimdLevel simd)
    {
        MemoryLevel level = Level(work.Bytes, threads);
        double arithmetic = work.Operations / (1e9 * Gigaflops(threads, simd)), memory = work.Bytes / (1e9 * Gigabytes(threads, level));
        return memory > arithmetic ? new(level == MemoryLevel.Ram ? "RAM" : level.ToString(), memory) : new("FMA", arithmetic);
    }

    /// <summary>Share of the limit that a measurement reaches.</summary>
    public double Share(Measurement found) => Of(found.Work, found.Threads, found.Simd).Seconds / found.Seconds;

    // Sizes of common caches, the first two per core: where an array of such a size lies between two calls.
    private static MemoryLevel Level(double bytes, int threads) =>
        bytes / threads <= 48 << 10 ? MemoryLevel.L1
        : bytes / threads <= 2 << 20 ? MemoryLevel.L2
        : bytes <= 32 << 20 ? MemoryLevel.L3
        : MemoryLevel.Ram;

    private Measurement? Of(string name, int threads) => _limits.FirstOrDefault(found => found.Work.Name == name && found.Threads == threads);
}
