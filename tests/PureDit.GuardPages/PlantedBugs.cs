using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PureDit.GuardPages;

/// <summary>What a kernel must not do, so that it is seen that the pages would tell.</summary>
internal static class PlantedBugs
{
    public static KernelCase Named(string bug) => bug switch
    {
        "read" => new("Planted.ReadsOnePast(x)", "length", (_, a, n) => Past(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(a.In(n)), n), read: true)),
        "write" => new("Planted.WritesOnePast(y)", "length", (_, a, n) => Past(a.Out(n), read: false)),
        "input" => new("Planted.WritesItsInput(x)", "length", (_, a, n) => MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(a.In(n + 1)), n + 1)[0] = 1),
        _ => throw new ArgumentException($"bug: expected read, write or input, got '{bug}'.", nameof(bug)),
    };

    private static void Past(Span<float> x, bool read)
    {
        ref float past = ref Unsafe.Add(ref MemoryMarshal.GetReference(x), x.Length);
        if (!read) past = 1;
        else if (past == 7) throw new InvalidOperationException("read");
    }
}
