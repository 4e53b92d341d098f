// The ladder of chapter 2: C[m,n] = A[m,k]·B[k,n] written six times, each version faster for one reason.
//
// Every element of C is the same chain of fused multiply-adds over k in order, so all versions give the same bits.
// The versions with vectors need n to be a multiple of 8, the tiled ones m a multiple of 6 and n of 16: the library
// does without (exercise 3). Vectors are 256 bits wide, so that one text serves machines with and without AVX-512.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector256<float>;

namespace PureDit.Book;

/// <summary>A product c[m,n] = a[m,k]·b[k,n], all dense and row-major.</summary>
public delegate void Product(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c);

/// <summary>Teaching versions of a matrix product.</summary>
public static class Chapter02
{
    private const MethodImplOptions Fast = MethodImplOptions.AggressiveOptimization;

    // [doc:ladder-naive]
    [MethodImpl(Fast)]
    public static void Naive(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                float sum = 0;
                for (int p = 0; p < k; p++)
                    sum = MathF.FusedMultiplyAdd(a[(i * k) + p], b[(p * n) + j], sum);
                c[(i * n) + j] = sum;
            }
        }
    }
    // [/doc:ladder-naive]

    // [doc:ladder-transposed]
    [MethodImpl(Fast)]
    public static void Transposed(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c)
    {
        float[] columns = new float[n * k]; // bᵀ, so that both operands are read along rows
        for (int p = 0; p < k; p++)
        {
            for (int j = 0; j < n; j++) columns[(j * k) + p] = b[(p * n) + j];
        }

        for (int i = 0; i < m; i++)
        {
            ReadOnlySpan<float> row = a.Slice(i * k, k);
            for (int j = 0; j < n; j++)
            {
                ReadOnlySpan<float> column = columns.AsSpan(j * k, row.Length);
                float sum = 0;
                for (int p = 0; p < row.Length; p++) sum = MathF.FusedMultiplyAdd(row[p], column[p], sum);
                c[(i * n) + j] = sum;
            }
        }
    }
    // [/doc:ladder-transposed]

    // [doc:ladder-ikj]
    [MethodImpl(Fast)]
    public static void RowByRow(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c)
    {
        c[..(m * n)].Clear();
        for (int i = 0; i < m; i++)
        {
            Span<float> cRow = c.Slice(i * n, n);
            for (int p = 0; p < k; p++)
            {
                float factor = a[(i * k) + p];
                ReadOnlySpan<float> bRow = b.Slice(p * n, cRow.Length);
                for (int j = 0; j < cRow.Length; j++)
                    cRow[j] = MathF.FusedMultiplyAdd(factor, bRow[j], cRow[j]);
            }
        }
    }
    // [/doc:ladder-ikj]

    // [doc:ladder-vector]
    [MethodImpl(Fast)]
    public static void Vectors(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c)
    {
        Multiple(n, V.Count);
        c[..(m * n)].Clear();
        for (int i = 0; i < m; i++)
        {
            Span<V> cRow = MemoryMarshal.Cast<float, V>(c.Slice(i * n, n));
            for (int p = 0; p < k; p++)
            {
                V factor = Vector256.Create(a[(i * k) + p]);
                ReadOnlySpan<V> bRow = MemoryMarshal.Cast<float, V>(b.Slice(p * n, n))[..cRow.Length];
                for (int j = 0; j < cRow.Length; j++)
                    cRow[j] = Vector256.FusedMultiplyAdd(factor, bRow[j], cRow[j]);
            }
        }
    }
    // [/doc:ladder-vector]

    // [doc:ladder-tile]
    /// <summary>c[6, 16] += a[6, depth]·b[depth, 16]. Rows of b and c are counted in vectors.</summary>
    [MethodImpl(Fast)]
    private static void Tile(
        ReadOnlySpan<float> a, int aRow, ReadOnlySpan<V> b, int bRow, int depth, Span<V> c, int cRow)
    {
        V c00 = c[0], c01 = c[1], c10 = c[cRow], c11 = c[cRow + 1];
        V c20 = c[2 * cRow], c21 = c[(2 * cRow) + 1], c30 = c[3 * cRow], c31 = c[(3 * cRow) + 1];
        V c40 = c[4 * cRow], c41 = c[(4 * cRow) + 1], c50 = c[5 * cRow], c51 = c[(5 * cRow) + 1];
        for (int p = 0; p < depth; p++)
        {
            V b0 = b[p * bRow], b1 = b[(p * bRow) + 1];
            V r = Vector256.Create(a[p]);
            c00 = Vector256.FusedMultiplyAdd(r, b0, c00); c01 = Vector256.FusedMultiplyAdd(r, b1, c01);
            r = Vector256.Create(a[aRow + p]);
            c10 = Vector256.FusedMultiplyAdd(r, b0, c10); c11 = Vector256.FusedMultiplyAdd(r, b1, c11);
            r = Vector256.Create(a[(2 * aRow) + p]);
            c20 = Vector256.FusedMultiplyAdd(r, b0, c20); c21 = Vector256.FusedMultiplyAdd(r, b1, c21);
            r = Vector256.Create(a[(3 * aRow) + p]);
            c30 = Vector256.FusedMultiplyAdd(r, b0, c30); c31 = Vector256.FusedMultiplyAdd(r, b1, c31);
            r = Vector256.Create(a[(4 * aRow) + p]);
            c40 = Vector256.FusedMultiplyAdd(r, b0, c40); c41 = Vector256.FusedMultiplyAdd(r, b1, c41);
            r = Vector256.Create(a[(5 * aRow) + p]);
            c50 = Vector256.FusedMultiplyAdd(r, b0, c50); c51 = Vector256.FusedMultiplyAdd(r, b1, c51);
        }

        c[0] = c00; c[1] = c01; c[cRow] = c10; c[cRow + 1] = c11;
        c[2 * cRow] = c20; c[(2 * cRow) + 1] = c21; c[3 * cRow] = c30; c[(3 * cRow) + 1] = c31;
        c[4 * cRow] = c40; c[(4 * cRow) + 1] = c41; c[5 * cRow] = c50; c[(5 * cRow) + 1] = c51;
    }
    // [/doc:ladder-tile]

    // [doc:ladder-tiles]
    [MethodImpl(Fast)]
    public static void Tiles(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c)
    {
        Multiple(m, 6);
        Multiple(n, 16);
        c[..(m * n)].Clear();
        ReadOnlySpan<V> bVectors = MemoryMarshal.Cast<float, V>(b);
        Span<V> cVectors = MemoryMarshal.Cast<float, V>(c);
        int row = n / V.Count;
        for (int j = 0; j < row; j += 2)
        {
            for (int i = 0; i < m; i += 6)
                Tile(a[(i * k)..], k, bVectors[j..], row, k, cVectors[((i * row) + j)..], row);
        }
    }
    // [/doc:ladder-tiles]

    // [doc:ladder-packed]
    [MethodImpl(Fast)]
    public static void Packed(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c, int slice)
    {
        Multiple(m, 6);
        Multiple(n, 16);
        c[..(m * n)].Clear();
        ReadOnlySpan<V> bVectors = MemoryMarshal.Cast<float, V>(b);
        Span<V> cVectors = MemoryMarshal.Cast<float, V>(c);
        int row = n / V.Count;
        V[] panel = new V[2 * k];
        for (int j = 0; j < row; j += 2)
        {
            for (int p = 0; p < k; p++) // pack: two columns of vectors, one row of the panel after the other
                (panel[2 * p], panel[(2 * p) + 1]) = (bVectors[(p * row) + j], bVectors[(p * row) + j + 1]);
            for (int k0 = 0; k0 < k; k0 += slice) // cut: all rows of a pass over one slice of the panel
            {
                int depth = Math.Min(slice, k - k0);
                for (int i = 0; i < m; i += 6)
                    Tile(a[((i * k) + k0)..], k, panel.AsSpan(2 * k0), 2, depth, cVectors[((i * row) + j)..], row);
            }
        }
    }
    // [/doc:ladder-packed]

    // [doc:peak-loop]
    /// <summary>Twelve independent chains of multiply-adds: 12 · 8 · 2 operations per step, no memory.</summary>
    [MethodImpl(Fast)]
    public static float Peak256(int steps)
    {
        V x = Vector256.Create(0.999f), y = Vector256.Create(0.001f); // every chain tends to 1
        V s0 = x, s1 = x, s2 = x, s3 = x, s4 = x, s5 = x, s6 = x, s7 = x, s8 = x, s9 = x, s10 = x, s11 = x;
        for (int i = 0; i < steps; i++)
        {
            s0 = Vector256.FusedMultiplyAdd(s0, x, y); s1 = Vector256.FusedMultiplyAdd(s1, x, y);
            s2 = Vector256.FusedMultiplyAdd(s2, x, y); s3 = Vector256.FusedMultiplyAdd(s3, x, y);
            s4 = Vector256.FusedMultiplyAdd(s4, x, y); s5 = Vector256.FusedMultiplyAdd(s5, x, y);
            s6 = Vector256.FusedMultiplyAdd(s6, x, y); s7 = Vector256.FusedMultiplyAdd(s7, x, y);
            s8 = Vector256.FusedMultiplyAdd(s8, x, y); s9 = Vector256.FusedMultiplyAdd(s9, x, y);
            s10 = Vector256.FusedMultiplyAdd(s10, x, y); s11 = Vector256.FusedMultiplyAdd(s11, x, y);
        }

        return Vector256.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }
    // [/doc:peak-loop]

    /// <summary>The same with vectors of sixteen.</summary>
    [MethodImpl(Fast)]
    public static float Peak512(int steps)
    {
        Vector512<float> x = Vector512.Create(0.999f), y = Vector512.Create(0.001f);
        Vector512<float> s0 = x, s1 = x, s2 = x, s3 = x, s4 = x, s5 = x, s6 = x, s7 = x, s8 = x, s9 = x, s10 = x, s11 = x;
        for (int i = 0; i < steps; i++)
        {
            s0 = Vector512.FusedMultiplyAdd(s0, x, y); s1 = Vector512.FusedMultiplyAdd(s1, x, y);
            s2 = Vector512.FusedMultiplyAdd(s2, x, y); s3 = Vector512.FusedMultiplyAdd(s3, x, y);
            s4 = Vector512.FusedMultiplyAdd(s4, x, y); s5 = Vector512.FusedMultiplyAdd(s5, x, y);
            s6 = Vector512.FusedMultiplyAdd(s6, x, y); s7 = Vector512.FusedMultiplyAdd(s7, x, y);
            s8 = Vector512.FusedMultiplyAdd(s8, x, y); s9 = Vector512.FusedMultiplyAdd(s9, x, y);
            s10 = Vector512.FusedMultiplyAdd(s10, x, y); s11 = Vector512.FusedMultiplyAdd(s11, x, y);
        }

        return Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }

    /// <summary>Reads every value once: memory's share of the roofline.</summary>
    [MethodImpl(Fast)]
    public static float ReadAll(ReadOnlySpan<float> x)
    {
        ReadOnlySpan<V> from = MemoryMarshal.Cast<float, V>(x);
        V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
        for (int i = 0; i + 3 < from.Length; i += 4)
        {
            s0 += from[i];
            s1 += from[i + 1];
            s2 += from[i + 2];
            s3 += from[i + 3];
        }

        return Vector256.Sum(s0 + s1 + s2 + s3);
    }

    // [doc:matmul-four-sums]
    /// <summary>Each element as four shorter chains, added at the end: a different sum of the same terms.</summary>
    public static void FourSums(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c)
    {
        Span<float> sums = stackalloc float[4];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                sums.Clear();
                for (int p = 0; p < k; p++)
                    sums[p % 4] = MathF.FusedMultiplyAdd(a[(i * k) + p], b[(p * n) + j], sums[p % 4]);
                c[(i * n) + j] = sums[0] + sums[1] + (sums[2] + sums[3]);
            }
        }
    }
    // [/doc:matmul-four-sums]

    // [doc:matmul-any-size-test]
    /// <summary>Throws unless a product has the bits of the naive loops at every small size.</summary>
    public static void EverySizeHasTheBitsOfTheNaiveLoops(Product multiply)
    {
        for (int m = 1; m <= 13; m++)
        {
            for (int n = 1; n <= 33; n++)
            {
                const int k = 5;
                float[] a = Normal(m * k, sample: m), b = Normal(k * n, sample: 100 + n);
                float[] expected = new float[m * n], actual = new float[m * n];
                Naive(a, b, m, n, k, expected);
                multiply(a, b, m, n, k, actual);
                if (!actual.AsSpan().SequenceEqual(expected))
                    throw new InvalidOperationException($"m = {m}, n = {n}, k = {k}: not the naive loops' bits.");
            }
        }
    }
    // [/doc:matmul-any-size-test]

    // [doc:matmul-any-size-answer]
    /// <summary>Pads a with rows and b with columns of zeros, and copies back the part that was asked for.</summary>
    public static void TilesOfAnySize(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c)
    {
        int rows = (m + 5) / 6 * 6, columns = (n + 15) / 16 * 16;
        float[] wideA = new float[rows * k], wideB = new float[k * columns], wideC = new float[rows * columns];
        a[..(m * k)].CopyTo(wideA);
        for (int p = 0; p < k; p++) b.Slice(p * n, n).CopyTo(wideB.AsSpan(p * columns));
        Tiles(wideA, wideB, rows, columns, k, wideC);
        for (int i = 0; i < m; i++) wideC.AsSpan(i * columns, n).CopyTo(c[(i * n)..]);
    }
    // [/doc:matmul-any-size-answer]

    /// <summary>Values from N(0, 1), the same on every machine.</summary>
    public static float[] Normal(int count, int sample)
    {
        float[] values = new float[count];
        new Kernels.Philox(2, Kernels.PhiloxStream.Data).FillNormal(0, sample, values);
        return values;
    }

    private static void Multiple(int length, int of)
    {
        if (length % of == 0) return;
        throw new ArgumentException($"length: expected a multiple of {of}, got {length}; see exercise 3.", nameof(length));
    }
}
