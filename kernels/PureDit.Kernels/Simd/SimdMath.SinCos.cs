// Sine and cosine of every finite float, of the operations of ISimd only.
//
//   x = n·π/2 + r,  |r| ≤ π/4                                                     (Cody and Waite 1980)
//   sin r ≈ r + r³·s(r²),   cos r ≈ 1 − ½r² + r⁴·c(r²)
//   sin(n·π/2 + r) is sin r, cos r, −sin r, −cos r for n = 0, 1, 2, 3 mod 4; cos x is that for n + 1
//
// π/2 is subtracted in four parts, the first three so short that n times them is exact for |n| ≤ 1304; r keeps what its
// rounding loses. Beyond |x| = 2048 the digits do not suffice: such lanes go through LargeAngle, one at a time.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

internal static partial class SimdMath
{
    /// <summary>sin x within 1 ulp for every finite x; ±0 stays ±0, and what is not finite gives NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sin<V, S>(V x) where V : struct where S : struct, ISimd<V>
    {
        const float Straight = 1f / 4096; // sin x = x in float, and the sign of a zero stays
        return S.SelectBelow(S.CopySign(x, S.Broadcast(1f)), S.Broadcast(Straight), x, SinOfTurned<V, S>(x, S.Zero));
    }

    /// <summary>cos x within 1 ulp for every finite x; what is not finite gives NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Cos<V, S>(V x) where V : struct where S : struct, ISimd<V> => SinOfTurned<V, S>(x, S.Broadcast(1f));

    /// <summary>sin(x + quarters·π/2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V SinOfTurned<V, S>(V x, V quarters) where V : struct where S : struct, ISimd<V>
    {
        V one = S.Broadcast(1f), size = S.CopySign(x, one), bias = S.Broadcast(RoundingBias);
        V n = S.Subtract(S.MultiplyAdd(x, S.Broadcast(0.636619772f), bias), bias);
        V exact = S.MultiplyAdd(n, S.Broadcast(-0.0002396702766418457f), S.MultiplyAdd(n, S.Broadcast(-1.570556640625f), x));
        V r = S.MultiplyAdd(n, S.Broadcast(-1.5890691429376602e-8f), exact);
        V lost = S.MultiplyAdd(n, S.Broadcast(-1.5890691429376602e-8f), S.Subtract(exact, r));
        lost = S.MultiplyAdd(n, S.Broadcast(-2.5633440682570896e-12f), lost);
        if (S.MaxLanes(S.MaxNumber(size, S.Zero)) > LargeAngle.First) LargeAngle.Reduce<V, S>(x, ref n, ref r, ref lost);

        V z = S.Multiply(r, r);
        V s = S.MultiplyAdd(S.Broadcast(-1.98535054e-4f), z, S.Broadcast(0.00833338033f));
        s = S.MultiplyAdd(S.MultiplyAdd(S.Broadcast(2.83739519e-6f), S.Multiply(z, z), s), z, S.Broadcast(-0.166666672f));
        V sine = S.Add(r, S.MultiplyAdd(S.Multiply(r, z), s, lost));

        V c = S.MultiplyAdd(S.Broadcast(2.44306702e-5f), z, S.Broadcast(-0.00138873013f));
        c = S.MultiplyAdd(S.MultiplyAdd(c, z, S.Broadcast(0.0416666456f)), z, S.Broadcast(-0.5f));
        V minusLost = S.Subtract(S.Zero, lost), squareLost = S.MultiplyAdd(r, r, S.Subtract(S.Zero, z));
        V cosine = S.Add(one, S.MultiplyAdd(z, c, S.MultiplyAdd(squareLost, S.Broadcast(-0.5f), S.Multiply(r, minusLost))));

        // quarter is −2, −1, 0, 1 or 2; even ones have the factors −1, 1, −1 of the sine, odd ones are those of the cosine.
        V turned = S.Add(n, quarters);
        V quarter = S.MultiplyAdd(S.Round(S.Multiply(turned, S.Broadcast(0.25f))), S.Broadcast(-4f), turned);
        V even = S.Subtract(one, S.CopySign(quarter, one));
        return S.SelectBelow(S.CopySign(even, one), S.Broadcast(0.5f), S.Multiply(quarter, cosine), S.Multiply(even, sine));
    }
}
