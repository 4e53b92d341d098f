// The ladder of chapter 14, products: C[m,n] = A[m,k]·B[k,n] with one register tile and four orders of loops around it.
//
// Vectors are 512 bits wide; where the machine has no such registers the runtime makes two of each, and the tile no
// longer fits. m must be a multiple of 8 and n of 48: edges are chapter 2's exercise. Every element is the same chain
// of fused multiply-adds as in the naive loops, so all versions give the same bits.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace PureDit.Book;

/// <summary>Rows and vectors of columns of a register tile, as a type: the runtime compiles a tile for each.</summary>
public interface ITileShape
{
    static abstract int Rows { get; }

    static abstract int Vectors { get; }
}

/// <summary>A product whose sums are interrupted every so many steps of k.</summary>
public delegate void CutProduct(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c, int cut);

/// <summary>Teaching versions of a blocked matrix product.</summary>
public static class Chapter14Products
{
    /// <summary>Rows of the tile.</summary>
    public const int TileRows = 8;

    /// <summary>Columns of the tile, and of a panel of B.</summary>
    public const int PanelColumns = 48;

    private const MethodImplOptions Fast = MethodImplOptions.AggressiveOptimization;
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private static readonly Memory<float> s_block = Aligned(1 << 18);

    /// <summary>The library's tile.</summary>
    public readonly struct EightByThree : ITileShape
    {
        public static int Rows => 8;

        public static int Vectors => 3;
    }

    // [doc:fast-tile]
    /// <summary>One row of a tile: up to four vectors, each a set of sixteen chains.</summary>
    private struct Row
    {
        private V _c0, _c1, _c2, _c3;

        [MethodImpl(Inline)]
        public void Add<T>(float a, V b0, V b1, V b2, V b3) where T : struct, ITileShape
        {
            V r = Vector512.Create(a);
            _c0 = Vector512.FusedMultiplyAdd(r, b0, _c0);
            if (T.Vectors > 1) _c1 = Vector512.FusedMultiplyAdd(r, b1, _c1);
            if (T.Vectors > 2) _c2 = Vector512.FusedMultiplyAdd(r, b2, _c2);
            if (T.Vectors > 3) _c3 = Vector512.FusedMultiplyAdd(r, b3, _c3);
        }

        [MethodImpl(Inline)]
        public void Load<T>(ref float c) where T : struct, ITileShape
        {
            _c0 = Vector512.LoadUnsafe(ref c);
            if (T.Vectors > 1) _c1 = Vector512.LoadUnsafe(ref c, 16);
            if (T.Vectors > 2) _c2 = Vector512.LoadUnsafe(ref c, 32);
            if (T.Vectors > 3) _c3 = Vector512.LoadUnsafe(ref c, 48);
        }

        [MethodImpl(Inline)]
        public readonly void Store<T>(ref float c) where T : struct, ITileShape
        {
            _c0.StoreUnsafe(ref c);
            if (T.Vectors > 1) _c1.StoreUnsafe(ref c, 16);
            if (T.Vectors > 2) _c2.StoreUnsafe(ref c, 32);
            if (T.Vectors > 3) _c3.StoreUnsafe(ref c, 48);
        }
    }

