// Transcendental functions on vectors, of the operations of ISimd only: the same bits on every machine.
//
//   e^x = 2^n · e^r,  n = round(x / ln 2),  r = x − n·ln 2,  |r| ≤ ½·ln 2          (Cody and Waite 1980)
//   e^r ≈ 1 + r + r²·p(r),  p of degree 4, fitted for the least greatest relative error (3·10⁻⁹)
//
// ln 2 is subtracted in two parts: n times the first is exact, and the second carries the digits it lacks.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

internal static class SimdMath
{
    // [doc:simd-exp]
    /// <summary>
    /// e^x within 0.9 ulp (1.1 without FMA hardware). Overflows to +∞ above 88.72, underflows gradually through the
    /// denormals to 0 below −103.97; a NaN stays a NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V, S>(V x) where V : struct where S : struct, ISimd<V>
    {
        x = S.Clamp(x, S.Broadcast(-104f), S.Broadcast(89f)); // e^±∞ in float, and n stays small
        V n = S.Round(S.Multiply(x, S.Broadcast(1.44269504f)));
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

    /// <summary>σ(x) = 1/(1 + e^{−x}) within 3 ulp; 0 below −88.72, a NaN stays a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V, S>(V x) where V : struct where S : struct, ISimd<V> =>
        S.Divide(S.Broadcast(1f), S.Add(S.Broadcast(1f), Exp<V, S>(S.Subtract(S.Zero, x))));
}
