// The register tiles of MatMul: six rows of C by a few vectors of columns, kept in registers over the whole of k.
//
//   c[r, j] = init[r, j] + Σ_p a[r, p] · b[p, j]      r = 0…5,  p = 0…depth−1 in this order, one fused multiply-add each
//
// Per p a tile loads `vectors` vectors of b and broadcasts six values of a for 6·vectors multiply-adds: with 4 vectors
// 10 loads feed 24 multiply-adds, which is what keeps two multiply-add units busy on two load ports. 24 accumulators,
// 4 of b and 1 of a make 29 of the 32 registers of AVX-512; AVX2 has 16 registers, so there the tile is 6 × 2.
// Where the chain starts is a pointer too: at the bias (row step 0), at C itself (to add to it), or at zeros.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class MatMul
{
    /// <summary>Rows of every register tile.</summary>
    internal const int TileRows = 6;

    /// <summary>Rows of the tallest register tile, of AVX-512.</summary>
    private const int MaxTileRows = 12;

    /// <summary>Vectors of columns in the widest tile that the register file holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int TileVectors<V, S>() where V : struct where S : struct, ISimd<V> => S.Count == 16 ? 4 : 2;

    /// <summary>One operand of a tile: where it starts, and how far apart its rows and its steps along k are.</summary>
    internal readonly unsafe struct Strided(float* start, nint row, nint step)
    {
        public readonly float* Start = start;
        public readonly nint Row = row;
        public readonly nint Step = step;
    }

    /// <summary>
    /// Computes a strip of six rows and <paramref name="columns"/> (a multiple of the vector length) columns, tile by
    /// tile. All six rows of a, c and init, and all columns of b, must be readable: edges are the caller's business.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void Strip<V, S>(
        Strided a, float* b, nint bStep, int columns, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V>
    {
        int j = 0, wide = TileVectors<V, S>() * S.Count;
        if (S.Count == 16)
        {
            for (; j <= columns - wide; j += wide) Tile6x4<V, S>(a, b + j, bStep, depth, init + j, initRow, c + j, cRow);
        }

        for (; j <= columns - (2 * S.Count); j += 2 * S.Count) Tile6x2<V, S>(a, b + j, bStep, depth, init + j, initRow, c + j, cRow);
        for (; j < columns; j += S.Count) Tile6x1<V, S>(a, b + j, bStep, depth, init + j, initRow, c + j, cRow);
    }

    // [doc:matmul-tile]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Tile6x2<V, S>(
        Strided a, float* b, nint bStep, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V>
    {
        int w = S.Count;
        V c00 = S.Load(init), c01 = S.Load(init + w);
        init += initRow;
        V c10 = S.Load(init), c11 = S.Load(init + w);
        init += initRow;
        V c20 = S.Load(init), c21 = S.Load(init + w);
        init += initRow;
        V c30 = S.Load(init), c31 = S.Load(init + w);
        init += initRow;
        V c40 = S.Load(init), c41 = S.Load(init + w);
        init += initRow;
        V c50 = S.Load(init), c51 = S.Load(init + w);

        nint row = a.Row, step = a.Step;
        float* upper = a.Start, lower = a.Start + (3 * row);
        for (int p = 0; p < depth; p++)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w);
            V r = S.Broadcast(upper[0]);
            c00 = S.MultiplyAdd(r, b0, c00);
            c01 = S.MultiplyAdd(r, b1, c01);
            r = S.Broadcast(upper[row]);
            c10 = S.MultiplyAdd(r, b0, c10);
            c11 = S.MultiplyAdd(r, b1, c11);
            r = S.Broadcast(upper[2 * row]);
            c20 = S.MultiplyAdd(r, b0, c20);
            c21 = S.MultiplyAdd(r, b1, c21);
            r = S.Broadcast(lower[0]);
            c30 = S.MultiplyAdd(r, b0, c30);
            c31 = S.MultiplyAdd(r, b1, c31);
            r = S.Broadcast(lower[row]);
            c40 = S.MultiplyAdd(r, b0, c40);
            c41 = S.MultiplyAdd(r, b1, c41);
            r = S.Broadcast(lower[2 * row]);
            c50 = S.MultiplyAdd(r, b0, c50);
            c51 = S.MultiplyAdd(r, b1, c51);
            upper += step;
            lower += step;
            b += bStep;
        }

        S.Store(c00, c); S.Store(c01, c + w);
        c += cRow;
        S.Store(c10, c); S.Store(c11, c + w);
        c += cRow;
        S.Store(c20, c); S.Store(c21, c + w);
        c += cRow;
        S.Store(c30, c); S.Store(c31, c + w);
        c += cRow;
        S.Store(c40, c); S.Store(c41, c + w);
        c += cRow;
        S.Store(c50, c); S.Store(c51, c + w);
    }
    // [/doc:matmul-tile]

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Tile6x4<V, S>(
        Strided a, float* b, nint bStep, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V>
    {
        int w = S.Count;
        V c00 = S.Load(init), c01 = S.Load(init + w), c02 = S.Load(init + (2 * w)), c03 = S.Load(init + (3 * w));
        init += initRow;
        V c10 = S.Load(init), c11 = S.Load(init + w), c12 = S.Load(init + (2 * w)), c13 = S.Load(init + (3 * w));
        init += initRow;
        V c20 = S.Load(init), c21 = S.Load(init + w), c22 = S.Load(init + (2 * w)), c23 = S.Load(init + (3 * w));
        init += initRow;
        V c30 = S.Load(init), c31 = S.Load(init + w), c32 = S.Load(init + (2 * w)), c33 = S.Load(init + (3 * w));
        init += initRow;
        V c40 = S.Load(init), c41 = S.Load(init + w), c42 = S.Load(init + (2 * w)), c43 = S.Load(init + (3 * w));
        init += initRow;
        V c50 = S.Load(init), c51 = S.Load(init + w), c52 = S.Load(init + (2 * w)), c53 = S.Load(init + (3 * w));

        nint row = a.Row, step = a.Step;
        float* upper = a.Start, lower = a.Start + (3 * row);
        for (int p = 0; p < depth; p++)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w), b2 = S.Load(b + (2 * w)), b3 = S.Load(b + (3 * w));
            V r = S.Broadcast(upper[0]);
            c00 = S.MultiplyAdd(r, b0, c00);
            c01 = S.MultiplyAdd(r, b1, c01);
            c02 = S.MultiplyAdd(r, b2, c02);
            c03 = S.MultiplyAdd(r, b3, c03);
            r = S.Broadcast(upper[row]);
            c10 = S.MultiplyAdd(r, b0, c10);
            c11 = S.MultiplyAdd(r, b1, c11);
            c12 = S.MultiplyAdd(r, b2, c12);
            c13 = S.MultiplyAdd(r, b3, c13);
            r = S.Broadcast(upper[2 * row]);
            c20 = S.MultiplyAdd(r, b0, c20);
            c21 = S.MultiplyAdd(r, b1, c21);
            c22 = S.MultiplyAdd(r, b2, c22);
            c23 = S.MultiplyAdd(r, b3, c23);
            r = S.Broadcast(lower[0]);
            c30 = S.MultiplyAdd(r, b0, c30);
            c31 = S.MultiplyAdd(r, b1, c31);
            c32 = S.MultiplyAdd(r, b2, c32);
            c33 = S.MultiplyAdd(r, b3, c33);
            r = S.Broadcast(lower[row]);
            c40 = S.MultiplyAdd(r, b0, c40);
            c41 = S.MultiplyAdd(r, b1, c41);
            c42 = S.MultiplyAdd(r, b2, c42);
            c43 = S.MultiplyAdd(r, b3, c43);
            r = S.Broadcast(lower[2 * row]);
            c50 = S.MultiplyAdd(r, b0, c50);
            c51 = S.MultiplyAdd(r, b1, c51);
            c52 = S.MultiplyAdd(r, b2, c52);
            c53 = S.MultiplyAdd(r, b3, c53);
            upper += step;
            lower += step;
            b += bStep;
        }

        S.Store(c00, c); S.Store(c01, c + w); S.Store(c02, c + (2 * w)); S.Store(c03, c + (3 * w));
        c += cRow;
        S.Store(c10, c); S.Store(c11, c + w); S.Store(c12, c + (2 * w)); S.Store(c13, c + (3 * w));
        c += cRow;
        S.Store(c20, c); S.Store(c21, c + w); S.Store(c22, c + (2 * w)); S.Store(c23, c + (3 * w));
        c += cRow;
        S.Store(c30, c); S.Store(c31, c + w); S.Store(c32, c + (2 * w)); S.Store(c33, c + (3 * w));
        c += cRow;
        S.Store(c40, c); S.Store(c41, c + w); S.Store(c42, c + (2 * w)); S.Store(c43, c + (3 * w));
        c += cRow;
        S.Store(c50, c); S.Store(c51, c + w); S.Store(c52, c + (2 * w)); S.Store(c53, c + (3 * w));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Tile12x2<V, S>(
        Strided a, float* b, nint bStep, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V>
    {
        int w = S.Count;
        V c00 = S.Load(init), c01 = S.Load(init + w);
        init += initRow;
        V c10 = S.Load(init), c11 = S.Load(init + w);
        init += initRow;
        V c20 = S.Load(init), c21 = S.Load(init + w);
        init += initRow;
        V c30 = S.Load(init), c31 = S.Load(init + w);
        init += initRow;
        V c40 = S.Load(init), c41 = S.Load(init + w);
        init += initRow;
        V c50 = S.Load(init), c51 = S.Load(init + w);
        init += initRow;
        V c60 = S.Load(init), c61 = S.Load(init + w);
        init += initRow;
        V c70 = S.Load(init), c71 = S.Load(init + w);
        init += initRow;
        V c80 = S.Load(init), c81 = S.Load(init + w);
        init += initRow;
        V c90 = S.Load(init), c91 = S.Load(init + w);
        init += initRow;
        V ca0 = S.Load(init), ca1 = S.Load(init + w);
        init += initRow;
        V cb0 = S.Load(init), cb1 = S.Load(init + w);

        nint row = a.Row, step = a.Step;
        float* a0 = a.Start, a3 = a0 + (3 * row), a6 = a0 + (6 * row), a9 = a0 + (9 * row);
        for (int p = 0; p < depth; p++)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w);
            V r = S.Broadcast(a0[0]);
            c00 = S.MultiplyAdd(r, b0, c00);
            c01 = S.MultiplyAdd(r, b1, c01);
            r = S.Broadcast(a0[row]);
            c10 = S.MultiplyAdd(r, b0, c10);
            c11 = S.MultiplyAdd(r, b1, c11);
            r = S.Broadcast(a0[2 * row]);
            c20 = S.MultiplyAdd(r, b0, c20);
            c21 = S.MultiplyAdd(r, b1, c21);
            r = S.Broadcast(a3[0]);
            c30 = S.MultiplyAdd(r, b0, c30);
            c31 = S.MultiplyAdd(r, b1, c31);
            r = S.Broadcast(a3[row]);
            c40 = S.MultiplyAdd(r, b0, c40);
            c41 = S.MultiplyAdd(r, b1, c41);
            r = S.Broadcast(a3[2 * row]);
            c50 = S.MultiplyAdd(r, b0, c50);
            c51 = S.MultiplyAdd(r, b1, c51);
            r = S.Broadcast(a6[0]);
            c60 = S.MultiplyAdd(r, b0, c60);
            c61 = S.MultiplyAdd(r, b1, c61);
            r = S.Broadcast(a6[row]);
            c70 = S.MultiplyAdd(r, b0, c70);
            c71 = S.MultiplyAdd(r, b1, c71);
            r = S.Broadcast(a6[2 * row]);
            c80 = S.MultiplyAdd(r, b0, c80);
            c81 = S.MultiplyAdd(r, b1, c81);
            r = S.Broadcast(a9[0]);
            c90 = S.MultiplyAdd(r, b0, c90);
            c91 = S.MultiplyAdd(r, b1, c91);
            r = S.Broadcast(a9[row]);
            ca0 = S.MultiplyAdd(r, b0, ca0);
            ca1 = S.MultiplyAdd(r, b1, ca1);
            r = S.Broadcast(a9[2 * row]);
            cb0 = S.MultiplyAdd(r, b0, cb0);
            cb1 = S.MultiplyAdd(r, b1, cb1);
            a0 += step;
            a3 += step;
            a6 += step;
            a9 += step;
            b += bStep;
        }

        S.Store(c00, c); S.Store(c01, c + w);
        c += cRow;
        S.Store(c10, c); S.Store(c11, c + w);
        c += cRow;
        S.Store(c20, c); S.Store(c21, c + w);
        c += cRow;
        S.Store(c30, c); S.Store(c31, c + w);
        c += cRow;
        S.Store(c40, c); S.Store(c41, c + w);
        c += cRow;
        S.Store(c50, c); S.Store(c51, c + w);
        c += cRow;
        S.Store(c60, c); S.Store(c61, c + w);
        c += cRow;
        S.Store(c70, c); S.Store(c71, c + w);
        c += cRow;
        S.Store(c80, c); S.Store(c81, c + w);
        c += cRow;
        S.Store(c90, c); S.Store(c91, c + w);
        c += cRow;
        S.Store(ca0, c); S.Store(ca1, c + w);
        c += cRow;
        S.Store(cb0, c); S.Store(cb1, c + w);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Tile6x1<V, S>(
        Strided a, float* b, nint bStep, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V>
    {
        V c00 = S.Load(init);
        init += initRow;
        V c10 = S.Load(init);
        init += initRow;
        V c20 = S.Load(init);
        init += initRow;
        V c30 = S.Load(init);
        init += initRow;
        V c40 = S.Load(init);
        init += initRow;
        V c50 = S.Load(init);

        nint row = a.Row, step = a.Step;
        float* upper = a.Start, lower = a.Start + (3 * row);
        for (int p = 0; p < depth; p++)
        {
            V b0 = S.Load(b);
            V r = S.Broadcast(upper[0]);
            c00 = S.MultiplyAdd(r, b0, c00);
            r = S.Broadcast(upper[row]);
            c10 = S.MultiplyAdd(r, b0, c10);
            r = S.Broadcast(upper[2 * row]);
            c20 = S.MultiplyAdd(r, b0, c20);
            r = S.Broadcast(lower[0]);
            c30 = S.MultiplyAdd(r, b0, c30);
            r = S.Broadcast(lower[row]);
            c40 = S.MultiplyAdd(r, b0, c40);
            r = S.Broadcast(lower[2 * row]);
            c50 = S.MultiplyAdd(r, b0, c50);
            upper += step;
            lower += step;
            b += bStep;
        }

        S.Store(c00, c);
        c += cRow;
        S.Store(c10, c);
        c += cRow;
        S.Store(c20, c);
        c += cRow;
        S.Store(c30, c);
        c += cRow;
        S.Store(c40, c);
        c += cRow;
        S.Store(c50, c);
    }
}
