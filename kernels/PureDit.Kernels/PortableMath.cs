// Elementary functions of a double, of + − × ÷ and the bits of numbers only: the same bits on every platform.
//
//   e^x    x = n·ln 2 + r,  |r| ≤ ½·ln 2,  e^x = 2^n·e^r,  e^r by its Taylor series
//   ln x   x = 2^n·(1 + f),  s = f/(2 + f),  ln(1 + f) = 2·artanh s = f − s·(f − R),  R = 2·(s²/3 + s⁴/5 + …)
//   sin x, cos x   x = n·π/2 + r,  |r| ≤ π/4,  Taylor series                              (Cody and Waite 1980)
//
// Those of System.Math call the platform's C library, whose last bits differ from one system to the next; with them
// would every schedule, data set and training run. ln 2 and π/2 are subtracted in parts with so few digits that
// n times a part is exact. Not vectorised: these numbers are per sample or per table, never per weight.

namespace PureDit.Kernels;

/// <summary>Elementary functions in double precision with the same bits on every platform.</summary>
public static class PortableMath
{
    private const double Ln2High = 0.6931471803691238, Ln2Low = 1.9082149292705877e-10;

    // [doc:portable-exp]
    /// <summary>e^x within 1 ulp: +∞ above 709.78, gradually through the denormals to 0 below −745.13; a NaN stays a NaN.</summary>
    public static double Exp(double x)
    {
        if (!(x > -746)) return double.IsNaN(x) ? x : 0;
        if (x > 710) return double.PositiveInfinity;
        double n = Math.Round(x * 1.4426950408889634);
        double high = x - (n * Ln2High), low = n * Ln2Low, r = high - low, lost = (high - r) - low;
        double p = 1.0 / 6227020800; // 13!
        for (int k = 12; k >= 2; k--) p = (p * r) + s_inverseFactorials[k];
        return ScaleByPowerOfTwo(1 + (r + ((r * r * p) + lost)), (int)n);
    }
    // [/doc:portable-exp]

    /// <summary>ln x within 1 ulp: −∞ at 0, NaN below it, +∞ at +∞; a NaN stays a NaN.</summary>
    public static double Log(double x)
    {
        const long SqrtHalf = 0x3FE6A09E667F3BCD; // the bits of √½: 1 + f lies in [√½, √2)
        const double LeastNormal = 2.2250738585072014e-308, TwoTo54 = 1L << 54;
        if (!(x > 0)) return x == 0 ? double.NegativeInfinity : double.NaN;
        if (double.IsPositiveInfinity(x)) return x;
        bool denormal = x < LeastNormal;
        long bits = BitConverter.DoubleToInt64Bits(denormal ? x * TwoTo54 : x), n = (bits - SqrtHalf) >> 52;
        double f = BitConverter.Int64BitsToDouble(bits - (n << 52)) - 1, s = f / (2 + f), q = s * s;
        double r = 0;
        for (int k = 21; k >= 3; k -= 2) r = (r * q) + (2.0 / k);
        double exponent = denormal ? n - 54 : n;
        return (exponent * Ln2High) + (f - ((s * (f - (r * q))) - (exponent * Ln2Low)));
    }

    /// <summary>
    /// sin x and cos x within 1 ulp for |x| ≤ 10⁶; beyond, within as much as x moves in its last place. NaN for what is not finite.
    /// </summary>
    public static (double Sin, double Cos) SinCos(double x)
    {
        if (Math.Abs(x) > 1e6) x = Math.IEEERemainder(x, 2 * Math.PI);
        if (!double.IsFinite(x)) return (double.NaN, double.NaN);
        if (x == 0) return (x, 1); // the sign of a zero would be lost
        double n = Math.Round(x * (2 / Math.PI));
        double high = x - (n * 1.5707963267341256), low = n * 6.077100506303966e-11, most = high - low;
        double rest = ((high - most) - low) - (n * 2.0222662487959506e-21), r = most + rest, lost = (most - r) + rest, q = r * r;

        double sine = s_inverseFactorials[17], cosine = s_inverseFactorials[16];
        for (int k = 15; k >= 3; k -= 2) sine = s_inverseFactorials[k] - (sine * q);
        for (int k = 14; k >= 4; k -= 2) cosine = s_inverseFactorials[k] - (cosine * q);
        sine = r - ((r * q * sine) - lost);
        double half = 0.5 * q, below = 1 - half;
        cosine = below + (((1 - below) - half) + ((q * q * cosine) - (r * lost)));
        return ((long)n & 3) switch
        {
            0 => (sine, cosine),
            1 => (cosine, -sine),
            2 => (-sine, -cosine),
            _ => (-cosine, sine),
        };
    }

    /// <summary>
    /// x^y. Whole exponents up to 1024 by repeated squaring; others by e^{y·ln x}, whose relative error is |y·ln x|
    /// times that of the logarithm, and which is NaN for a negative x.
    /// </summary>
    public static double Pow(double x, double y)
    {
        if (y == Math.Round(y) && Math.Abs(y) <= 1024)
        {
            double power = 1;
            for (int n = (int)Math.Abs(y); n > 0; n >>= 1, x *= x)
            {
                if ((n & 1) == 1) power *= x;
            }

            return y < 0 ? 1 / power : power;
        }

        return Exp(y * Log(x));
    }

    private static readonly double[] s_inverseFactorials = InverseFactorials(17);

    private static double[] InverseFactorials(int last)
    {
        double[] inverse = new double[last + 1];
        double factorial = 1; // exact up to 18!
        for (int k = 0; k <= last; factorial *= ++k) inverse[k] = 1 / factorial;
        return inverse;
    }

    // 2^n need not be a normal number: the first half of it is exact, the second rounds.
    private static double ScaleByPowerOfTwo(double a, int n) => a * PowerOfTwo(n >> 1) * PowerOfTwo(n - (n >> 1));

    private static double PowerOfTwo(int n) => BitConverter.Int64BitsToDouble((n + 1023L) << 52);
}
