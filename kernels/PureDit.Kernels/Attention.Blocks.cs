// What forward and backward share: one head's operands, the band of a mask, and the three kinds of block products.
//
// All products are cut so that 48 columns are the register tile's: it broadcasts its left operand and reads its right one
// in vectors. Forward, the columns are queries, and scores are sᵀ[keys, queries] = k · qᵀ:
//   - k stays where it is (only qᵀ is packed, once per query), whatever the number of threads that share a head;
//   - maxima, exponentials and sums of 16 queries are one vector each: no reduction within a vector anywhere, and an
//     order of additions that no vector width changes;
//   - oᵀ[size, queries] += vᵀ · p reads eight neighbours of a cache line of v, and scores of 48 queries are still in the cache.
// Backward, the columns are keys. Outputs of 64 columns, not transposed, were 5 to 9 % slower: two tiles of 8 × 2.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class Attention
{
    /// <summary>
    /// Keys of one block, and most queries that share it: a multiple of the panel's 48 columns and of the tile's 8 rows. Its
    /// operands stay in the second-level cache.
    /// </summary>
    private const int Block = 192;

    /// <summary>Queries of one block of the backward pass.</summary>
    private const int QueryBlock = 96;

    private const int Lanes = 16;

    private static int PadLanes(int n) => (n + Lanes - 1) / Lanes * Lanes;

    private static int PadRows(int n) => (n + MatMul.TileRows - 1) / MatMul.TileRows * MatMul.TileRows;

    /// <summary>Rows of one matrix, a fixed distance apart.</summary>
    private readonly unsafe struct Matrix(float* start, nint row)
    {
        public readonly float* Start = start;
        public readonly nint Row = row;

        public Matrix From(int firstRow) => new(Start + (firstRow * Row), Row);
    }

    /// <summary>A tensor's rows, as a pointer that stays fixed while the kernel runs.</summary>
    private readonly unsafe struct Tensor(float* start, HeadStrides strides)
    {
        /// <summary>The rows of head <paramref name="head"/> of all batch · heads.</summary>
        public Matrix Head(in AttentionShape shape, int head) =>
            new(start + (head / shape.Heads * strides.Batch) + (head % shape.Heads * strides.Head), (nint)strides.Token);
    }

    /// <summary>The band of visible pairs: row i sees columns [i + low, i + high].</summary>
    private readonly struct Band(long low, long high, int rows, int columns)
    {
        public static Band Of(in AttentionShape shape, AttentionMask mask)
        {
            long aligned = shape.Keys - shape.Tokens;
            return new(aligned - (mask.Left ?? int.MaxValue * 2L), aligned + (mask.Right ?? int.MaxValue * 2L), shape.Tokens, shape.Keys);
        }

        /// <summary>The same pairs, with keys as rows and queries as columns.</summary>
        public Band Transposed => new(-high, -low, columns, rows);

        /// <summary>The columns that at least one row of [first, end) sees, within [from, to).</summary>
        public (int From, int To) Seen(int first, int end, int from, int to)
        {
            int start = (int)Math.Clamp(first + low, from, to);
            return (start, (int)Math.Clamp(end + high, start, to));
        }

        /// <summary>Whether every row of [first, end) sees every column of [from, to).</summary>
        public bool IsWhole(int first, int end, int from, int to) => end - 1 + low <= from && to - 1 <= first + high;
    }

    /// <summary>Columns of the next panel where some are left: as the register tiles like them.</summary>
    private static int PanelWidth(int left) => MatMul.PanelWidth(left);

    /// <summary>
    /// Packs rows [rows, width] transposed into panels of up to 48 of them: a panel is [width, columns], with the columns
    /// of the last one padded with zeros to 16 lanes. The panel of row r begins at r·width.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void PackTransposed(Matrix source, int rows, int width, float* panels)
    {
        for (int first = 0, padded; first < rows; first += padded)
        {
            padded = PanelWidth(rows - first);
            int columns = Math.Min(padded, rows - first);
            float* panel = panels + ((nint)first * width);
            if (padded > columns) new Span<float>(panel, padded * width).Clear();
            Transpose.Copy(source.Start + (first * source.Row), source.Row, columns, width, panel, padded);
        }
    }

    /// <summary>Copies rows, padding each with zeros to 16 lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe Matrix CopyRows<V, S>(Matrix source, int rows, int width, float* destination)
        where V : struct where S : struct, ISimd<V>
    {
        int padded = PadLanes(width), whole = width / S.Count * S.Count;
        for (int r = 0; r < rows; r++)
        {
            float* from = source.Start + (r * source.Row), to = destination + ((nint)r * padded);
            for (int i = 0; i < whole; i += S.Count) S.Store(S.Load(from + i), to + i);
            for (int i = whole; i < width; i++) to[i] = from[i];
            for (int i = width; i < padded; i++) to[i] = 0;
        }

        return new Matrix(destination, padded);
    }

    /// <summary>c[rows, columns] = a[rows, depth] · a packed panel; up to seven rows too many are read and written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Product<V, S>(Matrix a, int rows, float* panel, int columns, int depth, Matrix c)
        where V : struct where S : struct, ISimd<V>
    {
        for (int r = 0; r < rows; r += MatMul.TileRows)
        {
            MatMul.Strip<V, S>(a.Start + (r * a.Row), a.Row, 1, panel, columns, columns, depth, null, 0, c.Start + (r * c.Row), c.Row);
        }
    }

    /// <summary>c[rows, columns] += a[rows, depth] · b[depth, columns]; up to seven rows too many are read and written; columns is a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void AddProduct<V, S>(Matrix a, int rows, int depth, Matrix b, int columns, Matrix c)
        where V : struct where S : struct, ISimd<V>
    {
        for (int r = 0; r < rows; r += MatMul.TileRows)
        {
            float* into = c.Start + (r * c.Row);
            MatMul.Strip<V, S>(a.Start + (r * a.Row), a.Row, 1, b.Start, b.Row, columns, depth, into, c.Row, into, c.Row);
        }
    }

    /// <summary>c[rows, columns] += aᵀ · b, for a [depth, rows] and b [depth, columns]; rows is a multiple of 8, columns of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void AddProduct<V, S>(Matrix a, int rows, Matrix b, int depth, int columns, Matrix c)
        where V : struct where S : struct, ISimd<V>
    {
        for (int r = 0; r < rows; r += MatMul.TileRows)
        {
            float* into = c.Start + (r * c.Row);
            MatMul.Strip<V, S>(a.Start + r, 1, a.Row, b.Start, b.Row, columns, depth, into, c.Row, into, c.Row);
        }
    }

    /// <summary>Writes a value over what the mask hides in rows (keys) [from, to) and a panel's columns (queries).</summary>
    private static unsafe void Hide(Band keys, int from, int to, int firstQuery, int queries, float value, Matrix panel)
    {
        int end = firstQuery + queries;
        if (keys.IsWhole(from, to, firstQuery, end)) return;
        for (int key = from; key < to; key++)
        {
            (int first, int last) = keys.Seen(key, key + 1, firstQuery, end);
            float* row = panel.Start + ((key - from) * panel.Row);
            for (int query = firstQuery; query < first; query++) row[query - firstQuery] = value;
            for (int query = last; query < end; query++) row[query - firstQuery] = value;
        }
    }
}
