// Which lanes of a vector are real. All but the last vector of an array are whole; the last one may reach past the
// array's end, and is then padded through a buffer of one vector's size. Both ways run the same operations, so an
// element gets the same bits wherever in the array it stands, at any vector width.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>How a loop body reaches memory: every lane, or the first few.</summary>
internal unsafe interface ILanes
{
    V Load<V, S>(float* source) where V : struct where S : struct, ISimd<V>;

    void Store<V, S>(V value, float* destination) where V : struct where S : struct, ISimd<V>;

    /// <summary>The new value in the real lanes, the old one in the others.</summary>
    V Merge<V, S>(V changed, V old) where V : struct where S : struct, ISimd<V>;
}

/// <summary>All lanes are real.</summary>
internal readonly unsafe struct AllLanes : ILanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load<V, S>(float* source) where V : struct where S : struct, ISimd<V> => S.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<V, S>(V value, float* destination) where V : struct where S : struct, ISimd<V> =>
        S.Store(value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Merge<V, S>(V changed, V old) where V : struct where S : struct, ISimd<V> => changed;
}

/// <summary>Only the first <paramref name="count"/> lanes are real; the others read as zero.</summary>
internal readonly unsafe struct FirstLanes(int count) : ILanes
{
    private const int Widest = 16;

    public V Load<V, S>(float* source) where V : struct where S : struct, ISimd<V>
    {
        float* buffer = stackalloc float[Widest];
        for (int i = 0; i < Widest; i++) buffer[i] = i < count ? source[i] : 0;
        return S.Load(buffer);
    }

    public void Store<V, S>(V value, float* destination) where V : struct where S : struct, ISimd<V>
    {
        float* buffer = stackalloc float[Widest];
        S.Store(value, buffer);
        for (int i = 0; i < count; i++) destination[i] = buffer[i];
    }

    public V Merge<V, S>(V changed, V old) where V : struct where S : struct, ISimd<V>
    {
        float* buffer = stackalloc float[Widest];
        S.Store(old, buffer);
        Store<V, S>(changed, buffer);
        return S.Load(buffer);
    }
}
