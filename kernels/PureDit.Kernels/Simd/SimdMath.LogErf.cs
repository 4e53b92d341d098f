// Natural logarithm and error function, of the operations of ISimd only.
//
//   ln x = n·ln 2 + ln(1 + f),  x = 2^n·(1 + f),  1 + f in [√½, √2),  ln(1 + f) ≈ f − ½f² + f³·q(f)
//   erf x ≈ x + x·p(x² − ½)      for |x| < 1.2;  in powers of x² rounding would cost more than 1 ulp
//         ≈ 1 − e^{l(x)}         for x ≥ 1.2,   l ≈ ln erfc: what it errs counts a tenth or less in erf
//
// Polynomials fitted for the least greatest relative error (5·10⁻⁹, 2·10⁻⁹, 3·10⁻¹¹), coefficients rounded to float.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

internal static partial class SimdMath
{
    /// <summary>ln x within 1 ulp: −∞ at ±0, NaN below, +∞ at +∞; a NaN stays a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log<V, S>(V x) where V : struct where S : struct, ISimd<V>
    {
        const float LeastNormal = 1.17549435e-38f, TwoTo24 = 16777216f;
        V normal = S.Broadcast(LeastNormal), zero = S.Zero;
        V scaled = S.SelectBelow(x, normal, S.Multiply(x, S.Broadcast(TwoTo24)), x);
        V f = S.Subtract(S.Normalise(scaled, out V n), S.Broadcast(1f));
        n = S.Subtract(n, S.SelectBelow(x, normal, S.Broadcast(24f), zero));

        V q = S.Broadcast(0.0733246803f);
        q = S.MultiplyAdd(q, f, S.Broadcast(-0.116598986f));
        q = S.MultiplyAdd(q, f, S.Broadcast(0.116346724f));
        q = S.MultiplyAdd(q, f, S.Broadcast(-0.123967066f));
        q = S.MultiplyAdd(q, f, S.Broadcast(0.142511547f));
        q = S.MultiplyAdd(q, f, S.Broadcast(-0.166691512f));
        q = S.MultiplyAdd(q, f, S.Broadcast(0.200006887f));
        q = S.MultiplyAdd(q, f, S.Broadcast(-0.249999806f));
        q = S.MultiplyAdd(q, f, S.Broadcast(0.333333313f));
        q = S.MultiplyAdd(q, f, S.Broadcast(-0.5f));

        // n·ln 2 in two parts, the first exact; what the sum with f loses is kept, since |n·ln 2| ≥ |f| or n = 0.
        V whole = S.Multiply(n, S.Broadcast(0.693145752f)), sum = S.Add(whole, f), lost = S.Add(S.Subtract(whole, sum), f);
        V rest = S.MultiplyAdd(n, S.Broadcast(1.42860677e-6f), S.MultiplyAdd(S.Multiply(f, f), q, lost));
        V y = S.Add(sum, rest);
        y = S.SelectBelow(x, S.Broadcast(float.PositiveInfinity), y, x);
        V atMostZero = S.SelectBelow(x, zero, S.Broadcast(float.NaN), S.Broadcast(float.NegativeInfinity));
        return S.SelectBelow(x, S.Broadcast(float.Epsilon), atMostZero, y);
    }

    /// <summary>erf x within 1 ulp; ±1 beyond ±3.92, ±0 stays ±0, a NaN stays a NaN, and erf(−x) = −erf(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf<V, S>(V x) where V : struct where S : struct, ISimd<V>
    {
        const float Parting = 1.2f, End = 4f; // erf is 1 in float from 3.92 on
        V one = S.Broadcast(1f), size = S.CopySign(x, one), z = S.MultiplyAdd(x, x, S.Broadcast(-0.5f));
        V p = S.Broadcast(-7.83587893e-6f);
        p = S.MultiplyAdd(p, z, S.Broadcast(7.76102534e-5f));
        p = S.MultiplyAdd(p, z, S.Broadcast(-0.000561606372f));
        p = S.MultiplyAdd(p, z, S.Broadcast(0.00348060043f));
        p = S.MultiplyAdd(p, z, S.Broadcast(-0.0182839204f));
        p = S.MultiplyAdd(p, z, S.Broadcast(0.0794099644f));
        p = S.MultiplyAdd(p, z, S.Broadcast(-0.28107217f));
        p = S.MultiplyAdd(p, z, S.Broadcast(-0.0345312618f));
        V near = S.MultiplyAdd(x, p, x);

        V a = S.Clamp(size, S.Broadcast(Parting), S.Broadcast(End));
        V l = S.Broadcast(-2.10836643e-5f);
        l = S.MultiplyAdd(l, a, S.Broadcast(0.000433267676f));
        l = S.MultiplyAdd(l, a, S.Broadcast(-0.00415910268f));
        l = S.MultiplyAdd(l, a, S.Broadcast(0.0250683706f));
        l = S.MultiplyAdd(l, a, S.Broadcast(-0.108164556f));
        l = S.MultiplyAdd(l, a, S.Broadcast(-0.633492231f));
        l = S.MultiplyAdd(l, a, S.Broadcast(-1.12941873f));
        l = S.MultiplyAdd(l, a, S.Broadcast(0.000148509251f));
        V far = S.CopySign(S.Subtract(one, ExpInRange<V, S>(l)), x);
        return S.SelectBelow(size, S.Broadcast(Parting), near, far);
    }
}
