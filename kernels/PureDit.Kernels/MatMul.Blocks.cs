// One block of C, rows × columns, by the order of loops that keeps operands in the caches (Goto and van de Geijn 2008,
// Anatomy of High-Performance Matrix Multiplication):
//
//   for each cut of k (at most 512 deep)
//     pack a block of B, up to 1 MB: it stays in the second-level cache
//     for each twelve rows of A, at most 24 KB: they stay in the first-level cache
//       for each panel of B:  one register tile of C
//
// So what a tile reads again and again comes from the nearest caches, and from beyond them B is read once, A once for
// each block of columns, and C once for each cut of k. Third-level cache and memory together deliver less than a tenth
// of what the multiply-add units eat.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PureDit.Kernels;

public static partial class MatMul
{
    private const int MaxDepth = 512;
    private const int BlockFloats = 256 * 1024; // of B, half of a second-level cache of 2 MB

    /// <summary>What is done to finished values of C while they are still in the cache.</summary>
    internal interface IEpilogue
    {
        /// <summary>Rows [row, row + rows) are complete in the columns [column, column + columns).</summary>
        void Apply<V, S>(int row, int rows, int column, int columns) where V : struct where S : struct, ISimd<V>;
    }

    internal readonly struct NoEpilogue : IEpilogue
    {
        public void Apply<V, S>(int row, int rows, int column, int columns) where V : struct where S : struct, ISimd<V>
        {
        }
    }

    /// <summary>The operands of one product, as pointers that stay fixed while it runs.</summary>
    internal unsafe struct Product
    {
        public float* A, B, C, Init;
        public nint ARow, AStep, InitRow;
        public int M, N, K;
        public bool TransposeB;

        /// <summary>Whether b is a <see cref="PackedMatrix"/>: panels of all of k.</summary>
        public bool IsPacked;

        public readonly double Operations => 2.0 * M * N * K;

        public readonly Product Entry(nint i) => this with
        {
            A = A + (i * M * K),
            B = B + (i * K * N),
            C = C + (i * M * N),
            Init = Init == null ? null : Init + (i * M * N),
        };
    }

    /// <summary>How k is cut: into equal parts.</summary>
    private static int Depth(int k)
    {
        int cuts = Math.Max(1, (k + MaxDepth - 1) / MaxDepth);
        return (k + cuts - 1) / cuts;
    }

    /// <summary>Most panels whose block of B stays in the second-level cache.</summary>
    private static int MostPanels(int k) => Math.Max(1, BlockFloats / (Math.Max(1, Depth(k)) * PanelColumns));

