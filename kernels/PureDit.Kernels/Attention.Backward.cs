// Backward of attention, with the scores computed again block by block instead of kept. For one head, with
// s = q·kᵀ/√HeadSize, p_ij = e^{s_ij − logSumExp_i} and D_i = Σ_d dO_id o_id  (= Σ_j p_ij dP_ij, which needs no second pass):
//   dV += pᵀ·dO        from  o = p·v
//   dP  = dO·vᵀ
//   dS  = p ∘ (dP − D)  from  p = softmax(s)
//   dQ += dS·k/√HeadSize,   dK += dSᵀ·q/√HeadSize        from  s = q·kᵀ/√HeadSize
// The outer loop is over blocks of keys, the inner one over panels of 48 of them; scores are p[queries, keys] here, so that
// four of the five products have 48 columns, as the register tile likes: dKᵀ and dVᵀ are summed transposed. Where heads
// are fewer than threads, one pass computes dK and dV, shared out by keys, and another dQ, by queries: seven products
// instead of five, the same chains of additions, and so the same bits.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class Attention
{
    /// <summary>dQ, dK and dV += the gradients with respect to q, k and v.</summary>
    /// <param name="cpu">Where to run; heads, or blocks of keys and of queries where heads are few, are shared out among threads.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="mask">Which keys a query sees.</param>
    /// <param name="q">Queries, as in the forward pass.</param>
    /// <param name="k">Keys.</param>
    /// <param name="v">Values.</param>
    /// <param name="o">The forward pass's output.</param>
    /// <param name="logSumExp">The forward pass's statistics, [batch, heads, tokens].</param>
    /// <param name="dO">Gradient with respect to o.</param>
    /// <param name="dQ">Gradient with respect to q, added to.</param>
    /// <param name="dK">Gradient with respect to k, added to.</param>
    /// <param name="dV">Gradient with respect to v, added to.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape and strides need.</exception>
    public static unsafe void Backward(
        Cpu cpu, AttentionShape shape, AttentionMask mask, HeadRows q, HeadRows k, HeadRows v, HeadRows o,
        ReadOnlySpan<float> logSumExp, HeadRows dO, WritableHeadRows dQ, WritableHeadRows dK, WritableHeadRows dV)
    {
        Check(shape);
        q.Check(shape, shape.Tokens, nameof(q));
        k.Check(shape, shape.Keys, nameof(k));
        v.Check(shape, shape.Keys, nameof(v));
        o.Check(shape, shape.Tokens, nameof(o));
        dO.Check(shape, shape.Tokens, nameof(dO));
        ((HeadRows)dQ).Check(shape, shape.Tokens, nameof(dQ));
        ((HeadRows)dK).Check(shape, shape.Keys, nameof(dK));
        ((HeadRows)dV).Check(shape, shape.Keys, nameof(dV));
        Guard.Length(logSumExp, shape.StatisticsLength);
        fixed (float* pQ = q.Values, pK = k.Values, pV = v.Values, pO = o.Values, pStatistics = logSumExp, pdO = dO.Values)
        fixed (float* pdQ = dQ.Values, pdK = dK.Values, pdV = dV.Values)
        {
            BackwardKernel kernel = new()
            {
                Shape = shape,
                Keys = Band.Of(shape, mask),
                Q = new(pQ, q.Strides),
                K = new(pK, k.Strides),
                V = new(pV, v.Strides),
                O = new(pO, o.Strides),
                LogSumExp = pStatistics,
                DO = new(pdO, dO.Strides),
                DQ = new(pdQ, dQ.Strides),
                DK = new(pdK, dK.Strides),
                DV = new(pdV, dV.Strides),
            };
            kernel.Run(cpu);
        }
    }

    /// <summary>dQkv += the gradient with respect to q, k and v in the layout of the published DiT.</summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="qkv">The forward pass's input, [batch, tokens, 3, heads, headSize].</param>
    /// <param name="o">The forward pass's output, [batch, tokens, heads, headSize].</param>
    /// <param name="logSumExp">The forward pass's statistics, [batch, heads, tokens].</param>
    /// <param name="dO">Gradient with respect to o, [batch, tokens, heads, headSize].</param>
    /// <param name="dQkv">Gradient with respect to qkv, [batch, tokens, 3, heads, headSize]; added to.</param>
    /// <param name="mask">Which keys a query sees; by default all.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape, or the shape has keys of another number than queries.</exception>
    public static void Backward(
        Cpu cpu, AttentionShape shape, ReadOnlySpan<float> qkv, ReadOnlySpan<float> o, ReadOnlySpan<float> logSumExp,
        ReadOnlySpan<float> dO, Span<float> dQkv, AttentionMask mask = default)
    {
        CheckFused(shape);
        Guard.Length(qkv, shape.QkvLength);
        Guard.Length(o, shape.OutputLength);
        Guard.Length(logSumExp, shape.StatisticsLength);
        Guard.Length(dO, shape.OutputLength);
        Guard.Length<float>(dQkv, shape.QkvLength, nameof(dQkv));
        if (shape.OutputLength == 0) return;
        HeadStrides fused = HeadStrides.Fused(shape.Tokens, shape.Heads, shape.HeadSize);
        HeadStrides output = HeadStrides.TokenMajor(shape.Tokens, shape.Heads, shape.HeadSize);
        int width = shape.Width;
        Backward(
            cpu, shape, mask, new(qkv, fused), new(qkv[width..], fused), new(qkv[(2 * width)..], fused), new(o, output),
            logSumExp, new(dO, output), new(dQkv, fused), new(dQkv[width..], fused), new(dQkv[(2 * width)..], fused));
    }

    /// <summary>Items are heads; or (head, part of its keys) for dK and dV and then (head, part of its queries) for dQ.</summary>
    private unsafe struct BackwardKernel : IKernel
    {
        public AttentionShape Shape;
        public Band Keys;
        public Tensor Q, K, V, O, DO, DQ, DK, DV;
        public float* LogSumExp;
        private int _keyParts, _queryParts;
        private bool _skipsKeys, _skipsQueries;

        public void Run(Cpu cpu)
        {
            int heads = Shape.Batch * Shape.Heads;
            if (heads == 0 || Shape.Tokens == 0 || Shape.Keys == 0) return;
            bool whole = heads >= cpu.Threads;
            int parts = whole ? 1 : ((2 * cpu.Threads) + heads - 1) / heads;
            double operations = 10.0 * Shape.Keys * Shape.Tokens * Shape.HeadSize / parts;
            int grain = (int)Math.Ceiling(OperationsPerRange / operations);
            (_keyParts, _queryParts, _skipsQueries) = (parts, 1, !whole);
            cpu.Run(heads * parts, grain, this);
            if (whole) return;
            (_keyParts, _queryParts, _skipsKeys, _skipsQueries) = (1, parts, true, false);
            cpu.Run(heads * parts, grain, this);
        }

        [MethodImpl(Jit.KernelBody)]
        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            int queries = PartLength(Shape.Tokens, _queryParts, Block), keys = PartLength(Shape.Keys, _keyParts, Block);
            BackwardWorkspace w = new(Shape, Math.Min(Shape.Tokens, queries));
            int parts = _keyParts * _queryParts;
            for (int item = begin; item < end; item++)
            {
                int part = item % parts, query = part % _queryParts * queries, key = part / _queryParts * keys;
                if (query >= Shape.Tokens || key >= Shape.Keys) continue;
                Part<V, S>(w, item / parts, query, Math.Min(queries, Shape.Tokens - query), key, Math.Min(Shape.Keys, key + keys));
            }
        }

        private static int PartLength(int length, int parts, int block) => (((length + parts - 1) / parts) + block - 1) / block * block;

        // All pairs of `queries` queries from `first` on and of keys [key, lastKey).
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Part<V, S>(in BackwardWorkspace w, int head, int first, int queries, int key, int lastKey)
            where V : struct where S : struct, ISimd<V>
        {
            int size = Shape.HeadSize, width = PadLanes(size);
            float scale = (float)(1 / Math.Sqrt(size));
            Matrix dO = DO.Head(Shape, head).From(first);
            Statistics<V, S>(w, O.Head(Shape, head).From(first), dO, LogSumExp + ((nint)head * Shape.Tokens) + first, queries);
            Matrix qRows = CopyRows<V, S>(Q.Head(Shape, head).From(first), queries, size, w.Queries);
            Matrix dORows = CopyRows<V, S>(dO, queries, size, w.DOutput);
            new Span<float>(w.DQuery, (queries + Overrun) * width).Clear();

            for (; key < lastKey; key += Block)
            {
                int keys = Math.Min(Block, lastKey - key);
                Matrix k = K.Head(Shape, head).From(key), v = this.V.Head(Shape, head).From(key);
                Matrix kRows = CopyRows<V, S>(k, keys, size, w.Keys);
                PackTransposed(k, keys, size, w.KeyPanels);
                PackTransposed(v, keys, size, w.ValuePanels);
                new Span<float>(w.DKey, PadLanes(keys) * width).Clear();
                new Span<float>(w.DValue, PadLanes(keys) * width).Clear();
                for (int query = 0; query < queries; query += QueryBlock)
                {
                    for (int panel = 0, columns; panel < keys; panel += columns)
                    {
                        columns = PanelWidth(keys - panel);
                        Panel<V, S>(w, first, query, Math.Min(QueryBlock, queries - query), key, panel, Math.Min(columns, keys - panel), qRows, dORows, kRows);
                    }
                }

                if (_skipsKeys) continue;
                AddPanels<V, S>(w.DKey, keys, size, scale, w.Transposed, DK.Head(Shape, head).From(key));
                AddPanels<V, S>(w.DValue, keys, size, 1, w.Transposed, DV.Head(Shape, head).From(key));
            }

            if (!_skipsQueries) AddRows<V, S>(w.DQuery, queries, size, scale, DQ.Head(Shape, head).From(first));
        }

        // [doc:attention-backward]
        // What a block of queries and a panel of keys add to one another's gradients.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Panel<V, S>(
            in BackwardWorkspace w, int part, int query, int queries, int block, int panel, int keys, Matrix q, Matrix dO, Matrix k)
            where V : struct where S : struct, ISimd<V>
        {
            int columns = PadLanes(keys), size = Shape.HeadSize, width = PadLanes(size), key = block + panel;
            (int start, int end) = Keys.Transposed.Seen(key, key + keys, part + query, part + query + queries);
            if (start == end) return;
            int row = start - part, rows = end - start;
            nint at = (nint)panel * size, sums = (nint)panel * width;
            Matrix p = new(w.Scores, columns), dS = new(w.DScores, columns);
            Product<V, S>(q.From(row), rows, w.KeyPanels + at, columns, size, p);
            Product<V, S>(dO.From(row), rows, w.ValuePanels + at, columns, size, dS);
            ScoreGradients<V, S>(p, dS, rows, columns, ExponentScale(Shape), w.LogSumExp + row, w.Delta + row);
            Hide(Keys, start, end, key, keys, 0, p);
            Hide(Keys, start, end, key, keys, 0, dS);
            new Span<float>(dS.From(rows).Start, (PadRows(rows) - rows) * columns).Clear(); // the last tile adds these to other queries
            if (!_skipsKeys)
            {
                AddProduct<V, S>(dO.From(row), width, p, rows, columns, new(w.DValue + sums, columns));
                AddProduct<V, S>(q.From(row), width, dS, rows, columns, new(w.DKey + sums, columns));
            }

            if (!_skipsQueries) AddProduct<V, S>(dS, rows, keys, k.From(panel), width, new(w.DQuery + ((nint)row * width), width));
        }
        // [/doc:attention-backward]

        // Per query: logSumExp as an exponent of 2, and D.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Statistics<V, S>(in BackwardWorkspace w, Matrix o, Matrix dO, float* logSumExp, int queries)
            where V : struct where S : struct, ISimd<V>
        {
            for (int i = 0; i < queries; i++)
            {
                // A query that saw nothing has −∞ here; its scores, all hidden, must give no NaN.
                w.LogSumExp[i] = logSumExp[i] == float.NegativeInfinity ? float.PositiveInfinity : logSumExp[i] * (float)(1 / Ln2);
                Reductions.ProductTerm product = new(dO.Start + (i * dO.Row), o.Start + (i * o.Row));
                w.Delta[i] = VectorLoop.Sum<V, S, Reductions.ProductTerm>(product, 0, Shape.HeadSize);
            }
        }

        // Panels of sums, transposed, to rows.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void AddPanels<V, S>(float* panels, int rows, int width, float scale, float* transposed, Matrix destination)
            where V : struct where S : struct, ISimd<V>
        {
            for (int first = 0, columns; first < rows; first += columns)
            {
                columns = PanelWidth(rows - first);
                int real = Math.Min(columns, rows - first);
                Transpose.Copy(panels + ((nint)first * PadLanes(width)), columns, width, real, transposed, PadLanes(width));
                AddRows<V, S>(transposed, real, width, scale, destination.From(first));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void AddRows<V, S>(float* source, int rows, int width, float scale, Matrix destination)
            where V : struct where S : struct, ISimd<V>
        {
            for (int r = 0; r < rows; r++)
            {
                float* from = source + ((nint)r * PadLanes(width)), to = destination.Start + (r * destination.Row);
                VectorLoop.ForEach<V, S, Elementwise.AxpyBody>(new(scale, from, to), 0, width);
            }
        }
    }
}
