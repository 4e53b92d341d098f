// What polynomial attention does with a block of tokens, side by side in vectors (structure of arrays).
// Rows are `stride` apart, 16 more than there are tokens, so that a column of them does not fall into one set of the cache.
// Of the monomials, only those that others are made of are stored; the last degree, which is most of them, never is:
//
//   Monomials   m[i] = m[parent(i)]·x[variable(i)]               those of all degrees but the last
//   Accumulate  sums[c, i] = Σ_t m[i, t]·y[c, t]         what a block adds to the moments, in 16 logical lanes
//   Contract    n[c, t] = Σ_i m[i, t]·z[c, i]            what the moments are for a query
//   Gradient    dx = ∂/∂x Σ_i b_i·m_i(x),  b_i = Σ_c z[c, i]·y[c]: the monomials in reverse order, each handing its part
//               on to its parent and to its variable
// Accumulate and Contract multiply the two factors of a monomial where they need it. The first monomial is its own parent,
// times a variable that is always 1. Every lane is a chain of fused multiply-adds in an order that depends on sizes only:
// the same bits at any width.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

internal static unsafe class FeatureBlock
{
    /// <summary>Lanes of a sum over tokens, at every width.</summary>
    public const int Lanes = 16;

    /// <summary>Tokens of a block are a multiple of this: four of the widest vectors.</summary>
    public const int TokenStep = 4 * Lanes;

    /// <summary>Numbers that Accumulate works in: four rows by five columns, in lanes.</summary>
    public const int TileLanes = 5 * RowStep * Lanes;

    private const int RowStep = 4, RowPadding = 8;
    private const int RowChain = 64; // most rows that Contract adds before it rounds to a partial sum

    /// <summary>Rows with those that tiles and vectors reach beyond the last.</summary>
    public static int PadRows(int rows) => (rows + RowPadding - 1) / RowPadding * RowPadding;

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

    /// <summary>
    /// sums[columns, sumColumn] = Σ_t m[i]·y[c], of rows up to the next multiple of four; those beyond the last are of any
    /// two factors. lanes[5, 4, 16] is memory to work in.
    /// </summary>
    [MethodImpl(Jit.KernelBody)]
    public static void Accumulate<T, V, S>(
        int* parent, int* variable, int rows, T* m, T* x, T* y, int columns, int tokens, nint stride, T* lanes, T* sums, nint sumColumn)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V>
    {
        for (int row = 0; row < rows; row += RowStep)
        {
            for (int column = 0, width; column < columns; column += width)
            {
                width = ChunkOf(columns - column);
                for (int lane = 0; lane < Lanes; lane += S.Count)
                {
                    Products<T> four = new(parent + row, variable + row, m + lane, x + lane, stride);
                    T* right = y + (column * stride) + lane;
                    switch (width)
                    {
                        case 1: AccumulateTile<T, V, S, One>(four, right, tokens, stride, lanes + lane); break;
                        case 2: AccumulateTile<T, V, S, Two>(four, right, tokens, stride, lanes + lane); break;
                        case 3: AccumulateTile<T, V, S, Three>(four, right, tokens, stride, lanes + lane); break;
                        case 4: AccumulateTile<T, V, S, Four>(four, right, tokens, stride, lanes + lane); break;
                        default: AccumulateTile<T, V, S, Five>(four, right, tokens, stride, lanes + lane); break;
                    }
                }

                for (int c = 0; c < width; c++) S.SumFour(lanes + (c * RowStep * Lanes), sums + ((column + c) * sumColumn) + row);
            }
        }
    }

    /// <summary>n[columns, tokens] = Σ_i m[i]·z[c, i], in partial sums of at most 64 rows.</summary>
    [MethodImpl(Jit.KernelBody)]
    public static void Contract<T, V, S>(
        int* parent, int* variable, int rows, T* m, T* x, T* z, nint zColumn, int columns, int tokens, nint stride, T* n)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V>
    {
        int chains = (rows + RowChain - 1) / RowChain;
        for (int chain = 0; chain < chains; chain++)
        {
            int row = rows * chain / chains, count = (rows * (chain + 1) / chains) - row;
            for (int column = 0, width; column < columns; column += width)
            {
                width = ChunkOf(columns - column);
                T* from = z + (column * zColumn) + row, into = n + (column * stride);
                for (int t = 0; t < tokens; t += RowStep * S.Count)
                {
                    switch (width)
                    {
                        case 1: ContractTile<T, V, S, One>(parent + row, variable + row, count, m + t, x + t, from, zColumn, stride, into + t, chain == 0); break;
                        case 2: ContractTile<T, V, S, Two>(parent + row, variable + row, count, m + t, x + t, from, zColumn, stride, into + t, chain == 0); break;
                        case 3: ContractTile<T, V, S, Three>(parent + row, variable + row, count, m + t, x + t, from, zColumn, stride, into + t, chain == 0); break;
                        case 4: ContractTile<T, V, S, Four>(parent + row, variable + row, count, m + t, x + t, from, zColumn, stride, into + t, chain == 0); break;
                        default: ContractTile<T, V, S, Five>(parent + row, variable + row, count, m + t, x + t, from, zColumn, stride, into + t, chain == 0); break;
                    }
                }
            }
        }
    }

