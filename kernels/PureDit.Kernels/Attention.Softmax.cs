// Softmax of a panel of transposed scores, sixteen queries to a vector. With c = log2(e)/√headSize, a probability is
// 2^(c·s − m): scale and maximum cost one fused multiply-add together, and the exponential starts two operations further
// on than e^x would (its reduction to |r| ≤ ½ is a rounding and a subtraction, both exact).

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PureDit.Kernels;

public static partial class Attention
{
    /// <summary>Where maxima begin: below every score, and still finite, since −∞ − (−∞) is a NaN.</summary>
    private const float Nothing = -1e37f;

    /// <summary>Whether a query with this maximum has seen no key.</summary>
    private static bool SeesNothing(float maximum) => maximum < -1e30f;

    private const double Ln2 = 0.693147180559945309417;

    private static float ExponentScale(in AttentionShape shape) => (float)(1 / (Ln2 * Math.Sqrt(shape.HeadSize)));

    /// <summary>
    /// 2^x within 1 ulp for x ≤ 127, where the exponents of a softmax end long before; 2^−126 for all x below −126, which is
    /// nothing beside the sum of a softmax, at least 1. A smaller result would not be a normal number, and take a processor a
    /// hundred cycles: hidden scores made a window of 129 keys at 256 tokens slower (1.09) than no mask at all.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Exp2<V, S>(V x) where V : struct where S : struct, ISimd<V>
    {
        x = S.AtLeast(x, S.Broadcast(-126f));
        V n = S.Round(x), r = S.Subtract(x, n);
        V p = S.Broadcast(0.00015345812f); // least greatest relative error on [−½, ½]: 2·10⁻⁹
        p = S.MultiplyAdd(p, r, S.Broadcast(0.0013399931f));
        p = S.MultiplyAdd(p, r, S.Broadcast(0.009618489f));
        p = S.MultiplyAdd(p, r, S.Broadcast(0.055503286f));
        p = S.MultiplyAdd(p, r, S.Broadcast(0.24022646f));
        p = S.MultiplyAdd(p, r, S.Broadcast(0.6931472f));
        p = S.MultiplyAdd(p, r, S.Broadcast(1f));
        return S.ScaleByPowerOfTwo(p, n);
    }

    // [doc:attention-online]
    // Scores become 2^(c·s − m), with m the new running maximum of c·s of each column (query); factor = 2^(old m − m).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Probabilities<V, S>(
        Matrix scores, int keys, int columns, float scale, float* maximum, float* sum, float* factor)
        where V : struct where S : struct, ISimd<V>
    {
        nint row = scores.Row;
        V c = S.Broadcast(scale);
        for (int column = 0; column < columns; column += S.Count)
        {
            float* s = scores.Start + column, end = s + (keys * row);
            V a = S.Broadcast(Nothing), b = a; // two chains: one maximum takes four cycles
            for (; s < end - row; s += 2 * row) (a, b) = (S.MaxNumber(S.Load(s), a), S.MaxNumber(S.Load(s + row), b));
            if (s < end) a = S.MaxNumber(S.Load(s), a);
            V old = S.Load(maximum + column), m = S.MaxNumber(old, S.Multiply(c, S.MaxNumber(a, b)));
            V minus = S.Subtract(S.Zero, m), f = Exp2<V, S>(S.Subtract(old, m)), l = S.Zero;
            for (s = scores.Start + column; s < end; s += row)
            {
                V p = Exp2<V, S>(S.MultiplyAdd(c, S.Load(s), minus));
                S.Store(p, s);
                l = S.Add(l, p);
            }

            S.Store(m, maximum + column);
            S.Store(f, factor + column);
            S.Store(S.MultiplyAdd(S.Load(sum + column), f, l), sum + column);
        }
    }
    // [/doc:attention-online]

    /// <summary>p = 2^(c·s − logSumExp) in the place of the scores [queries, columns], dS = p·(dP − D) in the place of dP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void ScoreGradients<V, S>(
        Matrix scores, Matrix dP, int queries, int columns, float scale, float* logSumExp, float* delta)
        where V : struct where S : struct, ISimd<V>
    {
        V c = S.Broadcast(scale);
        for (int query = 0; query < queries; query++)
        {
            V minus = S.Broadcast(-logSumExp[query]), d = S.Broadcast(delta[query]);
            float* s = scores.Start + (query * scores.Row), g = dP.Start + (query * dP.Row);
            for (int column = 0; column < columns; column += S.Count)
            {
                V p = Exp2<V, S>(S.MultiplyAdd(c, S.Load(s + column), minus));
                S.Store(p, s + column);
                S.Store(S.Multiply(p, S.Subtract(S.Load(g + column), d)), g + column);
            }
        }
    }

    /// <summary>logSumExp = ln Σ e^s = m·ln 2 + ln l, for maxima m of base-2 exponents and sums l; −∞ for a query that sees nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void LogSums<V, S>(float* maximum, float* sum, int count, float* logSumExp)
        where V : struct where S : struct, ISimd<V>
    {
        const int SqrtHalf = 0x3F3504F3, Mantissa = 0x7FFFFF; // bits: sums are x · 2^exponent with x in [√½, √2)
        float* exponent = stackalloc float[Lanes], result = stackalloc float[Lanes];
        for (int i = 0; i < count; i += S.Count)
        {
            for (int lane = 0; lane < S.Count; lane += Vector128<float>.Count)
            {
                Vector128<int> offset = Vector128.Load((int*)sum + i + lane) - Vector128.Create(SqrtHalf);
                Vector128.ConvertToSingle(offset >> 23).Store(exponent + lane);
                ((offset & Vector128.Create(Mantissa)) + Vector128.Create(SqrtHalf)).AsSingle().Store(result + lane);
            }

            // ln x = 2·artanh t with t = (x − 1)/(x + 1), |t| ≤ 0.172: the terms up to t⁹ leave 10⁻¹⁰.
            V x = S.Load(result), one = S.Broadcast(1f), t = S.Divide(S.Subtract(x, one), S.Add(x, one)), q = S.Multiply(t, t);
            V series = S.MultiplyAdd(q, S.Broadcast(2f / 9), S.Broadcast(2f / 7));
            series = S.MultiplyAdd(series, q, S.Broadcast(2f / 5));
            series = S.MultiplyAdd(series, q, S.Broadcast(2f / 3));
            series = S.MultiplyAdd(S.Multiply(series, q), t, S.Add(t, t));
            V twos = S.Add(S.Load(exponent), S.Load(maximum + i));
            S.Store(S.MultiplyAdd(twos, S.Broadcast((float)Ln2), series), result);
            int real = Math.Min(S.Count, count - i);
            new ReadOnlySpan<float>(result, real).CopyTo(new Span<float>(logSumExp + i, real));
            for (int lane = 0; lane < real; lane++) if (SeesNothing(maximum[i + lane])) logSumExp[i + lane] = float.NegativeInfinity;
        }
    }
}
