// What forward and backward share: one head's operands, the band of a mask, and the two kinds of block products.
//
// Scores are made transposed, sᵀ[keys, queries] = k · qᵀ. The register tile broadcasts its left operand and reads its
// right one in vectors, so this is the orientation in which
//   - k stays where it is (only qᵀ is packed, once per query), whatever the number of threads that share a head;
//   - maxima, exponentials and sums of 16 queries are one vector each: no reduction within a vector anywhere, and an
//     order of additions that no vector width changes;
//   - the transposed products of the backward pass, pᵀ·dO and dsᵀ·q, read their left operand by rows, and p·v and ds·k
//     read eight neighbours of a cache line.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class Attention
{
    /// <summary>
    /// Queries and keys of one block of scores: a multiple of the panel's 48 columns and of the tile's 8 rows. A block is
    /// 144 KB, and with its operands stays in the second-level cache. 96 and 48 keys are slower by up to 4 and 8 %.
    /// </summary>
    private const int Block = 192;

    /// <summary>Columns of one panel of packed queries: the widest register tile.</summary>
    private const int PanelWidth = MatMul.PanelColumns;

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

    /// <summary>
    /// Packs rows [rows, width] transposed into panels of up to 48 of them: a panel is [width, columns], with the columns
    /// of the last one padded with zeros to 16 lanes. Panel p begins at p·48·width.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void PackTransposed(Matrix source, int rows, int width, float* panels)
    {
        for (int first = 0; first < rows; first += PanelWidth)
        {
            int columns = Math.Min(PanelWidth, rows - first), padded = PadLanes(columns);
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

    /// <summary>
    /// scores[from…to, columns] = rows [from, to) of a times a packed panel. Rows at the end of a, of which a tile would
    /// read too many, are copied to <paramref name="edge"/> first; up to seven rows too many are written.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Scores<V, S>(
        Matrix a, int from, int to, int end, float* panel, int columns, int depth, float* edge, Matrix scores)
        where V : struct where S : struct, ISimd<V>
    {
        for (int r = from; r < to; r += MatMul.TileRows)
        {
            Matrix rows = a.From(r);
            if (r + MatMul.TileRows > end)
            {
                for (int i = 0; i < end - r; i++)
                {
                    new ReadOnlySpan<float>(rows.Start + (i * rows.Row), depth).CopyTo(new Span<float>(edge + (i * depth), depth));
                }

                rows = new Matrix(edge, depth);
            }

            MatMul.Strip<V, S>(
                rows.Start, rows.Row, 1, panel, columns, columns, depth, null, 0, scores.Start + ((r - from) * scores.Row), scores.Row);
        }
    }

    /// <summary>
    /// c[rows, columns] += a[rows, depth] · b[depth, columns], each strip of rows over the depth that its rows see.
    /// c is dense, its rows padded to eight; columns is a multiple of 16.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void AddProduct<V, S>(
        float* a, nint aRow, nint aStep, int firstRow, int rows, Matrix b, int firstDepth, int depth, Band band, int columns, float* c)
        where V : struct where S : struct, ISimd<V>
    {
        for (int r = 0; r < rows; r += MatMul.TileRows)
        {
            (int from, int to) = band.Seen(firstRow + r, firstRow + Math.Min(rows, r + MatMul.TileRows), firstDepth, firstDepth + depth);
            if (from == to) continue;
            float* left = a + (r * aRow) + ((from - firstDepth) * aStep), right = b.Start + ((from - firstDepth) * b.Row);
            float* into = c + ((nint)r * columns);
            MatMul.Strip<V, S>(left, aRow, aStep, right, b.Row, columns, to - from, into, columns, into, columns);
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

    /// <summary>Zeros in those rows of a panel, of <paramref name="rows"/>, that are not in [from, to): tiles of other panels reach there.</summary>
    private static unsafe void ClearOutside(Matrix scores, int from, int to, int rows, int columns)
    {
        for (int r = 0; r < from; r++) new Span<float>(scores.Start + (r * scores.Row), columns).Clear();
        for (int r = to; r < rows; r++) new Span<float>(scores.Start + (r * scores.Row), columns).Clear();
    }
}
