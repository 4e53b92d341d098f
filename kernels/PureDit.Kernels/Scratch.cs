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
    private static Buffer? s_buffer, s_shared;

    /// <summary>64 zeros, for sums that start from nothing. Not to be written to.</summary>
    public static float* Zeros { get; } = (float*)NativeMemory.AllocZeroed(ZeroCount, sizeof(float));

    /// <summary>A buffer of at least <paramref name="floats"/> floats, valid until this thread rents again.</summary>
    public static float* Rent(nint floats) => (s_buffer ??= new Buffer()).OfAtLeast(floats);

    /// <summary>
    /// Another one, for what several parallel regions of one call hand to one another: valid until this thread rents
    /// a shared one again, whatever the regions' bodies rent.
    /// </summary>
    public static float* RentShared(nint floats) => (s_shared ??= new Buffer()).OfAtLeast(floats);

    private sealed class Buffer
    {
        private const nuint Alignment = 64;

        private float* Start { get; set; }

        private nint Length { get; set; }

        public float* OfAtLeast(nint floats) => Length >= floats ? Start : Grow(floats);

        [MethodImpl(MethodImplOptions.NoInlining)]
        private float* Grow(nint floats)
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
