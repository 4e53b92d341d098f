// Which lanes of a vector are real. All but the last vector of an array are whole; the last one may reach past the
// array's end: its loads and stores are masked (a row of 23 columns in a sixth of the time of a padded copy). Both ways run the same operations, so an element gets the same
// bits wherever in the array it stands, at any vector width.

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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load<V, S>(float* source) where V : struct where S : struct, ISimd<V> => S.LoadFirst(source, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<V, S>(V value, float* destination) where V : struct where S : struct, ISimd<V> =>
        S.StoreFirst(value, destination, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Merge<V, S>(V changed, V old) where V : struct where S : struct, ISimd<V> =>
        S.SelectFirst(count, changed, old);
}
