// Sums, products and multiples of vectors, value by value. All lengths are equal; a destination may be an input.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Elementwise arithmetic.</summary>
public static unsafe partial class Elementwise
{
    /// <summary>Writes z = x + y.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Add(Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z)
    {
        Guard.SameLength(y, x.Length);
        Guard.SameLength<float>(z, x.Length);
        fixed (float* px = x, py = y, pz = z) new Map<AddBody>(new(px, py, pz), x.Length).Run(cpu, Grain.Light);
    }

    /// <summary>Writes z = x·y, value by value.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Multiply(Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z)
    {
        Guard.SameLength(y, x.Length);
        Guard.SameLength<float>(z, x.Length);
        fixed (float* px = x, py = y, pz = z) new Map<MultiplyBody>(new(px, py, pz), x.Length).Run(cpu, Grain.Light);
    }

    /// <summary>Writes y = a·x.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Scale(Cpu cpu, ReadOnlySpan<float> x, float a, Span<float> y)
    {
        Guard.SameLength<float>(y, x.Length);
        fixed (float* px = x, py = y) new Map<ScaleBody>(new(px, a, py), x.Length).Run(cpu, Grain.Light);
    }

    /// <summary>Adds y += a·x, rounded once.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Axpy(Cpu cpu, float a, ReadOnlySpan<float> x, Span<float> y)
    {
        Guard.SameLength<float>(y, x.Length);
        fixed (float* px = x, py = y) new Map<AxpyBody>(new(a, px, py), x.Length).Run(cpu, Grain.Light);
    }

    internal readonly struct AddBody(float* x, float* y, float* z) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            lanes.Store<V, S>(S.Add(lanes.Load<V, S>(x + i), lanes.Load<V, S>(y + i)), z + i);
    }

    internal readonly struct MultiplyBody(float* x, float* y, float* z) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            lanes.Store<V, S>(S.Multiply(lanes.Load<V, S>(x + i), lanes.Load<V, S>(y + i)), z + i);
    }

    internal readonly struct ScaleBody(float* x, float a, float* y) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            lanes.Store<V, S>(S.Multiply(S.Broadcast(a), lanes.Load<V, S>(x + i)), y + i);
    }

    internal readonly struct AxpyBody(float a, float* x, float* y) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            lanes.Store<V, S>(S.MultiplyAdd(S.Broadcast(a), lanes.Load<V, S>(x + i), lanes.Load<V, S>(y + i)), y + i);
    }

    /// <summary>z = a·b + c, rounded once.</summary>
    internal readonly struct MultiplyAddBody(float* a, float* b, float* c, float* z) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            lanes.Store<V, S>(
                S.MultiplyAdd(lanes.Load<V, S>(a + i), lanes.Load<V, S>(b + i), lanes.Load<V, S>(c + i)), z + i);
    }
}
