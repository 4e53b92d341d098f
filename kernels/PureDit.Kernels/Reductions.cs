// Sums over whole arrays:  Σ x,  Σ x²,  Σ x·y,  and max x.
//
// Float arithmetic in 16 lanes inside blocks of 1024, double across blocks, so that the error does not grow with the
// length. An array is cut into at most 64 slices, which threads share; blocks, slices and the order of all additions
// depend on the length only.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Sum, sum of squares, dot product and greatest value of long arrays.</summary>
public static unsafe class Reductions
{
    private const int Slices = 64;
    private const int Block = 1024;

    /// <summary>Σ x_i; 0 for no values.</summary>
    public static double Sum(Cpu cpu, ReadOnlySpan<float> x)
    {
        fixed (float* px = x) return SumOf(cpu, new ValueTerm(px), x.Length);
    }

    /// <summary>Σ x_i²: finite unless a value is NaN, infinite, or so large that its square overflows a float.</summary>
    public static double SumOfSquares(Cpu cpu, ReadOnlySpan<float> x) => Dot(cpu, x, x);

    /// <summary>Σ x_i·y_i.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double Dot(Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        Guard.SameLength(y, x.Length);
        fixed (float* px = x, py = y) return SumOf(cpu, new ProductTerm(px, py), x.Length);
    }

    /// <summary>The greatest value; NaNs are passed over, and −∞ is the answer if nothing is left.</summary>
    public static float Max(Cpu cpu, ReadOnlySpan<float> x)
    {
        float* slots = stackalloc float[Slices];
        new Span<float>(slots, Slices).Fill(float.NegativeInfinity);
        fixed (float* px = x)
        {
            int slice = SliceOf(x.Length);
            cpu.Run(CountOf(x.Length), Grain.Light / slice, new MaxSlices(px, x.Length, slice, slots));
        }

        float max = float.NegativeInfinity;
        for (int i = 0; i < Slices; i++) max = MathF.Max(max, slots[i]);
        return max;
    }

    /// <summary>Sum of a term over a long range: float inside blocks, double across them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double SumOfBlocks<V, S, TTerm>(TTerm term, int begin, int end)
        where V : struct where S : struct, ISimd<V> where TTerm : struct, ITerm
    {
        double sum = 0;
        for (long i = begin; i < end; i += Block)
        {
            sum += VectorLoop.Sum<V, S, TTerm>(term, (int)i, (int)Math.Min(i + Block, end));
        }

        return sum;
    }

    private static double SumOf<TTerm>(Cpu cpu, TTerm term, int count) where TTerm : struct, ITerm
    {
        double* slots = stackalloc double[Slices];
        int slice = SliceOf(count);
        cpu.Run(CountOf(count), Grain.Light / slice, new SumSlices<TTerm>(term, count, slice, slots));
        double sum = 0;
        for (int i = 0; i < Slices; i++) sum += slots[i];
        return sum;
    }

    /// <summary>Elements in a slice: whole blocks.</summary>
    private static int SliceOf(int count) => Math.Max(1, (int)(((count / (long)Slices) + Block) / Block)) * Block;

    private static int CountOf(int count) => (int)(((long)count + SliceOf(count) - 1) / SliceOf(count));

    private readonly struct SumSlices<TTerm>(TTerm term, int count, int slice, double* slots) : IKernel
        where TTerm : struct, ITerm
    {
        [MethodImpl(Jit.KernelBody)]
        void IKernel.Run<V, S>(int begin, int end)
        {
            for (int i = begin; i < end; i++)
            {
                slots[i] = SumOfBlocks<V, S, TTerm>(term, i * slice, (int)Math.Min((i + 1L) * slice, count));
            }
        }
    }

    private readonly struct MaxSlices(float* x, int count, int slice, float* slots) : IKernel
    {
        [MethodImpl(Jit.KernelBody)]
        void IKernel.Run<V, S>(int begin, int end)
        {
            for (int i = begin; i < end; i++)
            {
                slots[i] = VectorLoop.Max<V, S, MaxTerm>(new(x), i * slice, (int)Math.Min((i + 1L) * slice, count));
            }
        }
    }

    internal readonly struct ValueTerm(float* x) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Take<V, S, L>(V partial, int i, L lanes)
            where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            S.Add(partial, lanes.Load<V, S>(x + i));
    }

    internal readonly struct ProductTerm(float* x, float* y) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Take<V, S, L>(V partial, int i, L lanes)
            where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            S.MultiplyAdd(lanes.Load<V, S>(x + i), lanes.Load<V, S>(y + i), partial);
    }

    internal readonly struct MaxTerm(float* x) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Take<V, S, L>(V partial, int i, L lanes)
            where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            S.MaxNumber(lanes.Load<V, S>(x + i), partial);
    }
}
