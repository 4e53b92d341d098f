// The register tiles of MatMul: eight (or four) rows of C by up to three vectors of columns, kept in registers over k.
//
//   c[r, j] = init[r, j] + Σ_p a[r, p] · b[p, j]      r = 0…7,  p = 0…depth−1 in this order, one fused multiply-add each
//
// Per p the tile of 8 × 3 loads three vectors of b and broadcasts eight values of a for 24 multiply-adds: 11 loads where
// two load ports could serve 24. 24 accumulators, 3 of b and 1 of a are 28 of the 32 registers of AVX-512; AVX2 has 16,
// and 4 × 3 takes exactly those. Measured with operands in the caches, share of the multiply-add peak: 8 × 3, 6 × 4 and
// 12 × 2 alike 95 to 97 %; 8 × 3 divides the widths of DiTs (multiples of 48). Two steps of k per turn of the loop save
// pointer arithmetic that competes for the same ports: +2 %, and +8 % beside a busy neighbour on the same core.
// A chain starts at the bias (init with row step 0), at C itself (to add to it), or at zero (init null). Arguments are plain
// numbers: in a struct they went through memory, 16 % of a product of depth 64 and 28 % at depth 16.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class MatMul
{
    /// <summary>Rows of a strip.</summary>
    internal const int TileRows = 8;

    private const int HalfTileRows = TileRows / 2;

    /// <summary>Vectors of columns of a tile, as a type: the JIT compiles a tile for each, without the parts it lacks.</summary>
    private interface IVectors
    {
        static abstract int Count { get; }
    }

    private readonly struct One : IVectors
    {
        public static int Count => 1;
    }

    private readonly struct Two : IVectors
    {
        public static int Count => 2;
    }

    private readonly struct Three : IVectors
    {
        public static int Count => 3;
    }

    /// <summary>
    /// Computes a strip of eight rows and <paramref name="columns"/> (a multiple of the vector length) columns, tile by
    /// tile: c = init + a · b with a[r, p] at a + r·aRow + p·aStep; init null is zero. All eight rows of a, c and init, and
    /// all columns of b, must be readable: edges are the caller's business.
    /// </summary>
    [MethodImpl(Jit.KernelBody)]
    internal static unsafe void Strip<V, S>(
        float* a, nint aRow, nint aStep, float* b, nint bStep, int columns, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V>
    {
        if (S.Count == 16)
        {
            // Four vectors are two and two: a tile of one vector has too few chains to hide the latency of an addition.
            for (int left = columns / S.Count; left > 0;)
            {
                int vectors = left == 4 ? 2 : Math.Min(left, 3);
                if (vectors == 3) Tile8<V, S, Three>(a, aRow, aStep, b, bStep, depth, init, initRow, c, cRow);
                else if (vectors == 2) Tile8<V, S, Two>(a, aRow, aStep, b, bStep, depth, init, initRow, c, cRow);
                else Tile8<V, S, One>(a, aRow, aStep, b, bStep, depth, init, initRow, c, cRow);
                left -= vectors;
                int width = vectors * S.Count;
                b += width;
                c += width;
                if (init != null) init += width;
            }
        }
        else
        {
            HalfStrip<V, S>(a, aRow, aStep, b, bStep, columns, depth, init, initRow, c, cRow);
            if (init != null) init += HalfTileRows * initRow;
            HalfStrip<V, S>(a + (HalfTileRows * aRow), aRow, aStep, b, bStep, columns, depth, init, initRow, c + (HalfTileRows * cRow), cRow);
        }
    }

    /// <summary>As <see cref="Strip"/>, of four rows.</summary>
    [MethodImpl(Jit.KernelBody)]
    internal static unsafe void HalfStrip<V, S>(
        float* a, nint aRow, nint aStep, float* b, nint bStep, int columns, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V>
    {
        for (int left = columns / S.Count; left > 0;)
        {
            int vectors = left == 4 ? 2 : Math.Min(left, 3);
            if (vectors == 3) Tile4<V, S, Three>(a, aRow, aStep, b, bStep, depth, init, initRow, c, cRow);
            else if (vectors == 2) Tile4<V, S, Two>(a, aRow, aStep, b, bStep, depth, init, initRow, c, cRow);
            else Tile4<V, S, One>(a, aRow, aStep, b, bStep, depth, init, initRow, c, cRow);
            left -= vectors;
            int width = vectors * S.Count;
            b += width;
            c += width;
            if (init != null) init += width;
        }
    }

    // [doc:matmul-tile]
    [MethodImpl(Jit.KernelBody)]
    private static unsafe void Tile4<V, S, TVectors>(
        float* a, nint aRow, nint aStep, float* b, nint bStep, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V> where TVectors : struct, IVectors
    {
        int w = S.Count;
        bool two = TVectors.Count > 1, three = TVectors.Count > 2;
        V c00 = S.Zero, c01 = S.Zero, c02 = S.Zero;
        V c10 = S.Zero, c11 = S.Zero, c12 = S.Zero;
        V c20 = S.Zero, c21 = S.Zero, c22 = S.Zero;
        V c30 = S.Zero, c31 = S.Zero, c32 = S.Zero;
        if (init != null)
        {
            c00 = S.Load(init);
            if (two) c01 = S.Load(init + w);
            if (three) c02 = S.Load(init + (2 * w));
            init += initRow;
            c10 = S.Load(init);
            if (two) c11 = S.Load(init + w);
            if (three) c12 = S.Load(init + (2 * w));
            init += initRow;
            c20 = S.Load(init);
            if (two) c21 = S.Load(init + w);
            if (three) c22 = S.Load(init + (2 * w));
            init += initRow;
            c30 = S.Load(init);
            if (two) c31 = S.Load(init + w);
            if (three) c32 = S.Load(init + (2 * w));
        }

        nint row2 = 2 * aRow, row3 = 3 * aRow;
        float* upper = a;
        int p = 0;
        for (; p <= depth - 2; p += 2)
        {
            V b0 = S.Load(b), b1 = two ? S.Load(b + w) : S.Zero, b2 = three ? S.Load(b + (2 * w)) : S.Zero;
            V r = S.Broadcast(upper[0]);
            c00 = S.MultiplyAdd(r, b0, c00);
            if (two) c01 = S.MultiplyAdd(r, b1, c01);
            if (three) c02 = S.MultiplyAdd(r, b2, c02);
            r = S.Broadcast(upper[aRow]);
            c10 = S.MultiplyAdd(r, b0, c10);
            if (two) c11 = S.MultiplyAdd(r, b1, c11);
            if (three) c12 = S.MultiplyAdd(r, b2, c12);
            r = S.Broadcast(upper[row2]);
            c20 = S.MultiplyAdd(r, b0, c20);
            if (two) c21 = S.MultiplyAdd(r, b1, c21);
            if (three) c22 = S.MultiplyAdd(r, b2, c22);
            r = S.Broadcast(upper[row3]);
            c30 = S.MultiplyAdd(r, b0, c30);
            if (two) c31 = S.MultiplyAdd(r, b1, c31);
            if (three) c32 = S.MultiplyAdd(r, b2, c32);
            upper += aStep;

            b0 = S.Load(b + bStep); b1 = two ? S.Load(b + bStep + w) : S.Zero; b2 = three ? S.Load(b + bStep + (2 * w)) : S.Zero;
            r = S.Broadcast(upper[0]);
            c00 = S.MultiplyAdd(r, b0, c00);
            if (two) c01 = S.MultiplyAdd(r, b1, c01);
            if (three) c02 = S.MultiplyAdd(r, b2, c02);
            r = S.Broadcast(upper[aRow]);
            c10 = S.MultiplyAdd(r, b0, c10);
            if (two) c11 = S.MultiplyAdd(r, b1, c11);
            if (three) c12 = S.MultiplyAdd(r, b2, c12);
            r = S.Broadcast(upper[row2]);
            c20 = S.MultiplyAdd(r, b0, c20);
            if (two) c21 = S.MultiplyAdd(r, b1, c21);
            if (three) c22 = S.MultiplyAdd(r, b2, c22);
            r = S.Broadcast(upper[row3]);
            c30 = S.MultiplyAdd(r, b0, c30);
            if (two) c31 = S.MultiplyAdd(r, b1, c31);
            if (three) c32 = S.MultiplyAdd(r, b2, c32);
            upper += aStep;
            b += 2 * bStep;
        }

        if (p < depth)
        {
            V b0 = S.Load(b), b1 = two ? S.Load(b + w) : S.Zero, b2 = three ? S.Load(b + (2 * w)) : S.Zero;
            V r = S.Broadcast(upper[0]);
            c00 = S.MultiplyAdd(r, b0, c00);
            if (two) c01 = S.MultiplyAdd(r, b1, c01);
            if (three) c02 = S.MultiplyAdd(r, b2, c02);
            r = S.Broadcast(upper[aRow]);
            c10 = S.MultiplyAdd(r, b0, c10);
            if (two) c11 = S.MultiplyAdd(r, b1, c11);
            if (three) c12 = S.MultiplyAdd(r, b2, c12);
            r = S.Broadcast(upper[row2]);
            c20 = S.MultiplyAdd(r, b0, c20);
            if (two) c21 = S.MultiplyAdd(r, b1, c21);
            if (three) c22 = S.MultiplyAdd(r, b2, c22);
            r = S.Broadcast(upper[row3]);
            c30 = S.MultiplyAdd(r, b0, c30);
            if (two) c31 = S.MultiplyAdd(r, b1, c31);
            if (three) c32 = S.MultiplyAdd(r, b2, c32);
            upper += aStep;
        }

        S.Store(c00, c);
        if (two) S.Store(c01, c + w);
        if (three) S.Store(c02, c + (2 * w));
        c += cRow;
        S.Store(c10, c);
        if (two) S.Store(c11, c + w);
        if (three) S.Store(c12, c + (2 * w));
        c += cRow;
        S.Store(c20, c);
        if (two) S.Store(c21, c + w);
        if (three) S.Store(c22, c + (2 * w));
        c += cRow;
        S.Store(c30, c);
        if (two) S.Store(c31, c + w);
        if (three) S.Store(c32, c + (2 * w));
    }
    // [/doc:matmul-tile]
}