    // [doc:linear-attention-reverse]
    /// <summary>dx[variables, tokens] = the gradient of Σ_i (Σ_c z[c, i]·y[c])·m_i(x); dm[rows, 2 vectors] holds what each monomial has to hand on.</summary>
    [MethodImpl(Jit.KernelBody)]
    public static void Gradient<T, V, S>(
        MonomialTable table, int rows, int stored, T* m, T* x, T* z, nint zColumn, T* y, int columns, int tokens, nint stride, T* dm, T* dx)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V>
    {
        ReadOnlySpan<int> firstChild = table.FirstChild, variable = table.Variable;
        int last = table.Variables - 1, w = S.Count, pair = 2 * w;
        for (int t = 0; t < tokens; t += pair)
        {
            for (int v = 0; v < last; v++)
            {
                S.Store(S.Zero, dx + (v * stride) + t);
                S.Store(S.Zero, dx + (v * stride) + t + w);
            }

            for (int i = 0; i < rows; i += RowStep) Coefficients<T, V, S>(z + i, zColumn, y + t, columns, stride, dm + (i * pair));
            T* lastX = x + (last * stride) + t, lastDx = dx + (last * stride) + t;
            V xa = S.Load(lastX), xb = S.Load(lastX + w), dxa = S.Zero, dxb = S.Zero;
            for (int i = Math.Min(stored, rows - 1) - 1; i >= 0; i--) // the one of degree 0 alone is nobody's parent
            {
                V a = S.Load(dm + (i * pair)), b = S.Load(dm + (i * pair) + w);
                V ma = S.Load(m + (i * stride) + t), mb = S.Load(m + (i * stride) + t + w);
                T* from = dm + (firstChild[i] * pair);
                for (int v = variable[i]; v < last; v++, from += pair)
                {
                    T* times = x + (v * stride) + t, to = dx + (v * stride) + t;
                    V da = S.Load(from), db = S.Load(from + w);
                    a = S.MultiplyAdd(da, S.Load(times), a);
                    b = S.MultiplyAdd(db, S.Load(times + w), b);
                    S.Store(S.MultiplyAdd(da, ma, S.Load(to)), to);
                    S.Store(S.MultiplyAdd(db, mb, S.Load(to + w)), to + w);
                }

                // The last child of all of them is theirs times the last variable.
                V endA = S.Load(from), endB = S.Load(from + w);
                (a, b) = (S.MultiplyAdd(endA, xa, a), S.MultiplyAdd(endB, xb, b));
                (dxa, dxb) = (S.MultiplyAdd(endA, ma, dxa), S.MultiplyAdd(endB, mb, dxb));
                S.Store(a, dm + (i * pair));
                S.Store(b, dm + (i * pair) + w);
            }

            S.Store(dxa, lastDx);
            S.Store(dxb, lastDx + w);
        }
    }
    // [/doc:linear-attention-reverse]

    // b[4, 2 vectors] = Σ_c z[c, i]·y[c] of four monomials.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Coefficients<T, V, S>(T* z, nint zColumn, T* y, int columns, nint stride, T* b)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V>
    {
        V a0 = S.Zero, b0 = S.Zero, c0 = S.Zero, d0 = S.Zero, a1 = S.Zero, b1 = S.Zero, c1 = S.Zero, d1 = S.Zero;
        for (int c = 0; c < columns; c++, z += zColumn, y += stride)
        {
            V y0 = S.Load(y), y1 = S.Load(y + S.Count), f = S.Broadcast(z[0]);
            (a0, a1) = (S.MultiplyAdd(f, y0, a0), S.MultiplyAdd(f, y1, a1));
            f = S.Broadcast(z[1]);
            (b0, b1) = (S.MultiplyAdd(f, y0, b0), S.MultiplyAdd(f, y1, b1));
            f = S.Broadcast(z[2]);
            (c0, c1) = (S.MultiplyAdd(f, y0, c0), S.MultiplyAdd(f, y1, c1));
            f = S.Broadcast(z[3]);
            (d0, d1) = (S.MultiplyAdd(f, y0, d0), S.MultiplyAdd(f, y1, d1));
        }

        StoreColumns<T, V, S, Four>(a0, b0, c0, d0, d0, b, 2 * S.Count);
        StoreColumns<T, V, S, Four>(a1, b1, c1, d1, d1, b + S.Count, 2 * S.Count);
    }

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

