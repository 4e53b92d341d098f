// Multi-head self-attention without the n × n matrix:  o_i = Σ_j softmax_j(q_i·k_j/√HeadSize) v_j.
//
// Queries are taken in blocks of 48 and keys in blocks of 384, so that one block of scores stays in the second-level
// cache. With the running maximum m and sum l of each row (online softmax, Milakov and Gimelshein 2018, arXiv 1805.02867;
// tiling as in Dao et al. 2022, arXiv 2205.14135), a new block of scores s changes them to
//   m' = max(m, max s),   l' = l·e^{m−m'} + Σ e^{s−m'},   o' = o·e^{m−m'} + Σ e^{s−m'} v,      and at the end o/l:
// exact, because every factor e^{−m'} cancels. Kept for the backward pass: o and ln Σ_j e^{s_ij} of each row.
// Both products run in the register tiles of MatMul. Blocks have the same size everywhere, a row is the work of one
// thread, so bits do not depend on threads or vector width. Backward: Attention.Backward.cs; scratch memory:
// Attention.Workspace.cs. Reference: Reference/Attention.cs.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Multi-head softmax attention on q, k, v in the layout of the published DiT, [batch, tokens, 3, heads, headSize].</summary>
public static partial class Attention
{
    /// <summary>Rows of one block of scores: a multiple of the rows of a register tile.</summary>
    private const int QueryBlock = 48;

    /// <summary>Columns of one block of scores: a multiple of 8 (tile rows of the backward pass) and of <see cref="PanelWidth"/>.</summary>
    private const int KeyBlock = 384;

    private const double OperationsPerRange = 5e5;

