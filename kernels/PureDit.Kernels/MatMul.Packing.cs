// Packing: copying operands into the order in which register tiles read them.
//
//   b, a block [depth, columns] of op(B):  panels of 32 columns, panel j at j·32·depth, each [depth, 32] contiguous
//      (the last one [depth, 16] where that is enough, columns past the end of B being zeros);
//   a, twelve or six rows of op(A):        [depth, rows] contiguous.
//
// A tile could read most operands in place. Packed, its reads are one stream each: no rows that evict one another from
// the first-level cache (rows 4 KB apart share a set), no page per row.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class MatMul
{
    /// <summary>Columns of a packed panel of B: two vectors of 512 bits, whatever the vector width.</summary>
    internal const int PanelColumns = 32;

    private const int PanelRounding = 16;

    /// <summary>Columns that a panel takes in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int PaddedColumns(int columns) => (columns + PanelRounding - 1) / PanelRounding * PanelRounding;

    // [doc:matmul-pack]
    /// <summary>Packs rows [k0, k0 + depth) and columns [column, column + columns) of op(B).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void PackB<V, S>(in Product p, int k0, int depth, int column, int columns, float* destination)
        where V : struct where S : struct, ISimd<V>
    {
        int whole = columns / PanelColumns * PanelColumns, rest = columns - whole;
        if (p.TransposeB)
        {
            for (int j = 0; j < whole; j += PanelColumns)
            {
                Transpose.Copy(p.B + ((nint)(column + j) * p.K) + k0, p.K, PanelColumns, depth, destination + ((nint)j * depth), PanelColumns);
            }
        }
        else
        {
            // Row by row through all panels: rows of B are long streams, which the hardware fetches ahead.
            for (int k = 0; k < depth; k++)
            {
                float* from = p.B + ((nint)(k0 + k) * p.N) + column, to = destination + ((nint)k * PanelColumns);
                for (int j = 0; j < whole; j += PanelColumns)
                {
                    for (int i = 0; i < PanelColumns; i += S.Count) S.Store(S.Load(from + j + i), to + i);
                    to += (nint)PanelColumns * depth;
                }
            }
        }

        if (rest > 0) PackLastPanel(p, k0, depth, column + whole, rest, destination + ((nint)whole * depth));
    }
    // [/doc:matmul-pack]

    private static unsafe void PackLastPanel(in Product p, int k0, int depth, int column, int columns, float* destination)
    {
        int padded = PaddedColumns(columns);
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

    /// <summary>Packs <paramref name="tileRows"/> rows of op(A); rows past <paramref name="rows"/> become zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe Strided PackA(Strided a, int rows, int tileRows, int depth, float* destination)
    {
        if (rows < tileRows) new Span<float>(destination, tileRows * depth).Clear();
        if (a.Step == 1)
        {
            Transpose.Copy(a.Start, a.Row, rows, depth, destination, tileRows);
        }
        else
        {
            for (nint k = 0; k < depth; k++)
            {
                new ReadOnlySpan<float>(a.Start + (k * a.Step), rows).CopyTo(new Span<float>(destination + (k * tileRows), rows));
            }
        }

        return new Strided(destination, 1, tileRows);
    }
}
