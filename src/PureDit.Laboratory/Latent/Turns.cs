// Times on a machine that does other things too. What is compared takes turns of about a millisecond (or of one call, where
// that is longer), so that what slows the machine slows all of them; a ratio is of one round of turns, and the median of
// many rounds is what is reported. The clock is handed in: the laboratory has none of its own.

namespace PureDit.Laboratory;

/// <summary>Measures calls in turns.</summary>
/// <param name="clock">The clock.</param>
internal sealed class Turns(TimeProvider clock)
{
    private const double Turn = 1e-3;

    /// <summary>What a criterion on times says in its note, and tests look for.</summary>
    public const string Note = "a time of this machine, one thread; median over turns";

    /// <summary>Seconds of one call of each, in every round: [call][round].</summary>
    public double[][] Round(int rounds, params Action[] calls)
    {
        double[][] times = Array.ConvertAll(calls, _ => new double[rounds]);
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < calls.Length; i++) times[i][round] = Time(calls[i]);
        }

        return times;
    }

    /// <summary>The middle value; of an even number the mean of the middle two.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private double Time(Action call)
    {
        long start = clock.GetTimestamp();
        int calls = 0;
        double elapsed;
        do
        {
            call();
            calls++;
            elapsed = clock.GetElapsedTime(start).TotalSeconds;
        }
        while (elapsed < Turn);
        return elapsed / calls;
    }
}
