// Four successive blocks of Philox at once, and the sixteen normal numbers that they give: the words of block b are in
// lane b of four vectors of 64-bit numbers, whose upper halves take the products.

using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PureDit.Kernels;

internal static class FourBlocks
{
    public const int Normals = 16;

    /// <summary>Writes the normal numbers of the blocks first to first + 3, in order.</summary>
    public static void FillNormals(ulong key, uint first, uint c1, uint c2, uint c3, Span<double> destination)
    {
        (Vector256<ulong> w0, Vector256<ulong> w1, Vector256<ulong> w2, Vector256<ulong> w3) =
            Words(key, Vector256.Create(first) + Vector256.Create(0u, 1, 2, 3, 0, 0, 0, 0), c1, c2, c3);
        (Vector256<double> z0, Vector256<double> z1) = BoxMuller.Transform(Uniform(w0), Uniform(w1));
        (Vector256<double> z2, Vector256<double> z3) = BoxMuller.Transform(Uniform(w2), Uniform(w3));
        for (int block = 0; block < 4; block++)
        {
            destination[4 * block] = z0[block];
            destination[(4 * block) + 1] = z1[block];
            destination[(4 * block) + 2] = z2[block];
            destination[(4 * block) + 3] = z3[block];
        }
    }

    /// <summary>The ten rounds of <see cref="Philox.Block"/> on four counters.</summary>
    private static (Vector256<ulong> W0, Vector256<ulong> W1, Vector256<ulong> W2, Vector256<ulong> W3) Words(
        ulong key, Vector256<uint> blocks, uint second, uint third, uint fourth)
    {
        (uint k0, uint k1) = ((uint)key, (uint)(key >> 32));
        Vector256<ulong> low = Vector256.Create(0xFFFFFFFFul), c0 = Vector256.WidenLower(blocks);
        Vector256<ulong> c1 = Vector256.Create((ulong)second), c2 = Vector256.Create((ulong)third), c3 = Vector256.Create((ulong)fourth);
        for (int round = 0; round < 10; round++)
        {
            Vector256<ulong> p0 = Product(c0, 0xD2511F53), p1 = Product(c2, 0xCD9E8D57);
            (c0, c1, c2, c3) = (
                (p1 >>> 32) ^ c1 ^ Vector256.Create((ulong)k0), p1 & low,
                (p0 >>> 32) ^ c3 ^ Vector256.Create((ulong)k1), p0 & low);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>32 × 32 → 64 bits; there is no portable name for that instruction.</summary>
    private static Vector256<ulong> Product(Vector256<ulong> words, uint factor) =>
        Avx2.IsSupported
            ? Avx2.Multiply(words.AsUInt32(), Vector256.Create((ulong)factor).AsUInt32())
            : words * Vector256.Create((ulong)factor);

    private static Vector256<double> Uniform(Vector256<ulong> words) =>
        (BoxMuller.ToDouble(words) + Vector256.Create(0.5)) * Vector256.Create(1.0 / (1ul << 32));
}
