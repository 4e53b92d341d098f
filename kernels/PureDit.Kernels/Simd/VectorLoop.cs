// The two loops that all elementwise and row kernels are made of.
//
//   ForEach: a body, for every vector's worth of an index range.
//   Sum and Max: a term, for every vector's worth, reduced to one number with 64 logical lanes: the i-th element goes to
//   lane i mod 64, and the lanes are added by halving, 64 → 32 → … → 1. So the order of additions depends neither on the
//   vector width nor on anything but the length. Four registers of 16 lanes hide the four cycles that an addition takes:
//   against 16 lanes in one register, layer norm in cache takes half the time, a sum of squares 70 %.
//
// Loops are not unrolled by hand: two vectors of an exponential per turn were a fifth slower than one (the processor
// overlaps turns by itself), and pairs of registers as one wide vector no faster.
//
// A body holds its pointers and constants, and says what happens at index i. It is copied into the loop, so that its
// fields can live in registers.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>What happens to the elements from index i on, one vector of them.</summary>
internal interface IBody
{
    void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes;
}

/// <summary>What a reduction takes up from the elements from index i on.</summary>
internal interface ITerm
{
    /// <summary>The partial result after these elements: one sum or greatest value per lane.</summary>
    V Take<V, S, L>(V partial, int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes;
}

internal static class VectorLoop
{
    private const int LogicalLanes = 64;