    // [doc:matmul-block]
    /// <summary>Computes rows [firstRow, lastRow) and columns [firstColumn, lastColumn) of C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Block<V, S, TEpilogue>(
        in Product p, int firstRow, int lastRow, int firstColumn, int lastColumn, TEpilogue epilogue)
        where V : struct where S : struct, ISimd<V> where TEpilogue : struct, IEpilogue
    {
        int columns = lastColumn - firstColumn, cut = Depth(p.K);
        float* packedA = Scratch.Rent(((nint)PaddedColumns(columns) * cut) + (MaxTileRows * cut));
        float* packedB = packedA + (MaxTileRows * cut);
        for (int k0 = 0; k0 == 0 || k0 < p.K; k0 += cut)
        {
            int depth = Math.Min(cut, p.K - k0);
            if (!p.IsPacked) PackB<V, S>(p, k0, depth, firstColumn, columns, packedB);
            float* b = p.IsPacked ? p.B + ((nint)firstColumn * p.K) + ((nint)k0 * PanelColumns) : packedB;
            nint panel = (nint)PanelColumns * (p.IsPacked ? p.K : depth);

            for (int row = firstRow; row < lastRow;)
            {
                int rows = RowsOfTile<S, V>(lastRow - row);
                Strided a = new(p.A + (row * p.ARow) + (k0 * p.AStep), p.ARow, p.AStep);
                if (NeedsPacking(a, rows)) a = PackA(a, rows, PaddedRows(rows), depth, packedA);
                float* init = k0 > 0 ? p.C : p.Init;
                nint initRow = k0 > 0 ? p.N : p.InitRow;
                RowOfTiles<V, S>(p, a, rows, row, b, panel, depth, firstColumn, columns, init, initRow);
                if (k0 + depth >= p.K) epilogue.Apply<V, S>(row, rows, firstColumn, columns);
                row += rows;
            }
        }
    }
    // [/doc:matmul-block]

    private static int RowsOfTile<S, V>(int left) where V : struct where S : struct, ISimd<V> =>
        S.Count == 16 && left >= MaxTileRows ? MaxTileRows : Math.Min(left, TileRows);

    private static int PaddedRows(int rows) => rows <= TileRows ? TileRows : MaxTileRows;

    // Rows that are a multiple of 4 KB apart compete for one set of the first-level cache; columns of a transposed A would
    // take a cache line for each twelve values.
    private static bool NeedsPacking(Strided a, int rows) => a.Step != 1 || a.Row % 1024 == 0 || rows % TileRows != 0;

    // All tiles of one strip of rows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void RowOfTiles<V, S>(
        in Product p, Strided a, int rows, int row, float* b, nint panel, int depth, int firstColumn, int columns, float* init, nint initRow)
        where V : struct where S : struct, ISimd<V>
    {
        float* c = p.C + ((nint)row * p.N) + firstColumn;
        float* start = init == null ? Scratch.Zeros : init + (row * initRow) + firstColumn;
        nint startRow = init == null ? 0 : initRow, startColumn = init == null ? 0 : 1;
        for (int j = 0; j < columns; j += PanelColumns)
        {
            int width = Math.Min(PanelColumns, columns - j), padded = PaddedColumns(width);
            if (rows % TileRows == 0 && width == padded) Tile<V, S>(a, rows, b, width, depth, start + (j * startColumn), startRow, c + j, p.N);
            else EdgeTile<V, S>(a, rows, b, width, depth, start + (j * startColumn), startRow, c + j, p.N);
            b += panel;
        }
    }

    // A tile at the lower or right edge of C: the same arithmetic on a padded copy of c.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void EdgeTile<V, S>(
        Strided a, int rows, float* b, int columns, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V>
    {
        int padded = PaddedColumns(columns);
        float* tile = stackalloc float[MaxTileRows * PanelColumns];
        new Span<float>(tile, MaxTileRows * PanelColumns).Clear();
        for (int r = 0; r < rows; r++) new ReadOnlySpan<float>(init + (r * initRow), columns).CopyTo(new Span<float>(tile + (r * padded), columns));
        Tile<V, S>(a, PaddedRows(rows), b, padded, depth, tile, padded, tile, padded);
        for (int r = 0; r < rows; r++) new ReadOnlySpan<float>(tile + (r * padded), columns).CopyTo(new Span<float>(c + (r * cRow), columns));
    }

    // A tile of six or twelve rows and up to 32 columns.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Tile<V, S>(
        Strided a, int rows, float* b, int columns, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V>
    {
        if (rows == MaxTileRows && columns == 2 * S.Count && S.Count == 16)
        {
            Tile12x2<V, S>(a, b, columns, depth, init, initRow, c, cRow);
            return;
        }

        Strip<V, S>(a, b, columns, columns, depth, init, initRow, c, cRow);
        if (rows == MaxTileRows)
        {
            Strided lower = new(a.Start + (TileRows * a.Row), a.Row, a.Step);
            Strip<V, S>(lower, b, columns, columns, depth, init + (TileRows * initRow), initRow, c + (TileRows * cRow), cRow);
        }
    }

    /// <summary>Items are blocks of C; those of the same columns are next to one another.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct ProductKernel<TEpilogue> : IKernel where TEpilogue : struct, IEpilogue
    {
        public Product Product;
        public TEpilogue Epilogue;
        public int RowBlocks, ColumnBlocks;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            int panels = (Product.N + PanelColumns - 1) / PanelColumns, strips = (Product.M + MaxTileRows - 1) / MaxTileRows;
            for (int item = begin; item < end; item++)
            {
                (int columnBlock, int rowBlock) = Math.DivRem(item, RowBlocks);
                (int firstRow, int lastRow) = Share(strips, rowBlock, RowBlocks, MaxTileRows, Product.M);
                (int firstColumn, int lastColumn) = Share(panels, columnBlock, ColumnBlocks, PanelColumns, Product.N);
                Block<V, S, TEpilogue>(Product, firstRow, lastRow, firstColumn, lastColumn, Epilogue);
            }
        }

        private static (int First, int Last) Share(int units, int i, int of, int unit, int end) =>
            ((int)((long)units * i / of) * unit, Math.Min((int)((long)units * (i + 1) / of) * unit, end));
    }

    private struct BatchKernel : IKernel
    {
        public Product First;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            int columns = MostPanels(First.K) * PanelColumns;
            for (int i = begin; i < end; i++)
            {
                Product entry = First.Entry(i);
                for (int column = 0; column < entry.N; column += columns)
                {
                    Block<V, S, NoEpilogue>(entry, 0, entry.M, column, Math.Min(column + columns, entry.N), default);
                }
            }
        }
    }
}
