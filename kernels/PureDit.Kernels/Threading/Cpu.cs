// Where kernels run: how many threads, and at which vector width. The only seam for both.
//
// Work is split by output ownership: a kernel names the number of items it produces and a grain (the least number
// worth a thread), and each range is computed by exactly one thread. Nothing is ever added across ranges, so the
// result does not depend on the number of threads. One thread asked for means the caller's thread, and no other.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PureDit.Kernels;

/// <summary>How kernels run: number of threads and vector width. Immutable; may be shared by any number of callers.</summary>
public sealed class Cpu
{
    /// <summary>Runs on the calling thread only, at the best width.</summary>
    public static Cpu Serial { get; } = new(1);

    /// <summary>All processors that the process may use, at the best width.</summary>
    public static Cpu AllCores { get; } = new(Environment.ProcessorCount);

    /// <summary>Creates a way of running.</summary>
    /// <param name="threads">Most threads to use at once, the caller's included; at least 1.</param>
    /// <param name="simd">Vector width; by default the widest that the machine has.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1.</exception>
    /// <exception cref="PlatformNotSupportedException">The machine lacks that width.</exception>
    public Cpu(int threads, SimdLevel? simd = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        Simd = simd ?? SimdLevels.Best;
        if (!SimdLevels.Supported.Contains(Simd))
        {
            throw new PlatformNotSupportedException(
                $"simd: {Simd} is not supported here; this machine has {string.Join(", ", SimdLevels.Supported)}.");
        }
    }

    /// <summary>Most threads used at once, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>Vector width.</summary>
    public SimdLevel Simd { get; }

    /// <summary>Runs a kernel over <paramref name="items"/> outputs, at least <paramref name="grain"/> of them per thread.</summary>
    internal void Run<TKernel>(int items, int grain, in TKernel kernel) where TKernel : struct, IKernel
    {
        if (items <= 0) return;
        int ranges = Math.Min(Threads, Math.Max(1, items / Math.Max(1, grain)));
        if (ranges == 1) Range(kernel, 0, items);
        else ParallelJob<TKernel>.Run(this, kernel, items, ranges);
    }

    /// <summary>Runs one range of a kernel on this thread: the one place that turns a width into code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Range<TKernel>(in TKernel kernel, int begin, int end) where TKernel : struct, IKernel
    {
        TKernel copy = kernel;
        switch (Simd)
        {
            case SimdLevel.Vector512: copy.Run<Vector512<float>, F32x16>(begin, end); break;
            case SimdLevel.Vector256: copy.Run<Vector256<float>, F32x8>(begin, end); break;
            default: copy.Run<Vector128<float>, F32x4>(begin, end); break;
        }
    }
}