    /// <summary>The factors of four monomials.</summary>
    private readonly struct Products<T> where T : unmanaged
    {
        public readonly T* A, B, C, D, TimesA, TimesB, TimesC, TimesD;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Products(int* parent, int* variable, T* m, T* x, nint stride)
        {
            A = m + (parent[0] * stride);
            B = m + (parent[1] * stride);
            C = m + (parent[2] * stride);
            D = m + (parent[3] * stride);
            TimesA = x + (variable[0] * stride);
            TimesB = x + (variable[1] * stride);
            TimesC = x + (variable[2] * stride);
            TimesD = x + (variable[3] * stride);
        }
    }

    // [doc:linear-attention-moments]
    // Four monomials by up to five columns: twenty chains of additions, in registers over the tokens of a block.
    [MethodImpl(Jit.KernelBody)]
    private static void AccumulateTile<T, V, S, C>(in Products<T> four, T* y, int tokens, nint stride, T* lanes)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V> where C : struct, IColumns
    {
        bool two = C.Count > 1, three = C.Count > 2, isFour = C.Count > 3, five = C.Count > 4;
        T* a = four.A, b = four.B, c = four.C, d = four.D, ta = four.TimesA, tb = four.TimesB, tc = four.TimesC, td = four.TimesD;
        V a0 = S.Zero, a1 = S.Zero, a2 = S.Zero, a3 = S.Zero, a4 = S.Zero;
        V b0 = S.Zero, b1 = S.Zero, b2 = S.Zero, b3 = S.Zero, b4 = S.Zero;
        V c0 = S.Zero, c1 = S.Zero, c2 = S.Zero, c3 = S.Zero, c4 = S.Zero;
        V d0 = S.Zero, d1 = S.Zero, d2 = S.Zero, d3 = S.Zero, d4 = S.Zero;
        nint s2 = 2 * stride, s3 = 3 * stride, s4 = 4 * stride;
        for (nint t = 0; t < tokens; t += Lanes, y += Lanes)
        {
            V y0 = S.Load(y), y1 = two ? S.Load(y + stride) : S.Zero, y2 = three ? S.Load(y + s2) : S.Zero;
            V y3 = isFour ? S.Load(y + s3) : S.Zero, y4 = five ? S.Load(y + s4) : S.Zero;
            V f = S.Multiply(S.Load(a + t), S.Load(ta + t));
            a0 = S.MultiplyAdd(f, y0, a0);
            if (two) a1 = S.MultiplyAdd(f, y1, a1);
            if (three) a2 = S.MultiplyAdd(f, y2, a2);
            if (isFour) a3 = S.MultiplyAdd(f, y3, a3);
            if (five) a4 = S.MultiplyAdd(f, y4, a4);
            f = S.Multiply(S.Load(b + t), S.Load(tb + t));
            b0 = S.MultiplyAdd(f, y0, b0);
            if (two) b1 = S.MultiplyAdd(f, y1, b1);
            if (three) b2 = S.MultiplyAdd(f, y2, b2);
            if (isFour) b3 = S.MultiplyAdd(f, y3, b3);
            if (five) b4 = S.MultiplyAdd(f, y4, b4);
            f = S.Multiply(S.Load(c + t), S.Load(tc + t));
            c0 = S.MultiplyAdd(f, y0, c0);
            if (two) c1 = S.MultiplyAdd(f, y1, c1);
            if (three) c2 = S.MultiplyAdd(f, y2, c2);
            if (isFour) c3 = S.MultiplyAdd(f, y3, c3);
            if (five) c4 = S.MultiplyAdd(f, y4, c4);
            f = S.Multiply(S.Load(d + t), S.Load(td + t));
            d0 = S.MultiplyAdd(f, y0, d0);
            if (two) d1 = S.MultiplyAdd(f, y1, d1);
            if (three) d2 = S.MultiplyAdd(f, y2, d2);
            if (isFour) d3 = S.MultiplyAdd(f, y3, d3);
            if (five) d4 = S.MultiplyAdd(f, y4, d4);
        }

        StoreColumns<T, V, S, C>(a0, a1, a2, a3, a4, lanes, RowStep * Lanes);
        StoreColumns<T, V, S, C>(b0, b1, b2, b3, b4, lanes + Lanes, RowStep * Lanes);
        StoreColumns<T, V, S, C>(c0, c1, c2, c3, c4, lanes + (2 * Lanes), RowStep * Lanes);
        StoreColumns<T, V, S, C>(d0, d1, d2, d3, d4, lanes + (3 * Lanes), RowStep * Lanes);
    }
    // [/doc:linear-attention-moments]