    /// <summary>Writes the attention of every token to all tokens of its sequence.</summary>
    /// <param name="cpu">Where to run; heads, or blocks of queries where heads are few, are shared out among threads.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="qkv">Queries, keys and values, [batch, tokens, 3, heads, headSize].</param>
    /// <param name="o">Receives the output, [batch, tokens, heads, headSize].</param>
    /// <param name="logSumExp">Receives ln Σ_j e^{s_ij} of each row of scores, [batch, heads, tokens], for the backward pass; or empty.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static unsafe void Forward(
        Cpu cpu, AttentionShape shape, ReadOnlySpan<float> qkv, Span<float> o, Span<float> logSumExp)
    {
        Check(shape);
        Guard.Length(qkv, shape.QkvLength);
        Guard.Length<float>(o, shape.OutputLength, nameof(o));
        if (!logSumExp.IsEmpty) Guard.Length<float>(logSumExp, shape.StatisticsLength, nameof(logSumExp));
        int heads = shape.Batch * shape.Heads;
        if (heads == 0 || shape.Tokens == 0) return;

        // A whole head per item, so that its keys are packed once; chunks of queries where heads alone are too few.
        int blocks = (shape.Tokens + QueryBlock - 1) / QueryBlock;
        int wanted = cpu.Threads == 1 ? 1 : ((2 * cpu.Threads) + heads - 1) / heads;
        int chunkBlocks = (blocks + wanted - 1) / wanted, chunks = (blocks + chunkBlocks - 1) / chunkBlocks;
        fixed (float* pQkv = qkv, pO = o, pStatistics = logSumExp)
        {
            ForwardKernel kernel = new()
            {
                Shape = shape,
                Qkv = pQkv,
                O = pO,
                LogSumExp = pStatistics,
                Chunks = chunks,
                ChunkRows = chunkBlocks * QueryBlock,
            };
            double operations = 4.0 * shape.Tokens * chunkBlocks * QueryBlock * shape.HeadSize;
            cpu.Run(heads * chunks, (int)Math.Ceiling(OperationsPerRange / operations), kernel);
        }
    }

    private static void Check(AttentionShape shape)
    {
        Guard.NotNegative(shape.Batch, "shape.Batch");
        Guard.NotNegative(shape.Tokens, "shape.Tokens");
        Guard.NotNegative(shape.Heads, "shape.Heads");
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.HeadSize, 1, "shape.HeadSize");
    }

    private unsafe struct ForwardKernel : IKernel
    {
        public AttentionShape Shape;
        public float* Qkv, O, LogSumExp;
        public int Chunks, ChunkRows;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int item = begin; item < end; item++)
            {
                int head = item / Chunks, firstRow = item % Chunks * ChunkRows;
                Head<V, S>(head, firstRow, Math.Min(firstRow + ChunkRows, Shape.Tokens));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Head<V, S>(int head, int firstRow, int lastRow) where V : struct where S : struct, ISimd<V>
        {
            Layout at = new(Shape, head);
            ForwardWorkspace w = new(Shape);
            PackTransposed(at.Key(Qkv), at.QkvRow, Shape.Tokens, Shape.HeadSize, w.KeyPanels);
            CopyRows<V, S>(at.Value(Qkv), at.QkvRow, Shape.Tokens, Shape.HeadSize, 1, w.Values, w.HeadSize);
            for (int row = firstRow; row < lastRow; row += QueryBlock)
            {
                int rows = Math.Min(QueryBlock, lastRow - row);
                CopyRows<V, S>(at.Query(Qkv) + (row * at.QkvRow), at.QkvRow, rows, Shape.HeadSize, Scale(Shape), w.Queries, w.HeadSize);
                ClearRows(w.Queries, rows, PadRows(rows), w.HeadSize);
                Block<V, S>(w, rows);
                WriteOutput<V, S>(w, rows, at.Output(O) + (row * at.OutputRow), at.OutputRow);
                if (LogSumExp != null) WriteStatistics(w, rows, LogSumExp + ((nint)head * Shape.Tokens) + row);
            }
        }

        // [doc:attention-online]
        // One block of queries against all blocks of keys, with the running maximum and sum of each row.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Block<V, S>(in ForwardWorkspace w, int rows) where V : struct where S : struct, ISimd<V>
        {
            new Span<float>(w.Maximum, rows).Fill(float.NegativeInfinity);
            new Span<float>(w.Sum, rows).Clear();
            new Span<float>(w.Output, PadRows(rows) * w.HeadSize).Clear();
            for (int key = 0; key < Shape.Tokens; key += KeyBlock)
            {
                int keys = Math.Min(KeyBlock, Shape.Tokens - key), padded = PadLanes(keys);
                Scores<V, S>(w.Queries, w.HeadSize, rows, w.KeyPanels, key, keys, Shape.HeadSize, w.Scores);
                for (int r = 0; r < rows; r++)
                {
                    float* scores = w.Scores + (r * ScoreRow);
                    new Span<float>(scores + keys, padded - keys).Fill(float.NegativeInfinity);
                    float maximum = Math.Max(w.Maximum[r], VectorLoop.Max<V, S, Reductions.MaxTerm>(new(scores), 0, padded));
                    if (key > 0) Rescale<V, S>(w, r, w.Maximum[r] - maximum);
                    w.Maximum[r] = maximum;
                    w.Sum[r] += VectorLoop.Sum<V, S, Softmax.ExpTerm>(new(scores, maximum, scores), 0, padded);
                }

                AddProduct<V, S>(
                    new(w.Scores, ScoreRow, 1), rows, w.Values + ((nint)key * w.HeadSize), w.HeadSize, keys, w.Output);
            }
        }

        // l and o of the blocks so far, times e^{m − m'}.
        private static void Rescale<V, S>(in ForwardWorkspace w, int row, float exponent) where V : struct where S : struct, ISimd<V>
        {
            float* factor = stackalloc float[Lanes];
            S.Store(SimdMath.Exp<V, S>(S.Broadcast(exponent)), factor);
            float* output = w.Output + (row * w.HeadSize);
            w.Sum[row] *= factor[0];
            VectorLoop.ForEach<V, S, Elementwise.ScaleBody>(new(output, factor[0], output), 0, w.HeadSize);
        }
        // [/doc:attention-online]

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void WriteOutput<V, S>(in ForwardWorkspace w, int rows, float* o, nint oRow)
            where V : struct where S : struct, ISimd<V>
        {
            for (int r = 0; r < rows; r++)
            {
                float* row = w.Output + (r * w.HeadSize);
                VectorLoop.ForEach<V, S, Elementwise.ScaleBody>(new(row, 1 / w.Sum[r], o + (r * oRow)), 0, Shape.HeadSize);
            }
        }

        private static void WriteStatistics(in ForwardWorkspace w, int rows, float* logSumExp)
        {
            for (int r = 0; r < rows; r++) logSumExp[r] = (float)(w.Maximum[r] + BoxMuller.Log(w.Sum[r]));
        }
    }
}
