// Packing: copying operands into the order in which register tiles read them.
//
//   b, a block [depth, columns] of op(B):  panels of 48 columns, each [depth, 48] contiguous, one after the other; at the
//      end panels of 32 or 16 where that adds up better, columns past the end of B being zeros;
//   a transposed A:                        eight rows of op(A) at a time, [depth, 8] contiguous.
//
// A is else read in place, row by row. Packing it too was slower by 7 % where 341 columns shared the work
// (measured with tiles of twelve rows).

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PureDit.Kernels;

public static partial class MatMul
{
    /// <summary>Columns of a panel of B: three vectors of 512 bits, whatever the vector width.</summary>
    internal const int PanelColumns = 48;

    private const int PanelUnit = 16;

    /// <summary>Width of the next panel where some columns are left, padded: 48, and what else adds up best at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int PanelWidth(int columnsLeft)
    {
        int units = (columnsLeft + PanelUnit - 1) / PanelUnit;
        return units == 4 ? 2 * PanelUnit : Math.Min(units, 3) * PanelUnit;
    }

    private static int PaddedColumns(int columns) => (columns + PanelUnit - 1) / PanelUnit * PanelUnit;

    // [doc:matmul-pack]
    /// <summary>Packs rows [k0, k0 + depth) and columns [column, column + columns) of op(B).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void PackB<V, S>(in Product p, int k0, int depth, int column, int columns, float* destination)
        where V : struct where S : struct, ISimd<V>
    {
        int whole = WholePanels(columns);
        if (p.TransposeB)
        {
            for (int j = 0; j < whole; j += PanelColumns)
            {
                Transpose.Copy(p.B + ((nint)(column + j) * p.K) + k0, p.K, PanelColumns, depth, destination + ((nint)j * depth), PanelColumns);
            }
        }
        else
        {
            for (int j = 0; j < whole; j += PanelColumns)
            {
                float* from = p.B + ((nint)k0 * p.N) + column + j, to = destination + ((nint)j * depth);
                for (int k = 0; k < depth; k++)
                {
                    for (int i = 0; i < PanelColumns; i += S.Count) S.Store(S.Load(from + i), to + i);
                    to += PanelColumns;
                    from += p.N;
                }
            }
        }

        for (int j = whole; j < columns;)
        {
            int width = PanelWidth(columns - j);
            PackNarrowPanel(p, k0, depth, column + j, Math.Min(width, columns - j), width, destination + ((nint)j * depth));
            j += width;
        }
    }
    // [/doc:matmul-pack]

    private static int WholePanels(int columns)
    {
        int j = 0;
        while (columns - j >= PanelColumns && PanelWidth(columns - j) == PanelColumns) j += PanelColumns;
        return j;
    }

    private static unsafe void PackNarrowPanel(in Product p, int k0, int depth, int column, int columns, int padded, float* destination)
    {
        if (padded > columns) new Span<float>(destination, padded * depth).Clear();
        if (p.TransposeB)
        {
            Transpose.Copy(p.B + ((nint)column * p.K) + k0, p.K, columns, depth, destination, padded);
            return;
        }

        for (nint k = 0; k < depth; k++)
        {
            new ReadOnlySpan<float>(p.B + ((k0 + k) * p.N) + column, columns).CopyTo(new Span<float>(destination + (k * padded), columns));
        }
    }

    /// <summary>Packs up to 48 rows of a transposed A, eight by eight, each eight as [depth, 8].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void PackA(in Product p, int row, int rows, int k0, int depth, float* destination)
    {
        nint tile = (nint)TileRows * depth;
        for (int k = 0; k < depth; k++)
        {
            float* from = p.A + (row * p.ARow) + ((k0 + k) * p.AStep), to = destination + ((nint)k * TileRows);
            int r = 0;
            for (; r <= rows - TileRows; r += TileRows)
            {
                Vector256.Load(from + r).Store(to);
                to += tile;
            }

            for (int i = 0; r + i < rows; i++) to[i] = from[r + i];
        }
    }

    /// <summary>Packs the last rows of A, fewer than four, as [depth, 4]; what is missing becomes zero.</summary>
    private static unsafe Rows PackEdge(in Product p, int row, int rows, int k0, int depth, float* destination)
    {
        new Span<float>(destination, HalfTileRows * depth).Clear();
        Transpose.Copy(p.A + (row * p.ARow) + k0, p.ARow, rows, depth, destination, HalfTileRows);
        return new Rows(destination, 1, HalfTileRows);
    }
}
