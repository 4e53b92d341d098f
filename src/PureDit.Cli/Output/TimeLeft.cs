// How long something will take yet, by the pace of the later half of the time so far: what an earlier run had done comes
// all at once in the beginning, and is no pace to count on.

namespace PureDit.Cli;

/// <summary>Estimates the time that is left from shares that are done.</summary>
internal sealed class TimeLeft(TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();
    private readonly Queue<(double Seconds, double Done)> _later = new(); // a queue has no collection expression

    /// <summary>Takes in how much is done now.</summary>
    /// <param name="done">0 to 1, not falling.</param>
    /// <returns>Seconds that are left; null while that cannot be told: the first time, and where nothing moves.</returns>
    public double? At(double done)
    {
        double now = clock.GetElapsedTime(_start).TotalSeconds;
        _later.Enqueue((now, done));
        while (_later.Count > 2 && _later.ElementAt(1).Seconds <= now / 2) _later.Dequeue();
        (double seconds, double before) = _later.Peek();
        return done > before && now > seconds ? (1 - done) * (now - seconds) / (done - before) : null;
    }
}