    // Four vectors of tokens by up to five columns, over the monomials.
    [MethodImpl(Jit.KernelBody)]
    private static void ContractTile<T, V, S, C>(
        int* parent, int* variable, int rows, T* m, T* x, T* z, nint zColumn, nint stride, T* n, bool begins)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V> where C : struct, IColumns
    {
        bool two = C.Count > 1, three = C.Count > 2, four = C.Count > 3, five = C.Count > 4;
        int w = S.Count;
        V a0 = S.Zero, a1 = S.Zero, a2 = S.Zero, a3 = S.Zero, a4 = S.Zero;
        V b0 = S.Zero, b1 = S.Zero, b2 = S.Zero, b3 = S.Zero, b4 = S.Zero;
        V c0 = S.Zero, c1 = S.Zero, c2 = S.Zero, c3 = S.Zero, c4 = S.Zero;
        V d0 = S.Zero, d1 = S.Zero, d2 = S.Zero, d3 = S.Zero, d4 = S.Zero;
        nint z2 = 2 * zColumn, z3 = 3 * zColumn, z4 = 4 * zColumn;
        for (int i = 0; i < rows; i++, z++)
        {
            T* from = m + (parent[i] * stride), times = x + (variable[i] * stride);
            V m0 = S.Multiply(S.Load(from), S.Load(times)), m1 = S.Multiply(S.Load(from + w), S.Load(times + w));
            V m2 = S.Multiply(S.Load(from + (2 * w)), S.Load(times + (2 * w))), m3 = S.Multiply(S.Load(from + (3 * w)), S.Load(times + (3 * w)));
            V f = S.Broadcast(z[0]);
            (a0, b0, c0, d0) = (S.MultiplyAdd(f, m0, a0), S.MultiplyAdd(f, m1, b0), S.MultiplyAdd(f, m2, c0), S.MultiplyAdd(f, m3, d0));
            if (two)
            {
                f = S.Broadcast(z[zColumn]);
                (a1, b1, c1, d1) = (S.MultiplyAdd(f, m0, a1), S.MultiplyAdd(f, m1, b1), S.MultiplyAdd(f, m2, c1), S.MultiplyAdd(f, m3, d1));
            }

            if (three)
            {
                f = S.Broadcast(z[z2]);
                (a2, b2, c2, d2) = (S.MultiplyAdd(f, m0, a2), S.MultiplyAdd(f, m1, b2), S.MultiplyAdd(f, m2, c2), S.MultiplyAdd(f, m3, d2));
            }

            if (four)
            {
                f = S.Broadcast(z[z3]);
                (a3, b3, c3, d3) = (S.MultiplyAdd(f, m0, a3), S.MultiplyAdd(f, m1, b3), S.MultiplyAdd(f, m2, c3), S.MultiplyAdd(f, m3, d3));
            }

            if (five)
            {
                f = S.Broadcast(z[z4]);
                (a4, b4, c4, d4) = (S.MultiplyAdd(f, m0, a4), S.MultiplyAdd(f, m1, b4), S.MultiplyAdd(f, m2, c4), S.MultiplyAdd(f, m3, d4));
            }
        }

        PutColumns<T, V, S, C>(a0, a1, a2, a3, a4, n, stride, begins);
        PutColumns<T, V, S, C>(b0, b1, b2, b3, b4, n + w, stride, begins);
        PutColumns<T, V, S, C>(c0, c1, c2, c3, c4, n + (2 * w), stride, begins);
        PutColumns<T, V, S, C>(d0, d1, d2, d3, d4, n + (3 * w), stride, begins);
    }

    /// <summary>Writes them where a sum begins, else adds them to what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutColumns<T, V, S, C>(V a, V b, V c, V d, V e, T* to, nint step, bool begins)
        where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V> where C : struct, IColumns
    {
        if (begins)
        {
            StoreColumns<T, V, S, C>(a, b, c, d, e, to, step);
            return;
        }

        S.Store(S.Add(a, S.Load(to)), to);
        if (C.Count > 1) S.Store(S.Add(b, S.Load(to + step)), to + step);
        if (C.Count > 2) S.Store(S.Add(c, S.Load(to + (2 * step))), to + (2 * step));
        if (C.Count > 3) S.Store(S.Add(d, S.Load(to + (3 * step))), to + (3 * step));
        if (C.Count > 4) S.Store(S.Add(e, S.Load(to + (4 * step))), to + (4 * step));
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
}
