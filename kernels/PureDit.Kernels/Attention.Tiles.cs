// Register tiles of attention, like those of MatMul, for products that are short: a tile of 6 rows by 4 vectors is done
// after 12 cycles per step of depth, and with a head size of 64 or 16 its beginning and end count. Hence plain arguments
// instead of a struct (which goes through memory: at a depth of 64, 16 % of the whole product, at 16, 28 %), no zeros to
// load, and twelve rows where there is one vector of columns.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class Attention
{
    /// <summary>Rows of the tile that is one vector wide.</summary>
    private const int NarrowRows = 12;

    /// <summary>
    /// c[6, columns] = or += a · b, with a[r, p] at a + r·aRow + p·aStep; columns is a multiple of the vector length. All six
    /// rows of a and c must be readable.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Strip<V, S>(
        float* a, nint aRow, nint aStep, float* b, nint bRow, int columns, int depth, float* c, nint cRow, bool add)
        where V : struct where S : struct, ISimd<V>
    {
        int j = 0;
        if (S.Count == 16)
        {
            for (; j <= columns - (4 * S.Count); j += 4 * S.Count) Tile6x4<V, S>(a, aRow, aStep, b + j, bRow, depth, c + j, cRow, add);
        }

        for (; j <= columns - (2 * S.Count); j += 2 * S.Count) Tile6x2<V, S>(a, aRow, aStep, b + j, bRow, depth, c + j, cRow, add);
        if (j < columns)
        {
            float* init = add ? c + j : Scratch.Zeros;
            MatMul.Strip<V, S>(new(a, aRow, aStep), b + j, bRow, columns - j, depth, init, add ? cRow : 0, c + j, cRow);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Tile6x4<V, S>(
        float* a, nint aRow, nint aStep, float* b, nint bRow, int depth, float* c, nint cRow, bool add)
        where V : struct where S : struct, ISimd<V>
    {
        int w = S.Count;
        V c00 = S.Zero, c01 = S.Zero, c02 = S.Zero, c03 = S.Zero;
        V c10 = S.Zero, c11 = S.Zero, c12 = S.Zero, c13 = S.Zero;
        V c20 = S.Zero, c21 = S.Zero, c22 = S.Zero, c23 = S.Zero;
        V c30 = S.Zero, c31 = S.Zero, c32 = S.Zero, c33 = S.Zero;
        V c40 = S.Zero, c41 = S.Zero, c42 = S.Zero, c43 = S.Zero;
        V c50 = S.Zero, c51 = S.Zero, c52 = S.Zero, c53 = S.Zero;
        if (add)
        {
            float* from = c;
            c00 = S.Load(from); c01 = S.Load(from + w); c02 = S.Load(from + (2 * w)); c03 = S.Load(from + (3 * w));
            from += cRow;
            c10 = S.Load(from); c11 = S.Load(from + w); c12 = S.Load(from + (2 * w)); c13 = S.Load(from + (3 * w));
            from += cRow;
            c20 = S.Load(from); c21 = S.Load(from + w); c22 = S.Load(from + (2 * w)); c23 = S.Load(from + (3 * w));
            from += cRow;
            c30 = S.Load(from); c31 = S.Load(from + w); c32 = S.Load(from + (2 * w)); c33 = S.Load(from + (3 * w));
            from += cRow;
            c40 = S.Load(from); c41 = S.Load(from + w); c42 = S.Load(from + (2 * w)); c43 = S.Load(from + (3 * w));
            from += cRow;
            c50 = S.Load(from); c51 = S.Load(from + w); c52 = S.Load(from + (2 * w)); c53 = S.Load(from + (3 * w));
        }

        nint twoRows = 2 * aRow;
        float* lower = a + (3 * aRow);
        for (int p = 0; p < depth; p++)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w), b2 = S.Load(b + (2 * w)), b3 = S.Load(b + (3 * w));
            V r = S.Broadcast(a[0]);
            c00 = S.MultiplyAdd(r, b0, c00);
            c01 = S.MultiplyAdd(r, b1, c01);
            c02 = S.MultiplyAdd(r, b2, c02);
            c03 = S.MultiplyAdd(r, b3, c03);
            r = S.Broadcast(a[aRow]);
            c10 = S.MultiplyAdd(r, b0, c10);
            c11 = S.MultiplyAdd(r, b1, c11);
            c12 = S.MultiplyAdd(r, b2, c12);
            c13 = S.MultiplyAdd(r, b3, c13);
            r = S.Broadcast(a[twoRows]);
            c20 = S.MultiplyAdd(r, b0, c20);
            c21 = S.MultiplyAdd(r, b1, c21);
            c22 = S.MultiplyAdd(r, b2, c22);
            c23 = S.MultiplyAdd(r, b3, c23);
            r = S.Broadcast(lower[0]);
            c30 = S.MultiplyAdd(r, b0, c30);
            c31 = S.MultiplyAdd(r, b1, c31);
            c32 = S.MultiplyAdd(r, b2, c32);
            c33 = S.MultiplyAdd(r, b3, c33);
            r = S.Broadcast(lower[aRow]);
            c40 = S.MultiplyAdd(r, b0, c40);
            c41 = S.MultiplyAdd(r, b1, c41);
            c42 = S.MultiplyAdd(r, b2, c42);
            c43 = S.MultiplyAdd(r, b3, c43);
            r = S.Broadcast(lower[twoRows]);
            c50 = S.MultiplyAdd(r, b0, c50);
            c51 = S.MultiplyAdd(r, b1, c51);
            c52 = S.MultiplyAdd(r, b2, c52);
            c53 = S.MultiplyAdd(r, b3, c53);
            a += aStep;
            lower += aStep;
            b += bRow;
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
    private static unsafe void Tile6x2<V, S>(
        float* a, nint aRow, nint aStep, float* b, nint bRow, int depth, float* c, nint cRow, bool add)
        where V : struct where S : struct, ISimd<V>
    {
        int w = S.Count;
        V c00 = S.Zero, c01 = S.Zero, c10 = S.Zero, c11 = S.Zero;
        V c20 = S.Zero, c21 = S.Zero, c30 = S.Zero, c31 = S.Zero;
        V c40 = S.Zero, c41 = S.Zero, c50 = S.Zero, c51 = S.Zero;
        if (add)
        {
            float* from = c;
            c00 = S.Load(from); c01 = S.Load(from + w);
            from += cRow;
            c10 = S.Load(from); c11 = S.Load(from + w);
            from += cRow;
            c20 = S.Load(from); c21 = S.Load(from + w);
            from += cRow;
            c30 = S.Load(from); c31 = S.Load(from + w);
            from += cRow;
            c40 = S.Load(from); c41 = S.Load(from + w);
            from += cRow;
            c50 = S.Load(from); c51 = S.Load(from + w);
        }

        nint twoRows = 2 * aRow;
        float* lower = a + (3 * aRow);
        for (int p = 0; p < depth; p++)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w);
            V r = S.Broadcast(a[0]);
            c00 = S.MultiplyAdd(r, b0, c00);
            c01 = S.MultiplyAdd(r, b1, c01);
            r = S.Broadcast(a[aRow]);
            c10 = S.MultiplyAdd(r, b0, c10);
            c11 = S.MultiplyAdd(r, b1, c11);
            r = S.Broadcast(a[twoRows]);
            c20 = S.MultiplyAdd(r, b0, c20);
            c21 = S.MultiplyAdd(r, b1, c21);
            r = S.Broadcast(lower[0]);
            c30 = S.MultiplyAdd(r, b0, c30);
            c31 = S.MultiplyAdd(r, b1, c31);
            r = S.Broadcast(lower[aRow]);
            c40 = S.MultiplyAdd(r, b0, c40);
            c41 = S.MultiplyAdd(r, b1, c41);
            r = S.Broadcast(lower[twoRows]);
            c50 = S.MultiplyAdd(r, b0, c50);
            c51 = S.MultiplyAdd(r, b1, c51);
            a += aStep;
            lower += aStep;
            b += bRow;
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

    /// <summary>
    /// c[12, one vector] += a · b, with dense c. Six chains of additions would wait for one another: a multiply-add takes
    /// four cycles, and two can begin in each.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Tile12x1<V, S>(float* a, nint aRow, nint aStep, float* b, nint bRow, int depth, float* c)
        where V : struct where S : struct, ISimd<V>
    {
        int w = S.Count;
        V c0 = S.Load(c), c1 = S.Load(c + w), c2 = S.Load(c + (2 * w)), c3 = S.Load(c + (3 * w));
        V c4 = S.Load(c + (4 * w)), c5 = S.Load(c + (5 * w)), c6 = S.Load(c + (6 * w)), c7 = S.Load(c + (7 * w));
        V c8 = S.Load(c + (8 * w)), c9 = S.Load(c + (9 * w)), c10 = S.Load(c + (10 * w)), c11 = S.Load(c + (11 * w));
        nint twoRows = 2 * aRow, threeRows = 3 * aRow;
        float* a3 = a + threeRows, a6 = a3 + threeRows, a9 = a6 + threeRows;
        for (int p = 0; p < depth; p++)
        {
            V right = S.Load(b);
            c0 = S.MultiplyAdd(S.Broadcast(a[0]), right, c0);
            c1 = S.MultiplyAdd(S.Broadcast(a[aRow]), right, c1);
            c2 = S.MultiplyAdd(S.Broadcast(a[twoRows]), right, c2);
            c3 = S.MultiplyAdd(S.Broadcast(a3[0]), right, c3);
            c4 = S.MultiplyAdd(S.Broadcast(a3[aRow]), right, c4);
            c5 = S.MultiplyAdd(S.Broadcast(a3[twoRows]), right, c5);
            c6 = S.MultiplyAdd(S.Broadcast(a6[0]), right, c6);
            c7 = S.MultiplyAdd(S.Broadcast(a6[aRow]), right, c7);
            c8 = S.MultiplyAdd(S.Broadcast(a6[twoRows]), right, c8);
            c9 = S.MultiplyAdd(S.Broadcast(a9[0]), right, c9);
            c10 = S.MultiplyAdd(S.Broadcast(a9[aRow]), right, c10);
            c11 = S.MultiplyAdd(S.Broadcast(a9[twoRows]), right, c11);
            a += aStep;
            a3 += aStep;
            a6 += aStep;
            a9 += aStep;
            b += bRow;
        }

        S.Store(c0, c); S.Store(c1, c + w); S.Store(c2, c + (2 * w)); S.Store(c3, c + (3 * w));
        S.Store(c4, c + (4 * w)); S.Store(c5, c + (5 * w)); S.Store(c6, c + (6 * w)); S.Store(c7, c + (7 * w));
        S.Store(c8, c + (8 * w)); S.Store(c9, c + (9 * w)); S.Store(c10, c + (10 * w)); S.Store(c11, c + (11 * w));
    }
}
