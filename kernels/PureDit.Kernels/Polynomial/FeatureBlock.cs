// What polynomial attention does with a block of tokens: 64 to 512 of them, side by side in vectors (structure of arrays).
// Rows are `stride` apart, 16 more than there are tokens, so that a column of them does not fall into one set of the cache.
//
//   Monomials   m[i] = m[parent(i)]·x[variable(i)]
//   Accumulate  sums[i, c] += Σ_t m[i, t]·y[c, t]        the moments of the keys: a rank-T update, in 16 logical lanes
//   Contract    n[c, t] += Σ_i m[i, t]·z[i, c]           what the moments are for a query
//   Gradient    dx = ∂/∂x Σ_i b_i·m_i(x),  b_i = Σ_c z[i, c]·y[c]: the monomials in reverse order, each handing its part
//               on to its parent and to its variable
// Every lane is a chain of fused multiply-adds in an order that depends on sizes only: the same bits at any width.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

internal static unsafe class FeatureBlock
{
    /// <summary>Lanes of a sum over tokens, at every width.</summary>
    public const int Lanes = 16;

    /// <summary>Tokens of a block are a multiple of this: four of the widest vectors.</summary>
    public const int TokenStep = 4 * Lanes;

    private const int RowStep = 4;
    private const int RowChain = 64; // rows that Contract adds before it rounds to a partial sum

    /// <summary>Rows with those that tiles reach beyond the last.</summary>
    public static int PadRows(int rows) => (rows + RowStep - 1) / RowStep * RowStep;

    /// <summary>The monomials of a block; row 0 is there, ones or a weight that all of them carry.</summary>
    [MethodImpl(Jit.KernelBody)]
    public static void Monomials<T, V, S>(ReadOnlySpan<int> parent, ReadOnlySpan<int> variable, T* x, int tokens, nint stride, T* m)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V>
    {
        for (int i = 1; i < parent.Length; i++)
        {
            T* from = m + (parent[i] * stride), times = x + (variable[i] * stride), to = m + (i * stride);
            for (int t = 0; t < tokens; t += 2 * S.Count)
            {
                S.Store(S.Multiply(S.Load(from + t), S.Load(times + t)), to + t);
                S.Store(S.Multiply(S.Load(from + t + S.Count), S.Load(times + t + S.Count)), to + t + S.Count);
            }
        }
    }

    /// <summary>lanes[rows, columns, 16] += m·y per lane, or = where the sum begins. Rows of m up to the next multiple of four must be readable.</summary>
    [MethodImpl(Jit.KernelBody)]
    public static void Accumulate<T, V, S>(T* m, int rows, T* y, int columns, int tokens, nint stride, T* lanes, bool begins)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V>
    {
        for (int column = 0, width; column < columns; column += width)
        {
            width = ChunkOf(columns - column);
            T* right = y + (column * stride);
            for (int row = 0; row < rows; row += RowStep)
            {
                T* left = m + (row * stride), into = lanes + (((row * columns) + column) * Lanes);
                for (int lane = 0; lane < Lanes; lane += S.Count)
                {
                    switch (width)
                    {
                        case 1: AccumulateTile<T, V, S, One>(left + lane, right + lane, columns, tokens, stride, into + lane, begins); break;
                        case 2: AccumulateTile<T, V, S, Two>(left + lane, right + lane, columns, tokens, stride, into + lane, begins); break;
                        case 3: AccumulateTile<T, V, S, Three>(left + lane, right + lane, columns, tokens, stride, into + lane, begins); break;
                        case 4: AccumulateTile<T, V, S, Four>(left + lane, right + lane, columns, tokens, stride, into + lane, begins); break;
                        default: AccumulateTile<T, V, S, Five>(left + lane, right + lane, columns, tokens, stride, into + lane, begins); break;
                    }
                }
            }
        }
    }

