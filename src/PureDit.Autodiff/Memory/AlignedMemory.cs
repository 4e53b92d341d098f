using System.Runtime.InteropServices;

namespace PureDit.Autodiff;

/// <summary>Float arrays that start on a cache line (64 bytes), so that a vector never straddles two.</summary>
internal static class AlignedMemory
{
    /// <summary>Floats per cache line.</summary>
    public const int Line = 16;

    /// <summary>Zero-filled memory whose first element is 64-byte aligned, and stays so: the array is pinned.</summary>
    public static Memory<float> Allocate(int length)
    {
        float[] array = GC.AllocateArray<float>(checked(length + Line), pinned: true);
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
        int skip = (int)((-address & ((Line * sizeof(float)) - 1)) / sizeof(float));
        return array.AsMemory(skip, length);
    }

    /// <summary>The length rounded up to whole cache lines.</summary>
    public static int RoundUp(int length) => checked(length + Line - 1) / Line * Line;
}
