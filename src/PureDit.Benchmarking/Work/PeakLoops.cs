// Loops that do nothing but multiply and add, or nothing but read, once for every vector width: what they reach is what
// the machine can do, and what every other number is a share of.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PureDit.Benchmarking;

internal interface IVector<V>
{
    static abstract int Count { get; }

    static abstract V All(float value);

    static abstract V MultiplyAdd(V x, V factor, V addend);

    static abstract V Add(V x, V y);

    static abstract V Load(ref float source, nuint index);

    static abstract float Sum(V x);
}

internal readonly struct Lanes16 : IVector<Vector512<float>>
{
    public static int Count => 16;

    public static Vector512<float> All(float value) => Vector512.Create(value);

    public static Vector512<float> MultiplyAdd(Vector512<float> x, Vector512<float> factor, Vector512<float> addend) =>
        Vector512.FusedMultiplyAdd(x, factor, addend);

    public static Vector512<float> Add(Vector512<float> x, Vector512<float> y) => x + y;

    public static Vector512<float> Load(ref float source, nuint index) => Vector512.LoadUnsafe(ref source, index);

    public static float Sum(Vector512<float> x) => Vector512.Sum(x);
}

internal readonly struct Lanes8 : IVector<Vector256<float>>
{
    public static int Count => 8;

    public static Vector256<float> All(float value) => Vector256.Create(value);

    public static Vector256<float> MultiplyAdd(Vector256<float> x, Vector256<float> factor, Vector256<float> addend) =>
        Vector256.FusedMultiplyAdd(x, factor, addend);

    public static Vector256<float> Add(Vector256<float> x, Vector256<float> y) => x + y;

    public static Vector256<float> Load(ref float source, nuint index) => Vector256.LoadUnsafe(ref source, index);

    public static float Sum(Vector256<float> x) => Vector256.Sum(x);
}

internal readonly struct Lanes4 : IVector<Vector128<float>>
{
    public static int Count => 4;

    public static Vector128<float> All(float value) => Vector128.Create(value);

    public static Vector128<float> MultiplyAdd(Vector128<float> x, Vector128<float> factor, Vector128<float> addend) =>
        Vector128.FusedMultiplyAdd(x, factor, addend);

    public static Vector128<float> Add(Vector128<float> x, Vector128<float> y) => x + y;

    public static Vector128<float> Load(ref float source, nuint index) => Vector128.LoadUnsafe(ref source, index);

    public static float Sum(Vector128<float> x) => Vector128.Sum(x);
}

internal static class PeakLoops
{
    /// <summary>Chains that are in flight at once: latency 4 to 5 times two units, with room.</summary>
    public const int Chains = 12;

    /// <summary>c ← c·0.999 + 0.001 in every lane of every chain; the mean of all lanes, which goes to 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float MultiplyAdd<V, S>(int steps) where V : struct where S : struct, IVector<V>
    {
        V a = S.All(0.999f), b = S.All(0.001f);
        V c0 = S.All(1), c1 = S.All(2), c2 = S.All(3), c3 = S.All(4), c4 = S.All(5), c5 = S.All(6);
        V c6 = S.All(7), c7 = S.All(8), c8 = S.All(9), c9 = S.All(10), c10 = S.All(11), c11 = S.All(12);
        for (int i = 0; i < steps; i++)
        {
            c0 = S.MultiplyAdd(c0, a, b);
            c1 = S.MultiplyAdd(c1, a, b);
            c2 = S.MultiplyAdd(c2, a, b);
            c3 = S.MultiplyAdd(c3, a, b);
            c4 = S.MultiplyAdd(c4, a, b);
            c5 = S.MultiplyAdd(c5, a, b);
            c6 = S.MultiplyAdd(c6, a, b);
            c7 = S.MultiplyAdd(c7, a, b);
            c8 = S.MultiplyAdd(c8, a, b);
            c9 = S.MultiplyAdd(c9, a, b);
            c10 = S.MultiplyAdd(c10, a, b);
            c11 = S.MultiplyAdd(c11, a, b);
        }

        V sum = S.Add(S.Add(S.Add(c0, c1), S.Add(c2, c3)), S.Add(S.Add(c4, c5), S.Add(c6, c7)));
        return S.Sum(S.Add(sum, S.Add(S.Add(c8, c9), S.Add(c10, c11)))) / (Chains * S.Count);
    }

    /// <summary>So many times the sum of an array whose length is a multiple of 8 vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Read<V, S>(ReadOnlySpan<float> values, int repeat) where V : struct where S : struct, IVector<V>
    {
        ref float start = ref MemoryMarshal.GetReference(values);
        V s0 = S.All(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        nuint lanes = (nuint)S.Count, step = 8 * lanes, length = (nuint)values.Length;
        for (int r = 0; r < repeat; r++)
        {
            for (nuint i = 0; i < length; i += step)
            {
                s0 = S.Add(s0, S.Load(ref start, i));
                s1 = S.Add(s1, S.Load(ref start, i + lanes));
                s2 = S.Add(s2, S.Load(ref start, i + (2 * lanes)));
                s3 = S.Add(s3, S.Load(ref start, i + (3 * lanes)));
                s4 = S.Add(s4, S.Load(ref start, i + (4 * lanes)));
                s5 = S.Add(s5, S.Load(ref start, i + (5 * lanes)));
                s6 = S.Add(s6, S.Load(ref start, i + (6 * lanes)));
                s7 = S.Add(s7, S.Load(ref start, i + (7 * lanes)));
            }
        }

        return S.Sum(S.Add(S.Add(S.Add(s0, s1), S.Add(s2, s3)), S.Add(S.Add(s4, s5), S.Add(s6, s7))));
    }
}