    /// <summary>c[rows, 16·vectors] += a[rows, depth]·b[depth, 16·vectors].</summary>
    [MethodImpl(Fast | MethodImplOptions.NoInlining)] // within another method its many parts would not all be inlined
    public static void Tile<T>(ref float a, int aRow, ref float b, int bStep, int depth, ref float c, int cRow)
        where T : struct, ITileShape
    {
        Row r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default, r6 = default, r7 = default;
        r0.Load<T>(ref c);
        if (T.Rows > 1) r1.Load<T>(ref Unsafe.Add(ref c, cRow));
        if (T.Rows > 2) r2.Load<T>(ref Unsafe.Add(ref c, 2 * cRow));
        if (T.Rows > 2) r3.Load<T>(ref Unsafe.Add(ref c, 3 * cRow));
        if (T.Rows > 4) r4.Load<T>(ref Unsafe.Add(ref c, 4 * cRow));
        if (T.Rows > 4) r5.Load<T>(ref Unsafe.Add(ref c, 5 * cRow));
        if (T.Rows > 6) r6.Load<T>(ref Unsafe.Add(ref c, 6 * cRow));
        if (T.Rows > 6) r7.Load<T>(ref Unsafe.Add(ref c, 7 * cRow));
        for (int p = 0; p < depth; p++)
        {
            V b0 = Vector512.LoadUnsafe(ref b), b1 = T.Vectors > 1 ? Vector512.LoadUnsafe(ref b, 16) : V.Zero;
            V b2 = T.Vectors > 2 ? Vector512.LoadUnsafe(ref b, 32) : V.Zero;
            V b3 = T.Vectors > 3 ? Vector512.LoadUnsafe(ref b, 48) : V.Zero;
            r0.Add<T>(a, b0, b1, b2, b3);
            if (T.Rows > 1) r1.Add<T>(Unsafe.Add(ref a, aRow), b0, b1, b2, b3);
            if (T.Rows > 2) r2.Add<T>(Unsafe.Add(ref a, 2 * aRow), b0, b1, b2, b3);
            if (T.Rows > 2) r3.Add<T>(Unsafe.Add(ref a, 3 * aRow), b0, b1, b2, b3);
            if (T.Rows > 4) r4.Add<T>(Unsafe.Add(ref a, 4 * aRow), b0, b1, b2, b3);
            if (T.Rows > 4) r5.Add<T>(Unsafe.Add(ref a, 5 * aRow), b0, b1, b2, b3);
            if (T.Rows > 6) r6.Add<T>(Unsafe.Add(ref a, 6 * aRow), b0, b1, b2, b3);
            if (T.Rows > 6) r7.Add<T>(Unsafe.Add(ref a, 7 * aRow), b0, b1, b2, b3);
            a = ref Unsafe.Add(ref a, 1);
            b = ref Unsafe.Add(ref b, bStep);
        }

        r0.Store<T>(ref c);
        if (T.Rows > 1) r1.Store<T>(ref Unsafe.Add(ref c, cRow));
        if (T.Rows > 2) r2.Store<T>(ref Unsafe.Add(ref c, 2 * cRow));
        if (T.Rows > 2) r3.Store<T>(ref Unsafe.Add(ref c, 3 * cRow));
        if (T.Rows > 4) r4.Store<T>(ref Unsafe.Add(ref c, 4 * cRow));
        if (T.Rows > 4) r5.Store<T>(ref Unsafe.Add(ref c, 5 * cRow));
        if (T.Rows > 6) r6.Store<T>(ref Unsafe.Add(ref c, 6 * cRow));
        if (T.Rows > 6) r7.Store<T>(ref Unsafe.Add(ref c, 7 * cRow));
    }
    // [/doc:fast-tile]

