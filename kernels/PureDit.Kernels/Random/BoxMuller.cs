// Two uniform numbers of (0, 1) → two independent standard normal ones (Box and Muller 1958):
//   z0 = √(−2 ln u0)·cos 2πu1,   z1 = √(−2 ln u0)·sin 2πu1
//
// Logarithm, sine and cosine are spelled out in double with + − × ÷ √ only. Those of the platform's C library differ
// in the last bit from one system to the next, and with them would every training run.
// Errors are below 4 ulp; arguments are the (w + ½)·2⁻³² of Philox, so there are no special cases.

namespace PureDit.Kernels;

internal static class BoxMuller
{
    private const double Ln2 = 0.693147180559945309417;

    public static (double Z0, double Z1) Transform(double u0, double u1)
    {
        double radius = Math.Sqrt(-2 * Log(u0));
        (double sin, double cos) = SinCosOfTurn(u1);
        return (radius * cos, radius * sin);
    }

    /// <summary>ln u for a normal u > 0: u = m·2^e, and ln m = 2·artanh s with s = (m − 1)/(m + 1), |s| ≤ 0.172.</summary>
    internal static double Log(double u)
    {
        const ulong SqrtHalf = 0x3FE6A09E667F3BCD; // the bits of √½: m lies in [√½, √2)
        long offset = BitConverter.DoubleToInt64Bits(u) - (long)SqrtHalf;
        long e = offset >> 52;
        double m = BitConverter.Int64BitsToDouble((long)SqrtHalf + (offset & 0xFFFFFFFFFFFFF));
        double s = (m - 1) / (m + 1);
        double q = s * s;
        double series = 1.0 / 21;
        series = (series * q) + (1.0 / 19);
        series = (series * q) + (1.0 / 17);
        series = (series * q) + (1.0 / 15);
        series = (series * q) + (1.0 / 13);
        series = (series * q) + (1.0 / 11);
        series = (series * q) + (1.0 / 9);
        series = (series * q) + (1.0 / 7);
        series = (series * q) + (1.0 / 5);
        series = (series * q) + (1.0 / 3);
        return (e * Ln2) + (2 * (s + (s * q * series)));
    }

    /// <summary>sin 2πu and cos 2πu for 0 ≤ u ≤ 1: the nearest quarter turn, and a Taylor series over ±π/4.</summary>
    internal static (double Sin, double Cos) SinCosOfTurn(double u)
    {
        int quarter = (int)((4 * u) + 0.5);
        double x = ((4 * u) - quarter) * (0.5 * Math.PI);
        double q = x * x;

        double sin = -1.0 / 1307674368000; // 15!
        sin = (sin * q) + (1.0 / 6227020800);
        sin = (sin * q) - (1.0 / 39916800);
        sin = (sin * q) + (1.0 / 362880);
        sin = (sin * q) - (1.0 / 5040);
        sin = (sin * q) + (1.0 / 120);
        sin = (sin * q) - (1.0 / 6);
        sin = x + (x * q * sin);

        double cos = 1.0 / 20922789888000; // 16!
        cos = (cos * q) - (1.0 / 87178291200);
        cos = (cos * q) + (1.0 / 479001600);
        cos = (cos * q) - (1.0 / 3628800);
        cos = (cos * q) + (1.0 / 40320);
        cos = (cos * q) - (1.0 / 720);
        cos = (cos * q) + (1.0 / 24);
        cos = (cos * q) - 0.5;
        cos = 1 + (q * cos);

        return (quarter & 3) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
    }
}
