// The register tile of eight rows, for the 32 registers of AVX-512; what it is and why, in MatMul.MicroKernel.cs, where the
// tile of four rows stands.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class MatMul
{
    [MethodImpl(Jit.KernelBody)]
    private static unsafe void Tile8<V, S, TVectors>(
        float* a, nint aRow, nint aStep, float* b, nint bStep, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V> where TVectors : struct, IVectors
    {
        int w = S.Count;
        bool two = TVectors.Count > 1, three = TVectors.Count > 2;
        V c00 = S.Zero, c01 = S.Zero, c02 = S.Zero;
        V c10 = S.Zero, c11 = S.Zero, c12 = S.Zero;
        V c20 = S.Zero, c21 = S.Zero, c22 = S.Zero;
        V c30 = S.Zero, c31 = S.Zero, c32 = S.Zero;
        V c40 = S.Zero, c41 = S.Zero, c42 = S.Zero;
        V c50 = S.Zero, c51 = S.Zero, c52 = S.Zero;
        V c60 = S.Zero, c61 = S.Zero, c62 = S.Zero;
        V c70 = S.Zero, c71 = S.Zero, c72 = S.Zero;
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
            init += initRow;
            c40 = S.Load(init);
            if (two) c41 = S.Load(init + w);
            if (three) c42 = S.Load(init + (2 * w));
            init += initRow;
            c50 = S.Load(init);
            if (two) c51 = S.Load(init + w);
            if (three) c52 = S.Load(init + (2 * w));
            init += initRow;
            c60 = S.Load(init);
            if (two) c61 = S.Load(init + w);
            if (three) c62 = S.Load(init + (2 * w));
            init += initRow;
            c70 = S.Load(init);
            if (two) c71 = S.Load(init + w);
            if (three) c72 = S.Load(init + (2 * w));
        }

        nint row2 = 2 * aRow, row3 = 3 * aRow;
        float* upper = a, lower = a + (4 * aRow);
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
            r = S.Broadcast(lower[0]);
            c40 = S.MultiplyAdd(r, b0, c40);
            if (two) c41 = S.MultiplyAdd(r, b1, c41);
            if (three) c42 = S.MultiplyAdd(r, b2, c42);
            r = S.Broadcast(lower[aRow]);
            c50 = S.MultiplyAdd(r, b0, c50);
            if (two) c51 = S.MultiplyAdd(r, b1, c51);
            if (three) c52 = S.MultiplyAdd(r, b2, c52);
            r = S.Broadcast(lower[row2]);
            c60 = S.MultiplyAdd(r, b0, c60);
            if (two) c61 = S.MultiplyAdd(r, b1, c61);
            if (three) c62 = S.MultiplyAdd(r, b2, c62);
            r = S.Broadcast(lower[row3]);
            c70 = S.MultiplyAdd(r, b0, c70);
            if (two) c71 = S.MultiplyAdd(r, b1, c71);
            if (three) c72 = S.MultiplyAdd(r, b2, c72);
            upper += aStep;
            lower += aStep;

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
            r = S.Broadcast(lower[0]);
            c40 = S.MultiplyAdd(r, b0, c40);
            if (two) c41 = S.MultiplyAdd(r, b1, c41);
            if (three) c42 = S.MultiplyAdd(r, b2, c42);
            r = S.Broadcast(lower[aRow]);
            c50 = S.MultiplyAdd(r, b0, c50);
            if (two) c51 = S.MultiplyAdd(r, b1, c51);
            if (three) c52 = S.MultiplyAdd(r, b2, c52);
            r = S.Broadcast(lower[row2]);
            c60 = S.MultiplyAdd(r, b0, c60);
            if (two) c61 = S.MultiplyAdd(r, b1, c61);
            if (three) c62 = S.MultiplyAdd(r, b2, c62);
            r = S.Broadcast(lower[row3]);
            c70 = S.MultiplyAdd(r, b0, c70);
            if (two) c71 = S.MultiplyAdd(r, b1, c71);
            if (three) c72 = S.MultiplyAdd(r, b2, c72);
            upper += aStep;
            lower += aStep;
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
            r = S.Broadcast(lower[0]);
            c40 = S.MultiplyAdd(r, b0, c40);
            if (two) c41 = S.MultiplyAdd(r, b1, c41);
            if (three) c42 = S.MultiplyAdd(r, b2, c42);
            r = S.Broadcast(lower[aRow]);
            c50 = S.MultiplyAdd(r, b0, c50);
            if (two) c51 = S.MultiplyAdd(r, b1, c51);
            if (three) c52 = S.MultiplyAdd(r, b2, c52);
            r = S.Broadcast(lower[row2]);
            c60 = S.MultiplyAdd(r, b0, c60);
            if (two) c61 = S.MultiplyAdd(r, b1, c61);
            if (three) c62 = S.MultiplyAdd(r, b2, c62);
            r = S.Broadcast(lower[row3]);
            c70 = S.MultiplyAdd(r, b0, c70);
            if (two) c71 = S.MultiplyAdd(r, b1, c71);
            if (three) c72 = S.MultiplyAdd(r, b2, c72);
            upper += aStep;
            lower += aStep;
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
        c += cRow;
        S.Store(c40, c);
        if (two) S.Store(c41, c + w);
        if (three) S.Store(c42, c + (2 * w));
        c += cRow;
        S.Store(c50, c);
        if (two) S.Store(c51, c + w);
        if (three) S.Store(c52, c + (2 * w));
        c += cRow;
        S.Store(c60, c);
        if (two) S.Store(c61, c + w);
        if (three) S.Store(c62, c + (2 * w));
        c += cRow;
        S.Store(c70, c);
        if (two) S.Store(c71, c + w);
        if (three) S.Store(c72, c + (2 * w));
    }
}
