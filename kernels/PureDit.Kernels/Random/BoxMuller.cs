// Two uniform numbers of (0, 1) → two independent standard normal ones (Box and Muller 1958):
//   z0 = √(−2 ln u0)·cos 2πu1,   z1 = √(−2 ln u0)·sin 2πu1
//
// Logarithm, sine and cosine are spelled out in double with + − × ÷ √ only. Those of the platform's C library differ
// in the last bit from one system to the next, and with them would every training run.
// Errors are below 4 ulp; arguments are the (w + ½)·2⁻³² of Philox, so there are no special cases.
//
// Four at a time: with four blocks of Philox at once, 7 ns for a normal number instead of 21. Where the machine's
// vectors are narrower, the JIT splits them; each lane is rounded like a number on its own, so the bits are the same.

using System.Runtime.Intrinsics;

namespace PureDit.Kernels;

internal static class BoxMuller
{
    private const double Ln2 = 0.693147180559945309417;

    public static (Vector256<double> Z0, Vector256<double> Z1) Transform(Vector256<double> u0, Vector256<double> u1)
    {
        Vector256<double> radius = Vector256.Sqrt(-2 * Log(u0));
        (Vector256<double> sin, Vector256<double> cos) = SinCosOfTurn(u1);
        return (radius * cos, radius * sin);
    }

    /// <summary>The same for one number.</summary>
    internal static double Log(double u) => Log(Vector256.Create(u))[0];

    /// <summary>ln u for a normal u > 0: u = m·2^e, and ln m = 2·artanh s with s = (m − 1)/(m + 1), |s| ≤ 0.172.</summary>
    private static Vector256<double> Log(Vector256<double> u)
    {
        const ulong SqrtHalf = 0x3FE6A09E667F3BCD; // the bits of √½: m lies in [√½, √2)
        const ulong Bias = 1024; // keeps the exponent positive while it is an integer
        Vector256<ulong> offset = u.AsUInt64() - Vector256.Create(SqrtHalf);
        Vector256<double> e = ToDouble((offset + Vector256.Create(Bias << 52)) >>> 52) - Vector256.Create((double)Bias);
        Vector256<double> m = (Vector256.Create(SqrtHalf) + (offset & Vector256.Create(0xFFFFFFFFFFFFFul))).AsDouble();
        Vector256<double> one = Vector256.Create(1.0), s = (m - one) / (m + one), q = s * s;
        Vector256<double> series = Vector256.Create(1.0 / 21);
        series = (series * q) + Vector256.Create(1.0 / 19);
        series = (series * q) + Vector256.Create(1.0 / 17);
        series = (series * q) + Vector256.Create(1.0 / 15);
        series = (series * q) + Vector256.Create(1.0 / 13);
        series = (series * q) + Vector256.Create(1.0 / 11);
        series = (series * q) + Vector256.Create(1.0 / 9);
        series = (series * q) + Vector256.Create(1.0 / 7);
        series = (series * q) + Vector256.Create(1.0 / 5);
        series = (series * q) + Vector256.Create(1.0 / 3);
        return (e * Ln2) + (2 * (s + (s * q * series)));
    }

    /// <summary>sin 2πu and cos 2πu for 0 ≤ u ≤ 1: the nearest quarter turn, and a Taylor series over ±π/4.</summary>
    internal static (Vector256<double> Sin, Vector256<double> Cos) SinCosOfTurn(Vector256<double> u)
    {
        Vector256<double> one = Vector256.Create(1.0), quarter = Vector256.Floor((4 * u) + Vector256.Create(0.5));
        Vector256<double> x = ((4 * u) - quarter) * (0.5 * Math.PI), q = x * x;

        Vector256<double> sin = Vector256.Create(-1.0 / 1307674368000); // 15!
        sin = (sin * q) + Vector256.Create(1.0 / 6227020800);
        sin = (sin * q) - Vector256.Create(1.0 / 39916800);
        sin = (sin * q) + Vector256.Create(1.0 / 362880);
        sin = (sin * q) - Vector256.Create(1.0 / 5040);
        sin = (sin * q) + Vector256.Create(1.0 / 120);
        sin = (sin * q) - Vector256.Create(1.0 / 6);
        sin = x + (x * q * sin);

        Vector256<double> cos = Vector256.Create(1.0 / 20922789888000); // 16!
        cos = (cos * q) - Vector256.Create(1.0 / 87178291200);
        cos = (cos * q) + Vector256.Create(1.0 / 479001600);
        cos = (cos * q) - Vector256.Create(1.0 / 3628800);
        cos = (cos * q) + Vector256.Create(1.0 / 40320);
        cos = (cos * q) - Vector256.Create(1.0 / 720);
        cos = (cos * q) + Vector256.Create(1.0 / 24);
        cos = (cos * q) - Vector256.Create(0.5);
        cos = one + (q * cos);

        // Quarter turns 0 to 3 give (sin, cos), (cos, −sin), (−sin, −cos), (−cos, sin).
        Vector256<ulong> bit0 = Vector256.Create(1ul), bit1 = Vector256.Create(2ul);
        Vector256<ulong> turn = (quarter + Vector256.Create(TwoTo52)).AsUInt64();
        Vector256<double> odd = Vector256.Equals(turn & bit0, bit0).AsDouble();
        Vector256<double> sinSign = ((turn & bit1) << 62).AsDouble(), cosSign = (((turn + bit0) & bit1) << 62).AsDouble();
        return (Vector256.ConditionalSelect(odd, cos, sin) ^ sinSign, Vector256.ConditionalSelect(odd, sin, cos) ^ cosSign);
    }

    private const double TwoTo52 = 1ul << 52;

    /// <summary>Integers below 2⁵², exactly: they become the digits of 2⁵² + n.</summary>
    internal static Vector256<double> ToDouble(Vector256<ulong> n) =>
        (n | Vector256.Create(TwoTo52).AsUInt64()).AsDouble() - Vector256.Create(TwoTo52);
}