    /// <summary>n[columns, tokens] += Σ_i m[i]·z[i, c], in partial sums of 64 rows.</summary>
    [MethodImpl(Jit.KernelBody)]
    public static void Contract<T, V, S>(T* m, int rows, T* z, int zRow, int columns, int tokens, nint stride, T* n)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V>
    {
        for (int row = 0; row < rows; row += RowChain)
        {
            int chain = Math.Min(RowChain, rows - row);
            for (int column = 0, width; column < columns; column += width)
            {
                width = ChunkOf(columns - column);
                T* from = z + (row * zRow) + column, into = n + (column * stride), left = m + (row * stride);
                for (int t = 0; t < tokens; t += RowStep * S.Count)
                {
                    switch (width)
                    {
                        case 1: ContractTile<T, V, S, One>(left + t, chain, from, zRow, stride, into + t); break;
                        case 2: ContractTile<T, V, S, Two>(left + t, chain, from, zRow, stride, into + t); break;
                        case 3: ContractTile<T, V, S, Three>(left + t, chain, from, zRow, stride, into + t); break;
                        case 4: ContractTile<T, V, S, Four>(left + t, chain, from, zRow, stride, into + t); break;
                        default: ContractTile<T, V, S, Five>(left + t, chain, from, zRow, stride, into + t); break;
                    }
                }
            }
        }
    }

    // [doc:linear-attention-reverse]
    /// <summary>dx[variables, tokens] = the gradient of Σ_i (Σ_c z[i, c]·y[c])·m_i(x); dm holds what each monomial has to hand on.</summary>
    [MethodImpl(Jit.KernelBody)]
    public static void Gradient<T, V, S>(
        MonomialTable table, int rows, T* m, T* x, T* z, T* y, int columns, int tokens, nint stride, T* dm, T* dx)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V>
    {
        ReadOnlySpan<int> firstChild = table.FirstChild, variable = table.Variable;
        int variables = table.Variables, w = S.Count;
        for (int t = 0; t < tokens; t += 2 * w)
        {
            for (int v = 0; v < variables; v++)
            {
                S.Store(S.Zero, dx + (v * stride) + t);
                S.Store(S.Zero, dx + (v * stride) + t + w);
            }

            for (int i = rows - 1; i >= 0; i--)
            {
                V a = S.Zero, b = S.Zero;
                T* coefficient = z + ((nint)i * columns), row = y + t;
                for (int c = 0; c < columns; c++, row += stride)
                {
                    V each = S.Broadcast(coefficient[c]);
                    (a, b) = (S.MultiplyAdd(each, S.Load(row), a), S.MultiplyAdd(each, S.Load(row + w), b));
                }

                int child = firstChild[i];
                if (child > 0 && child < rows)
                {
                    V ma = S.Load(m + (i * stride) + t), mb = S.Load(m + (i * stride) + t + w);
                    T* from = dm + (child * stride) + t;
                    for (int v = variable[i]; v < variables; v++, from += stride)
                    {
                        T* times = x + (v * stride) + t, to = dx + (v * stride) + t;
                        V da = S.Load(from), db = S.Load(from + w);
                        a = S.MultiplyAdd(da, S.Load(times), a);
                        b = S.MultiplyAdd(db, S.Load(times + w), b);
                        S.Store(S.MultiplyAdd(da, ma, S.Load(to)), to);
                        S.Store(S.MultiplyAdd(db, mb, S.Load(to + w)), to + w);
                    }
                }

                S.Store(a, dm + (i * stride) + t);
                S.Store(b, dm + (i * stride) + t + w);
            }
        }
    }
    // [/doc:linear-attention-reverse]

    /// <summary>Columns of the next tile: five or four of many, and no single one at the end.</summary>
    private static int ChunkOf(int left) => left <= 5 ? left : left % 4 == 1 ? 5 : 4;

    private interface IColumns
    {
        static abstract int Count { get; }
    }

    private readonly struct One : IColumns
    {
        public static int Count => 1;
    }

    private readonly struct Two : IColumns
    {
        public static int Count => 2;
    }

    private readonly struct Three : IColumns
    {
        public static int Count => 3;
    }

    private readonly struct Four : IColumns
    {
        public static int Count => 4;
    }

    private readonly struct Five : IColumns
    {
        public static int Count => 5;
    }

