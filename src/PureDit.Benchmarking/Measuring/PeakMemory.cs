// The largest amount of memory that the process has occupied. Linux can be asked to count anew (proc(5), clear_refs);
// elsewhere the number is the largest since the process began.

using System.Diagnostics;

namespace PureDit.Benchmarking;

internal static class PeakMemory
{
    private const string ClearReferences = "/proc/self/clear_refs", ForgetPeak = "5";

    /// <summary>Gives back what is not in use, and counts anew where the system can.</summary>
    public static void Reset()
    {
        Release();
        try
        {
            if (File.Exists(ClearReferences)) File.WriteAllText(ClearReferences, ForgetPeak);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not permitted: the peak since the process began is an upper bound.
        }
    }

    /// <summary>Bytes at the peak.</summary>
    public static long Read()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>Gives memory back to the system.</summary>
    public static void Release()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
    }
}
