// Backward of attention, with the scores computed again block by block instead of kept. For one head, with
// s = q·kᵀ/√HeadSize, p_ij = e^{s_ij − logSumExp_i} and D_i = Σ_d dO_id o_id  (= Σ_j p_ij dP_ij, which needs no second pass):
//   dV += pᵀ·dO        from  o = p·v
//   dP  = dO·vᵀ
//   dS  = p ∘ (dP − D)  from  p = softmax(s)
//   dQ += dS·k/√HeadSize,   dK += dSᵀ·q/√HeadSize        from  s = q·kᵀ/√HeadSize
// Tiles may read rows and columns of padding, whose contents are arbitrary: they only reach padding of the results.
// A head's gradients belong to one thread; blocks are taken in order, so bits do not depend on the number of threads.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class Attention
{
    /// <summary>dQkv += the gradient with respect to q, k and v.</summary>
    /// <param name="cpu">Where to run; heads are shared out among threads.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="qkv">The forward pass's input, [batch, tokens, 3, heads, headSize].</param>
    /// <param name="o">The forward pass's output, [batch, tokens, heads, headSize].</param>
    /// <param name="logSumExp">The forward pass's statistics, [batch, heads, tokens].</param>
    /// <param name="dO">Gradient with respect to o, [batch, tokens, heads, headSize].</param>
    /// <param name="dQkv">Gradient with respect to qkv, [batch, tokens, 3, heads, headSize]; added to.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static unsafe void Backward(
        Cpu cpu, AttentionShape shape, ReadOnlySpan<float> qkv, ReadOnlySpan<float> o, ReadOnlySpan<float> logSumExp,
        ReadOnlySpan<float> dO, Span<float> dQkv)
    {
        Check(shape);
        Guard.Length(qkv, shape.QkvLength);
        Guard.Length(o, shape.OutputLength);
        Guard.Length(logSumExp, shape.StatisticsLength);
        Guard.Length(dO, shape.OutputLength);
        Guard.Length<float>(dQkv, shape.QkvLength, nameof(dQkv));
        fixed (float* pQkv = qkv, pO = o, pStatistics = logSumExp, pdO = dO, pdQkv = dQkv)
        {
            BackwardKernel kernel = new() { Shape = shape, Qkv = pQkv, O = pO, LogSumExp = pStatistics, DO = pdO, DQkv = pdQkv };
            double operations = 10.0 * shape.Tokens * shape.Tokens * shape.HeadSize;
            cpu.Run(shape.Batch * shape.Heads, (int)Math.Ceiling(OperationsPerRange / Math.Max(1, operations)), kernel);
        }
    }

    private unsafe struct BackwardKernel : IKernel
    {
        public AttentionShape Shape;
        public float* Qkv, O, LogSumExp, DO, DQkv;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int head = begin; head < end; head++) Head<V, S>(head);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Head<V, S>(int head) where V : struct where S : struct, ISimd<V>
        {
            Layout at = new(Shape, head);
            BackwardWorkspace w = new(Shape);
            int tokens = Shape.Tokens, size = Shape.HeadSize;
            CopyRows<V, S>(at.Query(Qkv), at.QkvRow, tokens, size, Scale(Shape), w.Queries, w.HeadSize);
            CopyRows<V, S>(at.Key(Qkv), at.QkvRow, tokens, size, 1, w.Keys, w.HeadSize);
            CopyRows<V, S>(at.Output(DO), at.OutputRow, tokens, size, 1, w.DOutput, w.HeadSize);
            PackTransposed(at.Key(Qkv), at.QkvRow, tokens, size, w.KeyPanels);
            PackTransposed(at.Value(Qkv), at.QkvRow, tokens, size, w.ValuePanels);
            ClearRows(w.Queries, tokens, PadRows(tokens), w.HeadSize);
            ClearRows(w.DOutput, tokens, PadRows(tokens), w.HeadSize);
            ClearRows(w.DQuery, 0, PadRows(tokens), w.HeadSize);
            ClearRows(w.DKey, 0, PadRows(tokens), w.HeadSize);
            ClearRows(w.DValue, 0, PadRows(tokens), w.HeadSize);

            float* o = at.Output(O), dO = at.Output(DO), logSumExp = LogSumExp + ((nint)head * tokens);
            for (int row = 0; row < tokens; row += QueryBlock)
            {
                int rows = Math.Min(QueryBlock, tokens - row);
                for (int r = 0; r < rows; r++)
                {
                    nint token = (row + r) * at.OutputRow;
                    w.Delta[r] = VectorLoop.Sum<V, S, Reductions.ProductTerm>(new(o + token, dO + token), 0, size);
                }

                Block<V, S>(w, row, rows, logSumExp + row);
            }

            AddRows<V, S>(w.DQuery, w.HeadSize, tokens, size, Scale(Shape), at.Query(DQkv), at.QkvRow);
            AddRows<V, S>(w.DKey, w.HeadSize, tokens, size, 1, at.Key(DQkv), at.QkvRow);
            AddRows<V, S>(w.DValue, w.HeadSize, tokens, size, 1, at.Value(DQkv), at.QkvRow);
        }

        // [doc:attention-backward]
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Block<V, S>(in BackwardWorkspace w, int row, int rows, float* logSumExp)
            where V : struct where S : struct, ISimd<V>
        {
            nint firstRow = (nint)row * w.HeadSize;
            for (int key = 0; key < Shape.Tokens; key += KeyBlock)
            {
                int keys = Math.Min(KeyBlock, Shape.Tokens - key), padded = PadLanes(keys);
                nint firstKey = (nint)key * w.HeadSize;
                Scores<V, S>(w.Queries + firstRow, w.HeadSize, rows, w.KeyPanels, key, keys, Shape.HeadSize, w.Scores);
                Scores<V, S>(w.DOutput + firstRow, w.HeadSize, rows, w.ValuePanels, key, keys, Shape.HeadSize, w.DScores);
                for (int r = 0; r < rows; r++)
                {
                    float* p = w.Scores + (r * ScoreRow), dP = w.DScores + (r * ScoreRow);
                    new Span<float>(p + keys, padded - keys).Fill(float.NegativeInfinity);
                    VectorLoop.ForEach<V, S, ScoreGradientBody>(new(p, logSumExp[r], w.Delta[r], dP), 0, padded);
                }

                MatMul.Strided p1 = new(w.Scores, 1, ScoreRow), dS1 = new(w.DScores, 1, ScoreRow); // transposed
                AddProduct<V, S>(p1, keys, w.DOutput + firstRow, w.HeadSize, rows, w.DValue + firstKey);
                AddProduct<V, S>(dS1, keys, w.Queries + firstRow, w.HeadSize, rows, w.DKey + firstKey);
                AddProduct<V, S>(new(w.DScores, ScoreRow, 1), rows, w.Keys + firstKey, w.HeadSize, keys, w.DQuery + firstRow);
            }
        }
        // [/doc:attention-backward]

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void AddRows<V, S>(
            float* source, int sourceRow, int rows, int width, float scale, float* destination, nint destinationRow)
            where V : struct where S : struct, ISimd<V>
        {
            for (int r = 0; r < rows; r++)
            {
                float* from = source + ((nint)r * sourceRow), to = destination + (r * destinationRow);
                VectorLoop.ForEach<V, S, Elementwise.AxpyBody>(new(scale, from, to), 0, width);
            }
        }
    }

    /// <summary>p = e^{s − logSumExp} in the place of the scores, dS = p·(dP − D) in the place of dP.</summary>
    private readonly unsafe struct ScoreGradientBody(float* scores, float logSumExp, float delta, float* dP) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V p = SimdMath.Exp<V, S>(S.Subtract(lanes.Load<V, S>(scores + i), S.Broadcast(logSumExp)));
            lanes.Store<V, S>(p, scores + i);
            lanes.Store<V, S>(S.Multiply(p, S.Subtract(lanes.Load<V, S>(dP + i), S.Broadcast(delta))), dP + i);
        }
    }

    private readonly unsafe struct BackwardWorkspace
    {
        public const int ScoreLength = (QueryBlock * ScoreRow) + Lanes; // a tile may read up to seven columns too many

        public readonly float* Queries, Keys, DOutput, KeyPanels, ValuePanels, DQuery, DKey, DValue, Scores, DScores, Delta;

        /// <summary>Padded head size: distance between rows.</summary>
        public readonly int HeadSize;

        public BackwardWorkspace(AttentionShape shape)
        {
            HeadSize = PadLanes(shape.HeadSize);
            nint matrix = (nint)Math.Max(PadRows(shape.Tokens), PadLanes(shape.Tokens)) * HeadSize;
            float* next = Scratch.Rent((8 * matrix) + (2 * ScoreLength) + QueryBlock);
            Queries = next;
            Keys = next += matrix;
            DOutput = next += matrix;
            KeyPanels = next += matrix;
            ValuePanels = next += matrix;
            DQuery = next += matrix;
            DKey = next += matrix;
            DValue = next += matrix;
            Scores = next += matrix;
            DScores = next += ScoreLength;
            Delta = next + ScoreLength;
        }
    }
}
