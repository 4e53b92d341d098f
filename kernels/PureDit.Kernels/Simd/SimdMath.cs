// Transcendental functions on vectors, of the operations of ISimd only: the same bits on every machine.
//
//   e^x = 2^n · e^r,  n = round(x / ln 2),  r = x − n·ln 2,  |r| ≤ ½·ln 2          (Cody and Waite 1980)
//   e^r ≈ 1 + r + r²·p(r),  p of degree 4, fitted for the least greatest relative error (3·10⁻⁹)
//
// ln 2 is subtracted in two parts: n times the first is exact, and the second carries the digits it lacks.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

internal static partial class SimdMath
{
    private const float RoundingBias = 12582912f; // 1½·2²³: what is added to it is rounded to an integer, ties to even.
    // As an addition it is fused with the product before it; with a product and Round, e^x was 8 % slower.

    // [doc:simd-exp]
    /// <summary>
    /// e^x within 0.9 ulp (1.1 without FMA hardware). Overflows to +∞ above 88.72, underflows gradually through the
    /// denormals to 0 below −103.97; a NaN stays a NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V, S>(V x) where V : struct where S : struct, ISimd<V> =>
        ExpInRange<V, S>(S.Clamp(x, S.Broadcast(-104f), S.Broadcast(89f))); // e^±∞ in float, and n stays small

    /// <summary>The same for x ≤ 0, where one limit is enough.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpOfNegative<V, S>(V x) where V : struct where S : struct, ISimd<V> =>
        ExpInRange<V, S>(S.AtLeast(x, S.Broadcast(-104f)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpInRange<V, S>(V x) where V : struct where S : struct, ISimd<V>
    {
        V bias = S.Broadcast(RoundingBias);
        V n = S.Subtract(S.MultiplyAdd(x, S.Broadcast(1.44269504f), bias), bias);
        V r = S.MultiplyAdd(n, S.Broadcast(-0.693359375f), x);
        r = S.MultiplyAdd(n, S.Broadcast(2.12194440e-4f), r);

        V p = S.Broadcast(0.00138145406f);
        p = S.MultiplyAdd(p, r, S.Broadcast(0.00836874545f));
        p = S.MultiplyAdd(p, r, S.Broadcast(0.041668389f));
        p = S.MultiplyAdd(p, r, S.Broadcast(0.166665211f));
        p = S.MultiplyAdd(p, r, S.Broadcast(0.49999994f));
        p = S.MultiplyAdd(p, r, S.Broadcast(1f));
        p = S.MultiplyAdd(p, r, S.Broadcast(1f));
        return S.ScaleByPowerOfTwo(p, n);
    }
    // [/doc:simd-exp]

    /// <summary>2^x within 1 ulp (1.2 without FMA hardware) for |x| ≤ 250: +∞ from 128 on, through the denormals to 0 at −150; a NaN stays a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp2<V, S>(V x) where V : struct where S : struct, ISimd<V>
    {
        V n = S.Round(x), f = S.Subtract(x, n);
        V p = S.Broadcast(1.53531539e-4f);
        p = S.MultiplyAdd(p, f, S.Broadcast(1.33991323e-3f));
        p = S.MultiplyAdd(p, f, S.Broadcast(9.61843971e-3f));
        p = S.MultiplyAdd(p, f, S.Broadcast(5.55033199e-2f));
        p = S.MultiplyAdd(p, f, S.Broadcast(0.240226477f));
        p = S.MultiplyAdd(p, f, S.Broadcast(0.693147182f));
        p = S.MultiplyAdd(p, f, S.Broadcast(1f));
        return S.ScaleByPowerOfTwo(p, n);
    }

    /// <summary>σ(x) = 1/(1 + e^{−x}) within 3 ulp; 0 below −88.72, a NaN stays a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V, S>(V x) where V : struct where S : struct, ISimd<V> =>
        S.Divide(S.Broadcast(1f), S.Add(S.Broadcast(1f), Exp<V, S>(S.Subtract(S.Zero, x))));

    /// <summary>tanh x within 1 ulp; ±1 beyond ±9.01, ±0 stays ±0, a NaN stays a NaN, and tanh(−x) = −tanh(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V, S>(V x) where V : struct where S : struct, ISimd<V>
    {
        // w = −|x|,  e^{2w} = s·(1 + 2q),  s = 2^n,  tanh|x| = (1 − e^{2w})/(1 + e^{2w}) = ((1 − s) − 2sq)/((1 + s) + 2sq)
        V one = S.Broadcast(1f), bias = S.Broadcast(RoundingBias);
        V w = S.AtLeast(S.CopySign(x, S.Broadcast(-1f)), S.Broadcast(-9.1f));
        V n = S.Subtract(S.MultiplyAdd(w, S.Broadcast(2.88539004f), bias), bias);
        V u = S.MultiplyAdd(n, S.Broadcast(-0.346679688f), w);
        u = S.MultiplyAdd(n, S.Broadcast(1.06097219e-4f), u);
        V p = S.Broadcast(0.0444239937f);
        p = S.MultiplyAdd(p, u, S.Broadcast(0.133866355f));
        p = S.MultiplyAdd(p, u, S.Broadcast(0.333337635f));
        p = S.MultiplyAdd(p, u, S.Broadcast(0.66666168f));
        p = S.MultiplyAdd(p, u, S.Broadcast(0.99999994f));
        V rest = S.Multiply(S.Multiply(u, u), p), q = S.Add(u, rest), qLow = S.Subtract(rest, S.Subtract(q, u));

        // Numerator and denominator with the digits that their sums lose, and a quotient corrected by what it leaves.
        V minus2s = S.ScaleByPowerOfTwo(S.Broadcast(-2f), n), minus2sq = S.Multiply(minus2s, q);
        V top = S.MultiplyAdd(minus2s, S.Broadcast(0.5f), one), bottom = S.MultiplyAdd(minus2s, S.Broadcast(-0.5f), one);
        V numerator = S.Add(top, minus2sq), denominator = S.Subtract(bottom, minus2sq);
        V numeratorLow = S.MultiplyAdd(minus2s, qLow, S.Add(S.Subtract(top, numerator), minus2sq));
        V denominatorLow = S.Subtract(
            S.MultiplyAdd(minus2s, S.Broadcast(-0.5f), S.Subtract(one, denominator)), minus2sq);
        V minusInverse = S.Divide(S.Broadcast(-1f), denominator), minusY = S.Multiply(numerator, minusInverse);
        V error = S.Add(S.MultiplyAdd(minusY, denominator, numerator), numeratorLow);
        error = S.MultiplyAdd(minusY, denominatorLow, error);
        return S.CopySign(S.MultiplyAdd(error, minusInverse, minusY), x);
    }
}