    // [doc:linear-attention-moments]
    // Four monomials by up to five columns: twenty chains of additions, in registers over the tokens of a block.
    [MethodImpl(Jit.KernelBody)]
    private static void AccumulateTile<T, V, S, C>(T* m, T* y, int columns, int tokens, nint stride, T* lanes, bool begins)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V> where C : struct, IColumns
    {
        bool two = C.Count > 1, three = C.Count > 2, four = C.Count > 3, five = C.Count > 4;
        nint next = (nint)columns * Lanes;
        V a0 = S.Zero, a1 = S.Zero, a2 = S.Zero, a3 = S.Zero, a4 = S.Zero;
        V b0 = S.Zero, b1 = S.Zero, b2 = S.Zero, b3 = S.Zero, b4 = S.Zero;
        V c0 = S.Zero, c1 = S.Zero, c2 = S.Zero, c3 = S.Zero, c4 = S.Zero;
        V d0 = S.Zero, d1 = S.Zero, d2 = S.Zero, d3 = S.Zero, d4 = S.Zero;
        nint s2 = 2 * stride, s3 = 3 * stride, s4 = 4 * stride;
        for (int t = 0; t < tokens; t += Lanes, m += Lanes, y += Lanes)
        {
            V y0 = S.Load(y), y1 = two ? S.Load(y + stride) : S.Zero, y2 = three ? S.Load(y + s2) : S.Zero;
            V y3 = four ? S.Load(y + s3) : S.Zero, y4 = five ? S.Load(y + s4) : S.Zero;
            V f = S.Load(m);
            a0 = S.MultiplyAdd(f, y0, a0);
            if (two) a1 = S.MultiplyAdd(f, y1, a1);
            if (three) a2 = S.MultiplyAdd(f, y2, a2);
            if (four) a3 = S.MultiplyAdd(f, y3, a3);
            if (five) a4 = S.MultiplyAdd(f, y4, a4);
            f = S.Load(m + stride);
            b0 = S.MultiplyAdd(f, y0, b0);
            if (two) b1 = S.MultiplyAdd(f, y1, b1);
            if (three) b2 = S.MultiplyAdd(f, y2, b2);
            if (four) b3 = S.MultiplyAdd(f, y3, b3);
            if (five) b4 = S.MultiplyAdd(f, y4, b4);
            f = S.Load(m + s2);
            c0 = S.MultiplyAdd(f, y0, c0);
            if (two) c1 = S.MultiplyAdd(f, y1, c1);
            if (three) c2 = S.MultiplyAdd(f, y2, c2);
            if (four) c3 = S.MultiplyAdd(f, y3, c3);
            if (five) c4 = S.MultiplyAdd(f, y4, c4);
            f = S.Load(m + s3);
            d0 = S.MultiplyAdd(f, y0, d0);
            if (two) d1 = S.MultiplyAdd(f, y1, d1);
            if (three) d2 = S.MultiplyAdd(f, y2, d2);
            if (four) d3 = S.MultiplyAdd(f, y3, d3);
            if (five) d4 = S.MultiplyAdd(f, y4, d4);
        }

        if (begins)
        {
            StoreColumns<T, V, S, C>(a0, a1, a2, a3, a4, lanes, Lanes);
            StoreColumns<T, V, S, C>(b0, b1, b2, b3, b4, lanes + next, Lanes);
            StoreColumns<T, V, S, C>(c0, c1, c2, c3, c4, lanes + (2 * next), Lanes);
            StoreColumns<T, V, S, C>(d0, d1, d2, d3, d4, lanes + (3 * next), Lanes);
        }
        else
        {
            AddColumns<T, V, S, C>(a0, a1, a2, a3, a4, lanes, Lanes);
            AddColumns<T, V, S, C>(b0, b1, b2, b3, b4, lanes + next, Lanes);
            AddColumns<T, V, S, C>(c0, c1, c2, c3, c4, lanes + (2 * next), Lanes);
            AddColumns<T, V, S, C>(d0, d1, d2, d3, d4, lanes + (3 * next), Lanes);
        }
    }
    // [/doc:linear-attention-moments]

