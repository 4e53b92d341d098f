// One region of C, rows × columns, by an order of loops that keeps operands in the caches (after Goto and van de Geijn
// 2008, Anatomy of High-Performance Matrix Multiplication):
//
//   for each block of columns, for each cut of k
//     pack the block of B, half a megabyte: it stays in the second-level cache
//     for each eight rows of A
//       for each panel of 48 columns of B:  one register tile of C
//
// A tile streams its panel of B from the second-level cache and its rows of A from the first: 16 of the 40 bytes per
// cycle that the former delivers. From farther away B is read once, A once per block of columns, C once per cut of k:
// the third-level cache and memory give a tenth of what the multiply-add units eat.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PureDit.Kernels;

public static partial class MatMul
{
    private const int PackedRows = 48; // of a transposed A at a time: three cache lines of each of its rows

    /// <summary>How deep and how wide a block of B is, and so how often operands are read again.</summary>
    private readonly record struct BlockSize(int Depth, int Columns)
    {
        private const int MostFloats = 128 * 1024; // a quarter of a second-level cache of 2 MB

        public static BlockSize Of(in Product p, int rows, int columns)
        {
            // A transposed A is packed anew for every block of columns: wide and shallow blocks. B in place for a few rows:
            // shallow ones, so that its rows are read as long streams. Else deep ones, which read C the least.
            int depth = Part(p.K, p.AStep != 1 ? 384 : rows <= Product.FewRows && p.ReadsInPlace(rows) ? 64 : 768, 1);
            int most = (p.AStep != 1 ? 2 : 1) * MostFloats / Math.Max(1, depth);
            return new BlockSize(depth, Part(columns, Math.Max(PanelColumns, most / PanelColumns * PanelColumns), PanelColumns));
        }

        /// <summary>The length of equal parts of n, none above a limit, in multiples of a unit.</summary>
        private static int Part(int n, int most, int unit)
        {
            int parts = Math.Max(1, (n + most - 1) / most);
            return Math.Max(unit, (((n + parts - 1) / parts) + unit - 1) / unit * unit);
        }
    }

    // [doc:matmul-region]
    /// <summary>Computes rows [firstRow, lastRow) and columns [firstColumn, lastColumn) of C.</summary>
    [MethodImpl(Jit.KernelBody)]
    private static unsafe void Region<V, S, TEpilogue>(
        in Product p, int firstRow, int lastRow, int firstColumn, int lastColumn, TEpilogue epilogue)
        where V : struct where S : struct, ISimd<V> where TEpilogue : struct, IEpilogue
    {
        bool inPlace = p.ReadsInPlace(lastRow - firstRow);
        (int cut, int blockColumns) = BlockSize.Of(p, lastRow - firstRow, lastColumn - firstColumn);
        float* packedA = Scratch.Rent((PackedRows + blockColumns + (nint)PanelColumns) * cut);
        float* packedB = packedA + ((nint)PackedRows * cut);
        for (int column = firstColumn, columns; column < lastColumn; column += columns)
        {
            columns = lastColumn - column < blockColumns + PanelColumns ? lastColumn - column : blockColumns; // no narrow rest
            for (int k0 = 0; k0 == 0 || k0 < p.K; k0 += cut)
            {
                int depth = Math.Min(cut, p.K - k0);
                bool last = k0 + depth >= p.K;
                Panels b = PanelsOf<V, S>(p, inPlace, k0, depth, column, columns, packedB);

                for (int group = firstRow; group < lastRow; group += PackedRows)
                {
                    int groupRows = Math.Min(PackedRows, lastRow - group);
                    if (p.AStep != 1) PackA(p, group, groupRows, k0, depth, packedA);
                    for (int r = 0; r < groupRows;)
                    {
                        int left = groupRows - r, rows = left >= TileRows ? TileRows : left >= HalfTileRows ? HalfTileRows : left, row = group + r;
                        Rows a = p.AStep != 1 ? new(packedA + ((nint)(r - (r % TileRows)) * depth) + (r % TileRows), 1, TileRows)
                            : rows < HalfTileRows ? PackEdge(p, row, rows, k0, depth, packedA)
                            : new(p.A + (row * p.ARow) + k0, p.ARow, 1);
                        RowOfTiles<V, S>(p, a, row, rows, b, depth, column, columns, isFirst: k0 == 0);
                        if (last) epilogue.Apply<V, S>(row, rows, column, columns);
                        r += rows;
                    }
                }
            }
        }
    }
    // [/doc:matmul-region]

    // All tiles of one strip of rows.
    [MethodImpl(Jit.KernelBody)]
    private static unsafe void RowOfTiles<V, S>(
        in Product p, Rows a, int row, int rows, Panels b, int depth, int column, int columns, bool isFirst)
        where V : struct where S : struct, ISimd<V>
    {
        float* c = p.C + ((nint)row * p.N) + column;
        float* init = isFirst ? p.Init : p.C;
        nint initRow = init == null ? 0 : isFirst ? p.InitRow : p.N;
        init = init == null ? null : init + (row * initRow) + column;
        for (int j = 0; j < columns;)
        {
            int padded = PanelWidth(columns - j), width = Math.Min(padded, columns - j);
            nint step = b.Step != 0 ? b.Step : padded;
            float* panel = b.Start + (j * b.Column) + (b.FirstRow * step), start = init == null ? null : init + j;
            if (j + padded < columns) FetchTile(c + j + padded, rows, p.N);
            if (rows == TileRows && width == padded) Strip<V, S>(a.Start, a.Row, a.Step, panel, step, width, depth, start, initRow, c + j, p.N);
            else if (rows == HalfTileRows && width == padded) HalfStrip<V, S>(a.Start, a.Row, a.Step, panel, step, width, depth, start, initRow, c + j, p.N);
            else EdgeTile<V, S>(a, rows, panel, step, width, depth, start, initRow, c + j, p.N);
            j += padded;
        }
    }

    // A tile at the lower or right edge of C: the same arithmetic on a padded copy of c.
    [MethodImpl(Jit.KernelBody)]
    private static unsafe void EdgeTile<V, S>(
        Rows a, int rows, float* b, nint bStep, int columns, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V>
    {
        int padded = PanelWidth(columns);
        float* tile = stackalloc float[TileRows * PanelColumns];
        new Span<float>(tile, TileRows * padded).Clear();
        for (int r = 0; r < rows && init != null; r++)
        {
            new ReadOnlySpan<float>(init + (r * initRow), columns).CopyTo(new Span<float>(tile + (r * padded), columns));
        }

        if (rows <= HalfTileRows) HalfStrip<V, S>(a.Start, a.Row, a.Step, b, bStep, padded, depth, tile, padded, tile, padded);
        else Strip<V, S>(a.Start, a.Row, a.Step, b, bStep, padded, depth, tile, padded, tile, padded);
        for (int r = 0; r < rows; r++) new ReadOnlySpan<float>(tile + (r * padded), columns).CopyTo(new Span<float>(c + (r * cRow), columns));
    }

    // Fetches the next tile of C while this one is computed: its sums start from there. +2 % on large products.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void FetchTile(float* c, int rows, nint cRow)
    {
        if (!Sse.IsSupported) return;
        for (int r = 0; r < rows; r++)
        {
            Sse.Prefetch0(c);
            Sse.Prefetch0(c + 16);
            Sse.Prefetch0(c + 32);
            c += cRow;
        }
    }
}
