// Backward of attention, with the scores computed again block by block instead of kept. For one head, with
// s = q·kᵀ/√HeadSize, p_ij = e^{s_ij − logSumExp_i} and D_i = Σ_d dO_id o_id  (= Σ_j p_ij dP_ij, which needs no second pass):
//   dV += pᵀ·dO        from  o = p·v
//   dP  = dO·vᵀ
//   dS  = p ∘ (dP − D)  from  p = softmax(s)
//   dQ += dS·k/√HeadSize,   dK += dSᵀ·q/√HeadSize        from  s = q·kᵀ/√HeadSize
// A head's gradients belong to one thread; blocks are taken in order, so bits do not depend on the number of threads.

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

        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int head = begin; head < end; head++) Head<V, S>(head);
        }

        private readonly void Head<V, S>(int head) where V : struct where S : struct, ISimd<V>
        {
            Layout at = new(Shape, head);
            BackwardWorkspace w = new(Shape);
            int tokens = Shape.Tokens, size = Shape.HeadSize;
            CopyRows(at.Query(Qkv), at.QkvRow, tokens, size, Scale(Shape), w.Queries, w.HeadSize);
            CopyRows(at.Key(Qkv), at.QkvRow, tokens, size, 1, w.Keys, w.HeadSize);
            CopyRows(at.Output(DO), at.OutputRow, tokens, size, 1, w.DOutput, w.HeadSize);
            PackTransposed(at.Key(Qkv), at.QkvRow, tokens, size, w.KeyPanels);
            PackTransposed(at.Value(Qkv), at.QkvRow, tokens, size, w.ValuePanels);
            ClearRows(w.Queries, tokens, PadRows(tokens), w.HeadSize);
            ClearRows(w.DOutput, tokens, PadRows(tokens), w.HeadSize);
            ClearRows(w.DQuery, 0, PadRows(tokens), w.HeadSize);
            ClearRows(w.DKey, 0, PadRows(tokens), w.HeadSize);
            ClearRows(w.DValue, 0, PadRows(tokens), w.HeadSize);
            new Span<float>(w.Scores, 2 * BackwardWorkspace.ScoreLength).Clear(); // rows and columns of padding stay finite

            float* o = at.Output(O), dO = at.Output(DO), logSumExp = LogSumExp + ((nint)head * tokens);
            for (int row = 0; row < tokens; row += QueryBlock)
            {
                int rows = Math.Min(QueryBlock, tokens - row);
                for (int r = 0; r < rows; r++)
                {
                    w.Delta[r] = Dot<V, S>(o + ((row + r) * at.OutputRow), dO + ((row + r) * at.OutputRow), w);
                }

                Block<V, S>(w, row, rows, logSumExp + row);
            }

            AddRows(w.DQuery, w.HeadSize, tokens, size, Scale(Shape), at.Query(DQkv), at.QkvRow);
            AddRows(w.DKey, w.HeadSize, tokens, size, 1, at.Key(DQkv), at.QkvRow);
            AddRows(w.DValue, w.HeadSize, tokens, size, 1, at.Value(DQkv), at.QkvRow);
        }

        // [doc:attention-backward]
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
                    LaneRows.ExpOfDifference<V, S>(p, logSumExp[r], padded);
                    LaneRows.SoftmaxGradient<V, S>(p, w.Delta[r], padded, dP); // dP becomes dS = p ∘ (dP − D)
                }

                MatMul.Strided p1 = new(w.Scores, 1, ScoreRow), dS1 = new(w.DScores, 1, ScoreRow); // transposed
                AddProduct<V, S>(p1, keys, w.DOutput + firstRow, w.HeadSize, rows, w.DValue + firstKey);
                AddProduct<V, S>(dS1, keys, w.Queries + firstRow, w.HeadSize, rows, w.DKey + firstKey);
                AddProduct<V, S>(new(w.DScores, ScoreRow, 1), rows, w.Keys + firstKey, w.HeadSize, keys, w.DQuery + firstRow);
            }
        }
        // [/doc:attention-backward]

        private readonly float Dot<V, S>(float* a, float* b, in BackwardWorkspace w) where V : struct where S : struct, ISimd<V>
        {
            CopyRows(a, 0, 1, Shape.HeadSize, 1, w.Row, w.HeadSize);
            CopyRows(b, 0, 1, Shape.HeadSize, 1, w.Row + w.HeadSize, w.HeadSize);
            return LaneRows.Dot<V, S>(w.Row, w.Row + w.HeadSize, w.HeadSize);
        }

        private static void AddRows(float* source, int sourceRow, int rows, int width, float scale, float* destination, nint destinationRow)
        {
            for (int r = 0; r < rows; r++)
            {
                float* from = source + ((nint)r * sourceRow), to = destination + (r * destinationRow);
                for (int i = 0; i < width; i++) to[i] += from[i] * scale;
            }
        }
    }

    private readonly unsafe struct BackwardWorkspace
    {
        public const int ScoreLength = (QueryBlock * ScoreRow) + Lanes; // a tile may read up to five columns too many

        public readonly float* Queries, Keys, DOutput, KeyPanels, ValuePanels, DQuery, DKey, DValue, Scores, DScores, Delta, Row;

        /// <summary>Padded head size: distance between rows.</summary>
        public readonly int HeadSize;

        public BackwardWorkspace(AttentionShape shape)
        {
            HeadSize = PadLanes(shape.HeadSize);
            nint matrix = (nint)Math.Max(PadRows(shape.Tokens), PadLanes(shape.Tokens)) * HeadSize;
            float* next = Scratch.Rent((8 * matrix) + (2 * ScoreLength) + QueryBlock + (2 * HeadSize));
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
            Delta = next += ScoreLength;
            Row = next + QueryBlock;
        }
    }
}
