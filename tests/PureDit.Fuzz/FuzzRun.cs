using System.Diagnostics;

namespace PureDit.Fuzz;

/// <summary>What a run found.</summary>
/// <param name="Format">Name of the format.</param>
/// <param name="Inputs">Inputs tried.</param>
/// <param name="Accepted">How many of them the reader accepted.</param>
/// <param name="Seconds">Time taken.</param>
/// <param name="Slowest">Seconds of the slowest input.</param>
/// <param name="Failures">What went wrong, in the order of the inputs.</param>
public sealed record FuzzResult(
    string Format, long Inputs, long Accepted, double Seconds, double Slowest, IReadOnlyList<FuzzFailure> Failures);

/// <summary>An input that shows a mistake.</summary>
public sealed record FuzzFailure(long Index, byte[] Input, Exception Error);

/// <summary>Tries the inputs of a seed: input i is the same in every run, whatever the number of threads.</summary>
public sealed class FuzzRun(IFuzzFormat format, ulong seed, int threads)
{
    private const int Block = 1024, MostFailures = 20;
    private readonly Lock _lock = new();
    private readonly List<FuzzFailure> _failures = [];
    private long _next, _inputs, _accepted, _slowest;

    /// <summary>All formats.</summary>
    public static IReadOnlyList<IFuzzFormat> Formats { get; } = [new SafetensorsFuzz(), new NpyFuzz(), new CsvFuzz(), new ConfigFuzz()];

    /// <summary>Input i of a seed.</summary>
    public static byte[] Input(IFuzzFormat format, ulong seed, long index) => Input(format, seed, index, new Draft());

    /// <summary>Runs until the count is reached or the time is over.</summary>
    public FuzzResult Run(long count, TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() => Work(start)))];
        foreach (Thread worker in workers) worker.Start();
        foreach (Thread worker in workers) worker.Join();
        return new(
            format.Name, _inputs, _accepted, Stopwatch.GetElapsedTime(start).TotalSeconds, (double)_slowest / Stopwatch.Frequency,
            [.. _failures.OrderBy(failure => failure.Index)]);

        void Work(long begun)
        {
            Draft draft = new();
            while (_failures.Count < MostFailures && Stopwatch.GetElapsedTime(begun) < time)
            {
                long first = Interlocked.Add(ref _next, Block) - Block;
                if (first >= count) return;
                Try(first, Math.Min(count, first + Block), draft);
            }
        }
    }

    private void Try(long first, long end, Draft draft)
    {
        long accepted = 0, slowest = 0;
        for (long index = first; index < end; index++)
        {
            byte[] input = Input(format, seed, index, draft);
            long begin = Stopwatch.GetTimestamp();
            try
            {
                if (format.Accepts(input)) accepted++;
            }
            catch (Exception e)
            {
                lock (_lock) _failures.Add(new(index, input, e));
            }

            slowest = Math.Max(slowest, Stopwatch.GetTimestamp() - begin);
        }

        lock (_lock)
        {
            _inputs += end - first;
            _accepted += accepted;
            _slowest = Math.Max(_slowest, slowest);
        }
    }

    private static byte[] Input(IFuzzFormat format, ulong seed, long index, Draft draft)
    {
        FuzzRandom random = new(seed, index);
        format.Begin(draft, random);
        Mutation.Apply(draft, random, format.Words);
        if (random.Below(8) != 0) format.Repair(draft);
        return draft.ToArray();
    }
}
