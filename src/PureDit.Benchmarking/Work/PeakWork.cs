// The machine's limits as workloads like all others: the rate of multiply-adds at each vector width, and the rate at which
// each level of memory can be read, by an array of a size that belongs there.

using System.Globalization;
using System.Runtime.Intrinsics;
using PureDit.Kernels;

namespace PureDit.Benchmarking;

/// <summary>A level of memory.</summary>
public enum MemoryLevel
{
    /// <summary>First-level cache, of one core.</summary>
    L1,

    /// <summary>Second-level cache, of one core on most machines.</summary>
    L2,

    /// <summary>Third-level cache, shared.</summary>
    L3,

    /// <summary>Main memory.</summary>
    Ram,
}

/// <summary>Workloads that measure limits.</summary>
public static class PeakWork
{
    private const int Steps = 1_600_000; // a few milliseconds
    private const int LeastBytes = 512 << 20; // per call, so that handing work to threads costs nothing

    /// <summary>All limits of this machine.</summary>
    public static IReadOnlyList<Workload> All { get; } =
        [.. SimdLevels.Supported.Select(MultiplyAdds), .. Enum.GetValues<MemoryLevel>().Select(Reads), Updates()];

    /// <summary>Name of the bandwidth of main memory that is changed in place, reads and writes counted.</summary>
    public const string UpdateName = "bw_ram_update_rw";

    /// <summary>Name of the multiply-add limit of a width, as the peers give it.</summary>
    public static string Name(SimdLevel level) => level switch
    {
        SimdLevel.Vector512 => "peak_fma_avx512_f32",
        SimdLevel.Vector256 => "peak_fma_avx2_f32",
        _ => "peak_fma_128bit_f32",
    };

    /// <summary>Name of the bandwidth of a level, as the peers give it.</summary>
    public static string Name(MemoryLevel level) => level switch
    {
        MemoryLevel.L1 => "bw_l1_read",
        MemoryLevel.L2 => "bw_l2_read",
        MemoryLevel.L3 => "bw_l3_read_8MiB",
        _ => "bw_ram_read",
    };

    /// <summary>Bytes that are read over and over, per thread.</summary>
    internal static int Size(MemoryLevel level) => level switch
    {
        MemoryLevel.L1 => 24 << 10,
        MemoryLevel.L2 => 512 << 10,
        MemoryLevel.L3 => 8 << 20,
        _ => 192 << 20,
    };

    private static Workload MultiplyAdds(SimdLevel level) => new(
        Name(level), WorkloadGroup.Peak, string.Create(CultureInfo.InvariantCulture, $"multiply-adds, {(int)level}-bit"),
        2.0 * PeakLoops.Chains * ((int)level / 32) * Steps, 0, cpu =>
        {
            float[] means = new float[cpu.Threads];
            Func<int, float> loop = level switch
            {
                SimdLevel.Vector512 => PeakLoops.MultiplyAdd<Vector512<float>, Lanes16>,
                SimdLevel.Vector256 => PeakLoops.MultiplyAdd<Vector256<float>, Lanes8>,
                _ => PeakLoops.MultiplyAdd<Vector128<float>, Lanes4>,
            };
            return OnEveryThread(cpu, i => means[i] = loop(Steps), () => Judge.Near([.. means.Select(_ => 1.0)], means, 1e-3, Name(level)), means);
        })
    { Unit = WorkloadUnit.Gigaflops };

    private static Workload Reads(MemoryLevel level)
    {
        int size = Size(level), repeat = Math.Max(1, LeastBytes / size);
        return new(Name(level), WorkloadGroup.Peak, string.Create(CultureInfo.InvariantCulture, $"reads from {(level == MemoryLevel.Ram ? "RAM" : level)}, {size >> 10} KiB"), 0, (double)size * repeat, cpu =>
        {
            Memory<float>[] arrays = [.. Enumerable.Range(0, cpu.Threads).Select(_ => Buffers.Zeros(size / sizeof(float)))];
            foreach (Memory<float> array in arrays) array.Span.Fill(1); // pages that were never written may share one of zeros
            float[] sums = new float[cpu.Threads];
            return OnEveryThread(cpu, Read, () => Judge.Near([.. sums.Select(_ => (double)repeat * size / sizeof(float))], sums, tolerance: 0, Name(level)), sums);

            void Read(int thread)
            {
                ReadOnlySpan<float> values = arrays[thread].Span;
                sums[thread] = cpu.Simd switch
                {
                    SimdLevel.Vector512 => PeakLoops.Read<Vector512<float>, Lanes16>(values, repeat),
                    SimdLevel.Vector256 => PeakLoops.Read<Vector256<float>, Lanes8>(values, repeat),
                    _ => PeakLoops.Read<Vector128<float>, Lanes4>(values, repeat),
                };
            }
        })
        { Unit = WorkloadUnit.Gigabytes };
    }

    // Memory that is changed in place moves both ways at once, which neither reading nor copying does.
    private static Workload Updates()
    {
        int size = Size(MemoryLevel.Ram);
        return new(UpdateName, WorkloadGroup.Peak, "updates of RAM in place", 0, 2.0 * size, cpu =>
        {
            Cpu one = new(1, cpu.Simd);
            Memory<float>[] arrays = [.. Enumerable.Range(0, cpu.Threads).Select(_ => Buffers.Zeros(size / sizeof(float)))];
            foreach (Memory<float> array in arrays) array.Span.Fill(1);
            float[] last = new float[cpu.Threads];
            return OnEveryThread(cpu, Update, () => Judge.Near([.. last.Select(_ => -1.0)], last, tolerance: 0, UpdateName), last);

            void Update(int thread)
            {
                Span<float> values = arrays[thread].Span;
                Elementwise.Scale(one, values, -1, values);
                last[thread] = values[^1];
            }
        })
        { Unit = WorkloadUnit.Gigabytes };
    }

    private static PreparedWork OnEveryThread(Cpu cpu, Action<int> loop, Action check, float[] results)
    {
        ParallelOptions threads = new() { MaxDegreeOfParallelism = cpu.Threads };
        return new(() =>
        {
            if (cpu.Threads == 1) loop(0);
            else Parallel.For(0, cpu.Threads, threads, loop);
        }, check, () => results);
    }
}