    // [doc:vector-loop]
    /// <summary>Runs a body over the indices from begin to end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ForEach<V, S, TBody>(TBody body, int begin, int end)
        where V : struct where S : struct, ISimd<V> where TBody : struct, IBody
    {
        int i = begin;
        for (; i <= end - S.Count; i += S.Count) body.At<V, S, AllLanes>(i, default);
        if (i < end) Rest<V, S, TBody>(body, i, end - i);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Rest<V, S, TBody>(TBody body, int i, int count)
        where V : struct where S : struct, ISimd<V> where TBody : struct, IBody =>
        body.At<V, S, FirstLanes>(i, new FirstLanes(count));
    // [/doc:vector-loop]

    /// <summary>Sum of a term over the indices from begin to end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum<V, S, TTerm>(TTerm term, int begin, int end)
        where V : struct where S : struct, ISimd<V> where TTerm : struct, ITerm =>
        Reduce<V, S, TTerm, SumTree>(term, begin, end);

    /// <summary>Greatest of a term over the indices from begin to end; −∞ for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max<V, S, TTerm>(TTerm term, int begin, int end)
        where V : struct where S : struct, ISimd<V> where TTerm : struct, ITerm =>
        Reduce<V, S, TTerm, MaxTree>(term, begin, end);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Reduce<V, S, TTerm, TTree>(TTerm term, int begin, int end)
        where V : struct where S : struct, ISimd<V> where TTerm : struct, ITerm where TTree : struct, ITree
    {
        if (S.Count < LogicalLanes / 4) return ReduceInParts<V, S, TTerm, TTree>(term, begin, end);
        V a = TTree.Start<V, S>(), b = a, c = a, d = a;
        int i = begin;
        for (; i <= end - LogicalLanes; i += LogicalLanes)
        {
            a = term.Take<V, S, AllLanes>(a, i, default);
            b = term.Take<V, S, AllLanes>(b, i + S.Count, default);
            c = term.Take<V, S, AllLanes>(c, i + (2 * S.Count), default);
            d = term.Take<V, S, AllLanes>(d, i + (3 * S.Count), default);
        }

        return i < end
            ? Rest<V, S, TTerm, TTree>(term, a, b, c, d, i, end)
            : TTree.Lanes<V, S>(TTree.Join<V, S>(TTree.Join<V, S>(a, c), TTree.Join<V, S>(b, d)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Rest<V, S, TTerm, TTree>(TTerm term, V a, V b, V c, V d, int i, int end)
        where V : struct where S : struct, ISimd<V> where TTerm : struct, ITerm where TTree : struct, ITree
    {
        a = RestOf<V, S, TTerm>(term, a, i, end);
        b = RestOf<V, S, TTerm>(term, b, i + S.Count, end);
        c = RestOf<V, S, TTerm>(term, c, i + (2 * S.Count), end);
        d = RestOf<V, S, TTerm>(term, d, i + (3 * S.Count), end);
        return TTree.Lanes<V, S>(TTree.Join<V, S>(TTree.Join<V, S>(a, c), TTree.Join<V, S>(b, d)));
    }

    /// <summary>The same at the narrower widths: one part of the lanes at a time, so that four registers always do.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static unsafe float ReduceInParts<V, S, TTerm, TTree>(TTerm term, int begin, int end)
        where V : struct where S : struct, ISimd<V> where TTerm : struct, ITerm where TTree : struct, ITree
    {
        float* lanes = stackalloc float[LogicalLanes];
        for (int part = 0; part < LogicalLanes; part += 4 * S.Count)
        {
            V a = TTree.Start<V, S>(), b = a, c = a, d = a;
            int i = begin + part;
            for (; i <= end - (4 * S.Count); i += LogicalLanes)
            {
                a = term.Take<V, S, AllLanes>(a, i, default);
                b = term.Take<V, S, AllLanes>(b, i + S.Count, default);
                c = term.Take<V, S, AllLanes>(c, i + (2 * S.Count), default);
                d = term.Take<V, S, AllLanes>(d, i + (3 * S.Count), default);
            }

            a = RestOf<V, S, TTerm>(term, a, i, end);
            b = RestOf<V, S, TTerm>(term, b, i + S.Count, end);
            c = RestOf<V, S, TTerm>(term, c, i + (2 * S.Count), end);
            d = RestOf<V, S, TTerm>(term, d, i + (3 * S.Count), end);
            S.Store(a, lanes + part);
            S.Store(b, lanes + part + S.Count);
            S.Store(c, lanes + part + (2 * S.Count));
            S.Store(d, lanes + part + (3 * S.Count));
        }

        for (int half = LogicalLanes / 2; half >= S.Count; half /= 2)
        {
            for (int i = 0; i < half; i += S.Count)
            {
                S.Store(TTree.Join<V, S>(S.Load(lanes + i), S.Load(lanes + half + i)), lanes + i);
            }
        }

        return TTree.Lanes<V, S>(S.Load(lanes));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V RestOf<V, S, TTerm>(TTerm term, V partial, int i, int end)
        where V : struct where S : struct, ISimd<V> where TTerm : struct, ITerm
    {
        if (i >= end) return partial;
        FirstLanes lanes = new(Math.Min(end - i, S.Count));
        return lanes.Merge<V, S>(term.Take<V, S, FirstLanes>(partial, i, lanes), partial);
    }

    /// <summary>How lanes become one number.</summary>
    private interface ITree
    {
        static abstract V Start<V, S>() where V : struct where S : struct, ISimd<V>;

        static abstract V Join<V, S>(V a, V b) where V : struct where S : struct, ISimd<V>;

        static abstract float Lanes<V, S>(V a) where V : struct where S : struct, ISimd<V>;
    }

    private readonly struct SumTree : ITree
    {
        public static V Start<V, S>() where V : struct where S : struct, ISimd<V> => S.Zero;

        public static V Join<V, S>(V a, V b) where V : struct where S : struct, ISimd<V> => S.Add(a, b);

        public static float Lanes<V, S>(V a) where V : struct where S : struct, ISimd<V> => S.SumLanes(a);
    }

    private readonly struct MaxTree : ITree
    {
        public static V Start<V, S>() where V : struct where S : struct, ISimd<V> => S.Broadcast(float.NegativeInfinity);

        public static V Join<V, S>(V a, V b) where V : struct where S : struct, ISimd<V> => S.MaxNumber(a, b);

        public static float Lanes<V, S>(V a) where V : struct where S : struct, ISimd<V> => S.MaxLanes(a);
    }
}
