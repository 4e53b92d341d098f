// Memory between two pages that may not be touched: a kernel that reads or writes one value too far ends the process.
// Linux only: mmap and mprotect of the C library, by P/Invoke, here and nowhere else in the repository.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PureDit.GuardPages;

/// <summary>Where in its pages an array stands: its last value, or its first one, at the forbidden page.</summary>
internal enum Placement
{
    End,
    Start,
}

internal sealed class ProtectedPages
{
    private const int None = 0, Read = 1, ReadWrite = 3; // PROT_*
    private const int PrivateAnonymous = 0x22; // MAP_PRIVATE | MAP_ANONYMOUS
    private readonly nint _first;
    private readonly int _bytes;

    /// <param name="bytes">Size, rounded up to whole pages.</param>
    /// <param name="readOnly">Whether they may be read only, once filled.</param>
    public ProtectedPages(int bytes, bool readOnly)
    {
        int page = Environment.SystemPageSize;
        _bytes = (bytes + page - 1) / page * page;
        nint mapping = Map(0, _bytes + (2 * page), None, PrivateAnonymous, -1, 0);
        if (mapping == -1) throw new InvalidOperationException($"mmap of {_bytes} bytes failed: {Marshal.GetLastPInvokeError()}.");
        _first = mapping + page;
        Protect(ReadWrite);
        Fill(At<float>(_bytes / sizeof(float), Placement.Start));
        if (readOnly) Protect(Read);
    }

    /// <summary>An array that begins or ends the pages. Its values lie between 0.25 and 1.25 at first.</summary>
    public Span<T> At<T>(int length, Placement placement) where T : unmanaged
    {
        int bytes = checked(length * Unsafe.SizeOf<T>());
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _bytes);
        nint address = placement == Placement.End ? _first + _bytes - bytes : _first;
        return MemoryMarshal.CreateSpan(ref Unsafe.AddByteOffset(ref Unsafe.NullRef<T>(), address), length);
    }

    /// <summary>Values between 0.25 and 1.25.</summary>
    public static void Fill(Span<float> span)
    {
        for (int i = 0; i < span.Length; i++) span[i] = 0.25f + (i * 37 % 64 / 64f);
    }

    private void Protect(int protection)
    {
        if (Protect(_first, _bytes, protection) != 0) throw new InvalidOperationException($"mprotect failed: {Marshal.GetLastPInvokeError()}.");
    }

    [DllImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static extern nint Map(nint address, nint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static extern int Protect(nint address, nint length, int protection);
}
