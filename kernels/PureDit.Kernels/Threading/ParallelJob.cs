// One parallel region: the caller and helpers from the platform's thread pool claim ranges until none is left.
//
// The caller takes part, and waits only for ranges that a helper has already claimed: a helper that the operating
// system never schedules costs nothing. Job objects are cached per kernel type and thread, so a warm call allocates
// nothing. Which range is next, how many there are and which region they belong to stand in one 64-bit word, claimed
// by compare-and-swap: a helper that wakes up late either finds nothing left, or rightly helps with a later region.

using System.Runtime.ExceptionServices;

namespace PureDit.Kernels;

internal sealed class ParallelJob<TKernel> : IThreadPoolWorkItem where TKernel : struct, IKernel
{
    private const int RangesPerThread = 4; // more ranges than threads even out a thread that is held up

    [ThreadStatic]
    private static ParallelJob<TKernel>? s_cached;

    private TKernel _kernel;
    private Cpu _cpu = Cpu.Serial;
    private ExceptionDispatchInfo? _failure;
    private int _items;
    private long _state; // region number (32 bits) | ranges (16) | next range (16)
    private int _unfinished;
    private int _queued;

    public static void Run(Cpu cpu, in TKernel kernel, int items, int threads)
    {
        // A nested region of the same kernel type would find the cached job in use: it gets one of its own.
        ParallelJob<TKernel> job = s_cached ?? new ParallelJob<TKernel>();
        s_cached = null;
        job.Start(cpu, kernel, items, threads);
        job.ClaimRanges();
        job.WaitForHelpers();
        s_cached = job;
        ExceptionDispatchInfo? failure = job._failure;
        job._failure = null;
        failure?.Throw();
    }

    void IThreadPoolWorkItem.Execute()
    {
        Interlocked.Decrement(ref _queued);
        ClaimRanges();
    }

    private void Start(Cpu cpu, in TKernel kernel, int items, int threads)
    {
        _cpu = cpu;
        _kernel = kernel;
        _items = items;
        int ranges = Math.Min(Math.Min(items, threads * RangesPerThread), ushort.MaxValue);
        _unfinished = ranges;
        long region = (_state >> 32) + 1;
        Interlocked.Exchange(ref _state, (region << 32) | ((long)ranges << 16)); // publishes all of the above
        for (int helper = Volatile.Read(ref _queued); helper < threads - 1; helper++)
        {
            Interlocked.Increment(ref _queued);
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void ClaimRanges()
    {
        while (true)
        {
            long state = Volatile.Read(ref _state);
            int next = (int)(state & 0xFFFF), ranges = (int)((state >> 16) & 0xFFFF);
            if (next >= ranges) return;
            if (Interlocked.CompareExchange(ref _state, state + 1, state) != state) continue;

            // The range is ours, so the region cannot end, nor its fields change, before we are done with it.
            try
            {
                int begin = (int)((long)_items * next / ranges), end = (int)((long)_items * (next + 1) / ranges);
                _cpu.Range(_kernel, begin, end);
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }

            Interlocked.Decrement(ref _unfinished);
        }
    }

    private void WaitForHelpers()
    {
        SpinWait spin = default;
        while (Volatile.Read(ref _unfinished) > 0) spin.SpinOnce(sleep1Threshold: -1);
    }
}
