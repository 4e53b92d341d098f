// Backward of attention, with the scores computed again block by block instead of kept. For one head, with
// s = q·kᵀ/√HeadSize, p_ij = e^{s_ij − logSumExp_i} and D_i = Σ_d dO_id o_id  (= Σ_j p_ij dP_ij, which needs no second pass):
//   dV += pᵀ·dO        from  o = p·v
//   dP  = dO·vᵀ
//   dS  = p ∘ (dP − D)  from  p = softmax(s)
//   dQ += dS·k/√HeadSize,   dK += dSᵀ·q/√HeadSize        from  s = q·kᵀ/√HeadSize
// The outer loop is over blocks of keys, whose dK and dV stay in the first-level cache; dQ of a head is added to in the
// second-level one. Where heads are fewer than threads, one pass computes dK and dV, shared out by keys, and another
// dQ, by queries: seven products instead of five, the same chains of additions, and so the same bits.

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
            Matrix q = Q.Head(Shape, head).From(first), dO = DO.Head(Shape, head).From(first);
            PackTransposed(q, queries, size, w.QueryPanels);
            PackTransposed(dO, queries, size, w.DOutputPanels);
            Statistics<V, S>(w, O.Head(Shape, head).From(first), LogSumExp + ((nint)head * Shape.Tokens) + first, queries);
            Matrix qRows = CopyRows<V, S>(q, queries, size, w.Queries), dORows = CopyRows<V, S>(dO, queries, size, w.DOutput);
            new Span<float>(w.DQuery, (queries + Overrun) * width).Clear();

            for (; key < lastKey; key += Block)
            {
                int keys = Math.Min(Block, lastKey - key);
                Matrix kRows = CopyRows<V, S>(K.Head(Shape, head).From(key), keys, size, w.Keys);
                new Span<float>(w.DKey, (keys + Overrun) * width).Clear();
                new Span<float>(w.DValue, (keys + Overrun) * width).Clear();
                for (int block = 0; block < queries; block += Block)
                {
                    Pairs<V, S>(w, head, first, block, Math.Min(Block, queries - block), key, keys, kRows, qRows, dORows);
                }

                if (_skipsKeys) continue;
                AddRows<V, S>(w.DKey, keys, size, scale, DK.Head(Shape, head).From(key));
                AddRows<V, S>(w.DValue, keys, size, 1, DV.Head(Shape, head).From(key));
            }

            if (!_skipsQueries) AddRows<V, S>(w.DQuery, queries, size, scale, DQ.Head(Shape, head).From(first));
        }

        // [doc:attention-backward]
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Pairs<V, S>(
            in BackwardWorkspace w, int head, int part, int block, int queries, int key, int keys, Matrix k, Matrix q, Matrix dO)
            where V : struct where S : struct, ISimd<V>
        {
            int first = part + block, width = PadLanes(Shape.HeadSize);
            (int from, int to) = Keys.Seen(first, first + queries, key, key + keys);
            if (from == to) return;
            for (int panel = 0; panel < queries; panel += PanelWidth)
            {
                Panel<V, S>(w, head, part, block + panel, panel, Math.Min(PanelWidth, queries - panel), key, key + keys);
            }

            Matrix p = w.Scores, dS = w.DScores;
            if (!_skipsKeys)
            {
                AddProduct<V, S>(p.Start, p.Row, 1, key, keys, dO.From(block), first, queries, Keys.Transposed, width, w.DValue);
                AddProduct<V, S>(dS.Start, dS.Row, 1, key, keys, q.From(block), first, queries, Keys.Transposed, width, w.DKey);
            }

            if (!_skipsQueries)
            {
                AddProduct<V, S>(dS.Start, 1, dS.Row, first, queries, k, key, keys, Keys, width, w.DQuery + ((nint)block * width));
            }
        }

        // p and dS of 48 queries, transposed, for keys [from, to).
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Panel<V, S>(
            in BackwardWorkspace w, int head, int part, int query, int column, int queries, int from, int to)
            where V : struct where S : struct, ISimd<V>
        {
            int columns = PadLanes(queries), size = Shape.HeadSize, first = part + query;
            Matrix p = new(w.Scores.Start + column, w.Scores.Row), dS = new(w.DScores.Start + column, w.DScores.Row);
            (int start, int end) = Keys.Seen(first, first + queries, from, to);
            Matrix seen = p.From(start - from), seenDS = dS.From(start - from);
            nint panel = (nint)query * size;
            Scores<V, S>(K.Head(Shape, head), start, end, Shape.Keys, w.QueryPanels + panel, columns, size, w.Edge, seen);
            Scores<V, S>(this.V.Head(Shape, head), start, end, Shape.Keys, w.DOutputPanels + panel, columns, size, w.Edge, seenDS);
            ClearOutside(p, start - from, end - from, to - from, columns);
            ClearOutside(dS, start - from, end - from, to - from, columns);
            ScoreGradients<V, S>(seen, seenDS, end - start, columns, ExponentScale(Shape), w.LogSumExp + query, w.Delta + query);
            Hide(Keys.Transposed, start, end, first, queries, 0, seen);
            Hide(Keys.Transposed, start, end, first, queries, 0, seenDS);
        }
        // [/doc:attention-backward]

        // Per query, in vectors of queries: logSumExp as an exponent of 2, and D. Queries of padding get p = 0.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Statistics<V, S>(in BackwardWorkspace w, Matrix o, float* logSumExp, int queries)
            where V : struct where S : struct, ISimd<V>
        {
            int size = Shape.HeadSize, padded = PadLanes(queries);
            for (int i = 0; i < padded; i++)
            {
                // A query that saw nothing has −∞ here; its scores, all hidden, must give no NaN, nor those of padding.
                bool sees = i < queries && logSumExp[i] != float.NegativeInfinity;
                w.LogSumExp[i] = sees ? logSumExp[i] * (float)(1 / Ln2) : float.PositiveInfinity;
            }

            for (int panel = 0; panel < queries; panel += PanelWidth)
            {
                int columns = PadLanes(Math.Min(PanelWidth, queries - panel));
                PackTransposed(o.From(panel), Math.Min(PanelWidth, queries - panel), size, w.OutputPanel);
                float* dO = w.DOutputPanels + ((nint)panel * size);
                for (int column = 0; column < columns; column += S.Count)
                {
                    V sum = S.Zero;
                    for (int d = 0; d < size; d++)
                    {
                        nint at = ((nint)d * columns) + column;
                        sum = S.MultiplyAdd(S.Load(dO + at), S.Load(w.OutputPanel + at), sum);
                    }

                    S.Store(sum, w.Delta + panel + column);
                }
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
