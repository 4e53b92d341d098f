// Prepares, checks and times workloads, one contest after the other: what belongs to one contest takes turns. Memory of
// a contest is given back before the next. A wrong result ends everything: a fast wrong kernel is worth nothing.

using PureDit.Kernels;

namespace PureDit.Benchmarking;

/// <summary>What to measure, and how.</summary>
/// <param name="Workloads">The workloads.</param>
/// <param name="Threads">Numbers of threads.</param>
/// <param name="Simd">Vector widths.</param>
/// <param name="Seconds">Time for each measurement.</param>
public sealed record BenchmarkPlan(
    IReadOnlyList<Workload> Workloads, IReadOnlyList<int> Threads, IReadOnlyList<SimdLevel> Simd, double Seconds)
{
    /// <summary>Number of measurements.</summary>
    public int Count => Workloads.Count * Threads.Count * Simd.Count;
}

/// <summary>How far a run is.</summary>
/// <param name="Done">Measurements done.</param>
/// <param name="Total">Measurements in all.</param>
/// <param name="Name">What comes next.</param>
public readonly record struct BenchmarkProgress(int Done, int Total, string Name);

/// <summary>Runs a plan.</summary>
public static class BenchmarkRun
{
    /// <summary>Measures everything.</summary>
    /// <param name="plan">What.</param>
    /// <param name="clock">Measures time.</param>
    /// <param name="found">Takes each measurement as soon as it is there.</param>
    /// <param name="progress">Told before each contest; may be null.</param>
    /// <param name="cancellation">Ends the run; what has been found stays found.</param>
    /// <exception cref="WrongResultException">A kernel gave a wrong result.</exception>
    /// <exception cref="OperationCanceledException">It was asked to end.</exception>
    public static void Run(
        BenchmarkPlan plan, TimeProvider clock, Action<Measurement> found, IProgress<BenchmarkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        int done = 0;
        foreach (IGrouping<string, Workload> contest in plan.Workloads.GroupBy(work => work.Contest))
        {
            // A limit names its own width.
            IReadOnlyList<SimdLevel> widths = contest.First().Group == WorkloadGroup.Peak ? [SimdLevels.Supported[0]] : plan.Simd;
            foreach ((SimdLevel simd, int threads) in from simd in widths from threads in plan.Threads select (simd, threads))
            {
                progress?.Report(new(done, plan.Count, $"{contest.Key}, {threads} {(threads == 1 ? "thread" : "threads")}"));
                Contest([.. contest], new Cpu(threads, simd), new RoundTimer(clock, plan.Seconds), found, cancellation);
                done += contest.Count();
                PeakMemory.Release();
            }
        }
    }

    private static void Contest(
        IReadOnlyList<Workload> works, Cpu cpu, RoundTimer timer, Action<Measurement> found, CancellationToken cancellation)
    {
        List<PreparedWork> prepared = [];
        foreach (Workload work in works)
        {
            cancellation.ThrowIfCancellationRequested();
            prepared.Add(work.Prepare(cpu));
            prepared[^1].Run();
            prepared[^1].Check();
        }

        bool memory = works.Any(work => work.MemoryName.Length > 0);
        if (memory) PeakMemory.Reset();
        IReadOnlyList<Timing> timings = timer.Measure([.. prepared.Select(work => work.Run)], cancellation);
        for (int i = 0; i < works.Count; i++)
        {
            found(new Measurement(works[i], cpu.Threads, cpu.Simd, timings[i]) { PeakBytes = works[i].MemoryName.Length > 0 ? PeakMemory.Read() : null });
        }
    }
}