    /// <summary>Memory that begins with a cache line and does not move.</summary>
    public static Memory<float> Aligned(int length)
    {
        const int line = 16;
        float[] array = GC.AllocateUninitializedArray<float>(length + line, pinned: true);
        int misses = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) / sizeof(float) % line);
        return array.AsMemory((line - misses) % line, length);
    }

    // [doc:fast-vectors]
    [MethodImpl(Fast)]
    public static void Vectors(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c)
    {
        c[..(m * n)].Clear();
        for (int i = 0; i < m; i++)
        {
            Span<V> cRow = MemoryMarshal.Cast<float, V>(c.Slice(i * n, n));
            for (int p = 0; p < k; p++)
            {
                V factor = Vector512.Create(a[(i * k) + p]);
                ReadOnlySpan<V> bRow = MemoryMarshal.Cast<float, V>(b.Slice(p * n, n))[..cRow.Length];
                for (int j = 0; j < cRow.Length; j++)
                    cRow[j] = Vector512.FusedMultiplyAdd(factor, bRow[j], cRow[j]);
            }
        }
    }
    // [/doc:fast-vectors]

    // [doc:fast-tiled]
    /// <summary>Panel after panel of C, each from the top to the bottom; B is read where it stands.</summary>
    [MethodImpl(Fast)]
    public static void Tiled(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c)
    {
        Check(m, n);
        c[..(m * n)].Clear();
        for (int j = 0; j < n; j += PanelColumns)
        {
            for (int i = 0; i < m; i += TileRows)
                Eight(a[(i * k)..], k, b[j..], n, k, c[((i * n) + j)..], n);
        }
    }
    // [/doc:fast-tiled]

    // [doc:fast-packed]
    /// <summary>The same, with each panel of B copied to where its rows follow one another.</summary>
    [MethodImpl(Fast)]
    public static void Packed(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c)
    {
        Check(m, n);
        c[..(m * n)].Clear();
        Span<float> panel = s_block.Span;
        for (int j = 0; j < n; j += PanelColumns)
        {
            Pack(b[j..], n, k, panel);
            for (int i = 0; i < m; i += TileRows)
                Eight(a[(i * k)..], k, panel, PanelColumns, k, c[((i * n) + j)..], n);
        }
    }

    private static void Pack(ReadOnlySpan<float> b, int bRow, int depth, Span<float> panel)
    {
        for (int p = 0; p < depth; p++) b.Slice(p * bRow, PanelColumns).CopyTo(panel[(p * PanelColumns)..]);
    }
    // [/doc:fast-packed]

    // [doc:fast-blocked]
    /// <summary>Many panels at a time, no deeper than a cut: eight rows of A meet all of them before the next eight.</summary>
    [MethodImpl(Fast)]
    public static void Blocked(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c, int cut, int columns, Span<float> block)
    {
        Check(m, n);
        c[..(m * n)].Clear();
        for (int j0 = 0; j0 < n; j0 += columns)
        {
            int end = Math.Min(n, j0 + columns);
            for (int k0 = 0; k0 < k; k0 += cut)
            {
                int depth = Math.Min(cut, k - k0);
                for (int j = j0; j < end; j += PanelColumns)
                    Pack(b[((k0 * n) + j)..], n, depth, block[((j - j0) * depth)..]);
                for (int i = 0; i < m; i += TileRows)
                {
                    for (int j = j0; j < end; j += PanelColumns)
                        Eight(a[((i * k) + k0)..], k, block[((j - j0) * depth)..], PanelColumns, depth, c[((i * n) + j)..], n);
                }
            }
        }
    }
    // [/doc:fast-blocked]

    /// <summary>The block of the library: half a megabyte of B, 768 deep at most, cut into equal parts.</summary>
    public static void BlockedAsTheLibrary(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c)
    {
        int cut = (k + ((k + 767) / 768) - 1) / ((k + 767) / 768);
        Blocked(a, b, m, n, k, c, cut, ColumnsOfBlock(cut), s_block.Span);
    }

    /// <summary>Columns of a block of half a megabyte.</summary>
    public static int ColumnsOfBlock(int depth) => Math.Max(1, 128 * 1024 / depth / PanelColumns) * PanelColumns;

    // [doc:fast-rectified-test]
    /// <summary>Throws unless c = max(0, a·b) for k cut at any depth.</summary>
    public static void RectifiedHasNoNegativePartLost(CutProduct multiply)
    {
        const int m = 8, n = 48, k = 6;
        float[] a = Chapter02.Normal(m * k, 1), b = Chapter02.Normal(k * n, 2), expected = new float[m * n], c = new float[m * n];
        Chapter02.Naive(a, b, m, n, k, expected);
        for (int i = 0; i < expected.Length; i++) expected[i] = MathF.Max(0, expected[i]);
        for (int cut = k; cut > 0; cut--)
        {
            multiply(a, b, m, n, k, c, cut);
            if (!c.AsSpan().SequenceEqual(expected)) throw new InvalidOperationException($"k cut at {cut}: not max(0, a·b).");
        }
    }
    // [/doc:fast-rectified-test]

    // [doc:fast-rectified-starter]
    public static void RectifiedStarter(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c, int cut)
    {
        c.Clear();
        for (int k0 = 0; k0 < k; k0 += cut)
        {
            int depth = Math.Min(cut, k - k0);
            Eight(a[k0..], k, b[(k0 * n)..], n, depth, c, n); // one tile: m = 8, n = 48
            foreach (ref float value in c) value = MathF.Max(0, value);
        }
    }
    // [/doc:fast-rectified-starter]

    // [doc:fast-rectified-answer]
    public static void Rectified(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k, Span<float> c, int cut)
    {
        c.Clear();
        for (int k0 = 0; k0 < k; k0 += cut)
        {
            int depth = Math.Min(cut, k - k0);
            Eight(a[k0..], k, b[(k0 * n)..], n, depth, c, n);
            if (k0 + depth < k) continue; // the sum goes on: its sign is not known yet
            foreach (ref float value in c) value = MathF.Max(0, value);
        }
    }
    // [/doc:fast-rectified-answer]

    private static void Eight(
        ReadOnlySpan<float> a, int aRow, ReadOnlySpan<float> b, int bStep, int depth, Span<float> c, int cRow) =>
        Tile<EightByThree>(
            ref MemoryMarshal.GetReference(a), aRow, ref MemoryMarshal.GetReference(b), bStep, depth,
            ref MemoryMarshal.GetReference(c), cRow);

    private static void Check(int m, int n)
    {
        if (m % TileRows != 0) throw new ArgumentException($"m: expected a multiple of {TileRows}, got {m}.", nameof(m));
        if (n % PanelColumns != 0) throw new ArgumentException($"n: expected a multiple of {PanelColumns}, got {n}.", nameof(n));
    }
}