    // Four vectors of tokens by up to five columns, over the monomials.
    [MethodImpl(Jit.KernelBody)]
    private static void ContractTile<T, V, S, C>(T* m, int rows, T* z, int zRow, nint stride, T* n)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V> where C : struct, IColumns
    {
        bool two = C.Count > 1, three = C.Count > 2, four = C.Count > 3, five = C.Count > 4;
        int w = S.Count;
        V a0 = S.Zero, a1 = S.Zero, a2 = S.Zero, a3 = S.Zero, a4 = S.Zero;
        V b0 = S.Zero, b1 = S.Zero, b2 = S.Zero, b3 = S.Zero, b4 = S.Zero;
        V c0 = S.Zero, c1 = S.Zero, c2 = S.Zero, c3 = S.Zero, c4 = S.Zero;
        V d0 = S.Zero, d1 = S.Zero, d2 = S.Zero, d3 = S.Zero, d4 = S.Zero;
        for (int i = 0; i < rows; i++, m += stride, z += zRow)
        {
            V m0 = S.Load(m), m1 = S.Load(m + w), m2 = S.Load(m + (2 * w)), m3 = S.Load(m + (3 * w));
            V f = S.Broadcast(z[0]);
            (a0, b0, c0, d0) = (S.MultiplyAdd(f, m0, a0), S.MultiplyAdd(f, m1, b0), S.MultiplyAdd(f, m2, c0), S.MultiplyAdd(f, m3, d0));
            if (two)
            {
                f = S.Broadcast(z[1]);
                (a1, b1, c1, d1) = (S.MultiplyAdd(f, m0, a1), S.MultiplyAdd(f, m1, b1), S.MultiplyAdd(f, m2, c1), S.MultiplyAdd(f, m3, d1));
            }

            if (three)
            {
                f = S.Broadcast(z[2]);
                (a2, b2, c2, d2) = (S.MultiplyAdd(f, m0, a2), S.MultiplyAdd(f, m1, b2), S.MultiplyAdd(f, m2, c2), S.MultiplyAdd(f, m3, d2));
            }

            if (four)
            {
                f = S.Broadcast(z[3]);
                (a3, b3, c3, d3) = (S.MultiplyAdd(f, m0, a3), S.MultiplyAdd(f, m1, b3), S.MultiplyAdd(f, m2, c3), S.MultiplyAdd(f, m3, d3));
            }

            if (five)
            {
                f = S.Broadcast(z[4]);
                (a4, b4, c4, d4) = (S.MultiplyAdd(f, m0, a4), S.MultiplyAdd(f, m1, b4), S.MultiplyAdd(f, m2, c4), S.MultiplyAdd(f, m3, d4));
            }
        }

        AddColumns<T, V, S, C>(a0, a1, a2, a3, a4, n, stride);
        AddColumns<T, V, S, C>(b0, b1, b2, b3, b4, n + w, stride);
        AddColumns<T, V, S, C>(c0, c1, c2, c3, c4, n + (2 * w), stride);
        AddColumns<T, V, S, C>(d0, d1, d2, d3, d4, n + (3 * w), stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreColumns<T, V, S, C>(V a, V b, V c, V d, V e, T* to, nint step)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V> where C : struct, IColumns
    {
        S.Store(a, to);
        if (C.Count > 1) S.Store(b, to + step);
        if (C.Count > 2) S.Store(c, to + (2 * step));
        if (C.Count > 3) S.Store(d, to + (3 * step));
        if (C.Count > 4) S.Store(e, to + (4 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddColumns<T, V, S, C>(V a, V b, V c, V d, V e, T* to, nint step)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V> where C : struct, IColumns
    {
        S.Store(S.Add(a, S.Load(to)), to);
        if (C.Count > 1) S.Store(S.Add(b, S.Load(to + step)), to + step);
        if (C.Count > 2) S.Store(S.Add(c, S.Load(to + (2 * step))), to + (2 * step));
        if (C.Count > 3) S.Store(S.Add(d, S.Load(to + (3 * step))), to + (3 * step));
        if (C.Count > 4) S.Store(S.Add(e, S.Load(to + (4 * step))), to + (4 * step));
    }
}
