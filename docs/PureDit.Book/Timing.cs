// Timings for tables that compare: all candidates take turns in one run, and the best time of each counts, since
// everything else that a machine does can only make a program slower.

using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PureDit.Book;

internal static class Timing
{
    /// <summary>Seconds of one call of each candidate: the best of some rounds, each at least so many seconds long.</summary>
    public static double[] Best(int rounds, double leastSeconds, params IReadOnlyList<Action> candidates)
    {
        double[] best = new double[candidates.Count];
        Array.Fill(best, double.PositiveInfinity);
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < candidates.Count; i++)
            {
                long start = Stopwatch.GetTimestamp();
                do
                {
                    long begin = Stopwatch.GetTimestamp();
                    candidates[i]();
                    best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(begin).TotalSeconds);
                }
                while (Stopwatch.GetElapsedTime(start).TotalSeconds < leastSeconds);
            }
        }

        return best;
    }

    /// <summary>
    /// Speeds as shares of a limit's, for machines whose own speed moves: the limit and all candidates take turns, the best
    /// time of each counts.
    /// </summary>
    /// <param name="rounds">How often each takes its turn.</param>
    /// <param name="leastSeconds">Least time of a turn.</param>
    /// <param name="limit">Does what the machine does best.</param>
    /// <param name="limitWork">Operations of one call of the limit.</param>
    /// <param name="candidates">What is measured, and the operations of one call.</param>
    public static double[] Shares(
        int rounds, double leastSeconds, Action limit, double limitWork, params IReadOnlyList<(Action Run, double Work)> candidates)
    {
        double[] seconds = Best(rounds, leastSeconds, [limit, .. candidates.Select(c => c.Run)]);
        return [.. candidates.Select((c, i) => c.Work / seconds[i + 1] / (limitWork / seconds[0]))];
    }

    /// <summary>Calls until the runtime has had time to replace its first, quickly made machine code by the optimised one.</summary>
    public static void WarmUp(params IReadOnlyList<Action> candidates) => Best(3, 0.4, candidates);

    /// <summary>The processor's name, where the system tells.</summary>
    public static string Processor()
    {
        const string processors = "/proc/cpuinfo";
        string? model = File.Exists(processors)
            ? File.ReadLines(processors).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return model?.Split(':', 2)[^1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
