using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PureDit.Kernels;

/// <summary>
/// One 64-byte-aligned buffer per thread that kernels share for packed operands. It only ever grows, so a warm call
/// allocates nothing; it is native memory because ranges of one kernel read it from other threads.
/// </summary>
internal static unsafe class Scratch
{
    private const int ZeroCount = 64; // columns of the widest register tile

    [ThreadStatic]
    private static Buffer? s_buffer;

    /// <summary>64 zeros, for sums that start from nothing. Not to be written to.</summary>
    public static float* Zeros { get; } = (float*)NativeMemory.AllocZeroed(ZeroCount, sizeof(float));

    /// <summary>A buffer of at least <paramref name="floats"/> floats, valid until this thread rents again.</summary>
    public static float* Rent(nint floats)
    {
        Buffer buffer = s_buffer ??= new Buffer();
        return buffer.Length >= floats ? buffer.Start : buffer.Grow(floats);
    }

    private sealed class Buffer
    {
        private const nuint Alignment = 64;

        public float* Start { get; private set; }

        public nint Length { get; private set; }

        [MethodImpl(MethodImplOptions.NoInlining)]
        public float* Grow(nint floats)
        {
            NativeMemory.AlignedFree(Start);
            Start = null;
            Length = 0;
            Start = (float*)NativeMemory.AlignedAlloc(checked((nuint)floats * sizeof(float)), Alignment);
            Length = floats;
            return Start;
        }

        ~Buffer() => NativeMemory.AlignedFree(Start);
    }
}
