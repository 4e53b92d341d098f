namespace PureDit.TestSupport;

/// <summary>Counts the managed bytes that a warm piece of work allocates on the calling thread.</summary>
public static class Allocations
{
    private const int WarmUps = 3, Runs = 5;

    /// <summary>The least that any of several warm runs allocates: the JIT may still be at work during the first.</summary>
    public static long Of(Action work)
    {
        for (int i = 0; i < WarmUps; i++) work();
        long least = long.MaxValue;
        for (int i = 0; i < Runs; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
