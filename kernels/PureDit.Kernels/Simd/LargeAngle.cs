// Exact reduction of large angles: x = M·2^E with a whole M, and x·2/π modulo 4 needs of 2/π only the digits whose
// products with M·2^E lie below 4, and as many more as precision asks for (Payne and Hanek 1983).
//
// With 96 digits from there on, the product of 24 and 96 bits is a whole number of 2⁻⁹⁴ quarter turns, off by less than
// 2⁻⁷⁰; no float is closer than 2⁻³² to a multiple of π/2.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

internal static unsafe class LargeAngle
{
    /// <summary>Angles beyond this one are reduced here.</summary>
    public const float First = 2048;

    private const int Fraction = 94; // digits after the point of a number of quarter turns

    // 2/π: 32 zeros, then its digits after the point
    private static ReadOnlySpan<uint> TwoOverPi =>
        [0, 0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB];

    /// <summary>Replaces n and r + lost in the lanes whose angle is finite and beyond <see cref="First"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Reduce<V, S>(V x, ref V n, ref V r, ref V lost) where V : struct where S : struct, ISimd<V>
    {
        float* angle = stackalloc float[S.Count], quarters = stackalloc float[S.Count];
        float* high = stackalloc float[S.Count], low = stackalloc float[S.Count];
        S.Store(x, angle);
        S.Store(n, quarters);
        S.Store(r, high);
        S.Store(lost, low);
        for (int i = 0; i < S.Count; i++)
        {
            if (!(Math.Abs(angle[i]) > First && float.IsFinite(angle[i]))) continue;
            (quarters[i], double rest) = Reduce(angle[i]);
            high[i] = (float)rest;
            low[i] = (float)(rest - high[i]);
        }

        (n, r, lost) = (S.Load(quarters), S.Load(high), S.Load(low));
    }

    /// <summary>x = (4k + n)·π/2 + r with n = 0 to 3 and |r| ≤ π/4, negated where x is.</summary>
    private static (float N, double R) Reduce(float x)
    {
        int bits = BitConverter.SingleToInt32Bits(x), exponent = ((bits >> 23) & 0xFF) - 150;
        uint mantissa = ((uint)bits & 0x7FFFFF) | 0x800000;
        int first = exponent + 30, word = first / 32; // the digit of weight 2 when multiplied by 2^E
        UInt128 digits = new(
            ((ulong)TwoOverPi[word] << 32) | TwoOverPi[word + 1], ((ulong)TwoOverPi[word + 2] << 32) | TwoOverPi[word + 3]);
        UInt128 quarters = mantissa * ((digits << (first % 32)) >> 32) & ((UInt128.One << (Fraction + 2)) - 1); // modulo 4
        int n = (int)((quarters + (UInt128.One << (Fraction - 1))) >> Fraction);
        double rest = (double)((Int128)quarters - ((Int128)n << Fraction)) * (0.5 * Math.PI / (1ul << 47) / (1ul << 47));
        return x < 0 ? (-n, -rest) : (n, rest);
    }
}
