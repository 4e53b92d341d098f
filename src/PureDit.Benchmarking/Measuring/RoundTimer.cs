// How long a call takes: the median over rounds, in which all candidates take turns. A machine that slows down for a
// while slows down all of them, so ratios hold where times do not.
//
// A round calls a candidate as often as fits into a few milliseconds, so that the clock's own grain does not count.
// Before the first round every candidate runs for a while: the runtime replaces its first machine code by a better one.

namespace PureDit.Benchmarking;

/// <summary>What a candidate took.</summary>
/// <param name="Median">Seconds of one call, the median over rounds.</param>
/// <param name="Fastest">The same in the fastest round.</param>
/// <param name="Rounds">Rounds.</param>
/// <param name="Spread">Distance between the quartiles, over the median.</param>
public readonly record struct Timing(double Median, double Fastest, int Rounds, double Spread);

/// <summary>Times candidates against each other.</summary>
/// <param name="clock">Measures time.</param>
/// <param name="seconds">Time for each candidate; more where three rounds take longer.</param>
public sealed class RoundTimer(TimeProvider clock, double seconds)
{
    private const int LeastRounds = 3, MostRounds = 1001;
    private const double WarmUpShare = 0.3, RoundSeconds = 0.004;

    /// <summary>Times candidates.</summary>
    /// <param name="candidates">One call each.</param>
    /// <param name="cancellation">Ends between two rounds.</param>
    /// <exception cref="OperationCanceledException">It was asked to end.</exception>
    public IReadOnlyList<Timing> Measure(IReadOnlyList<Action> candidates, CancellationToken cancellation)
    {
        int[] calls = [.. candidates.Select(run => WarmUp(run, cancellation))];
        List<double>[] times = [.. candidates.Select(_ => new List<double>())];
        long start = clock.GetTimestamp();
        double budget = (1 - WarmUpShare) * seconds * candidates.Count;
        for (int round = 0; round < LeastRounds || (round < MostRounds && Elapsed(start) < budget); round++)
        {
            for (int i = 0; i < candidates.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                times[i].Add(Call(candidates[i], calls[i]));
            }
        }

        return [.. times.Select(Summary)];
    }

    // Calls per round, from the fastest call of the warm-up.
    private int WarmUp(Action run, CancellationToken cancellation)
    {
        long start = clock.GetTimestamp();
        double fastest = double.PositiveInfinity;
        do
        {
            cancellation.ThrowIfCancellationRequested();
            fastest = Math.Min(fastest, Call(run, 1));
        }
        while (Elapsed(start) < WarmUpShare * seconds);
        return (int)Math.Clamp(RoundSeconds / Math.Max(fastest, 1e-9), 1, 1e6);
    }

    private double Call(Action run, int calls)
    {
        long start = clock.GetTimestamp();
        for (int i = 0; i < calls; i++) run();
        return Elapsed(start) / calls;
    }

    private double Elapsed(long since) => clock.GetElapsedTime(since).TotalSeconds;

    private static Timing Summary(List<double> times)
    {
        times.Sort();
        double median = Quantile(0.5);
        return new(median, times[0], times.Count, median > 0 ? (Quantile(0.75) - Quantile(0.25)) / median : 0);

        double Quantile(double share)
        {
            double at = share * (times.Count - 1);
            int low = (int)at;
            return low + 1 < times.Count ? times[low] + ((at - low) * (times[low + 1] - times[low])) : times[low];
        }
    }
}
