// Multi-head attention without the matrix of scores:  o_i = Σ_j softmax_j(q_i·k_j/√HeadSize) v_j.
//
// Keys are taken in blocks, with the running maximum m and sum l of each query (online softmax, Milakov and Gimelshein
// 2018, arXiv 1805.02867; tiling as in Dao et al. 2022, arXiv 2205.14135). A new block of scores s changes them to
//   m' = max(m, max s),   l' = l·e^{m−m'} + Σ e^{s−m'},   o' = o·e^{m−m'} + Σ e^{s−m'} v,      and at the end o/l:
// exact, because every factor e^{−m'} cancels. Kept for the backward pass: o and ln Σ_j e^{s_ij} of each query.
// Blocks of keys begin at the same keys whatever is visible, and a query is the work of one thread: bits depend neither
// on threads nor on vector width. Blocks that a mask hides are not computed; a query that sees nothing gets zeros.
// Files: Attention.Forward.cs, Attention.Backward.cs, what they share in Attention.Blocks.cs and Attention.Softmax.cs.
// Reference: Reference/Attention.cs.

namespace PureDit.Kernels;

/// <summary>Multi-head softmax attention: self or cross, masked or not, on operands of any layout.</summary>
public static partial class Attention
{
    private const double OperationsPerRange = 5e5;

    /// <summary>Writes the attention of every query to the keys that it sees.</summary>
    /// <param name="cpu">Where to run; heads and blocks of queries are shared out among threads.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="mask">Which keys a query sees.</param>
    /// <param name="q">Queries: Tokens rows per sequence and head.</param>
    /// <param name="k">Keys: shape.Keys rows.</param>
    /// <param name="v">Values: shape.Keys rows.</param>
    /// <param name="o">Receives the output: Tokens rows; zeros for a query that sees nothing.</param>
    /// <param name="logSumExp">Receives ln Σ_j e^{s_ij} of each query, [batch, heads, tokens], for the backward pass; −∞ for one that sees nothing. Or empty.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape and strides need.</exception>
    public static unsafe void Forward(
        Cpu cpu, AttentionShape shape, AttentionMask mask, HeadRows q, HeadRows k, HeadRows v, WritableHeadRows o, Span<float> logSumExp)
    {
        Check(shape);
        q.Check(shape, shape.Tokens, nameof(q));
        k.Check(shape, shape.Keys, nameof(k));
        v.Check(shape, shape.Keys, nameof(v));
        ((HeadRows)o).Check(shape, shape.Tokens, nameof(o));
        if (!logSumExp.IsEmpty) Guard.Length<float>(logSumExp, shape.StatisticsLength, nameof(logSumExp));
        fixed (float* pQ = q.Values, pK = k.Values, pV = v.Values, pO = o.Values, pStatistics = logSumExp)
        {
            ForwardKernel kernel = new()
            {
                Shape = shape,
                Keys = Band.Of(shape, mask),
                Q = new(pQ, q.Strides),
                K = new(pK, k.Strides),
                V = new(pV, v.Strides),
                O = new(pO, o.Strides),
                LogSumExp = pStatistics,
            };
            kernel.Run(cpu);
        }
    }

    /// <summary>Self-attention on q, k, v in the layout of the published DiT.</summary>
    /// <param name="cpu">Where to run; heads and blocks of queries are shared out among threads.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="qkv">Queries, keys and values, [batch, tokens, 3, heads, headSize].</param>
    /// <param name="o">Receives the output, [batch, tokens, heads, headSize].</param>
    /// <param name="logSumExp">Receives ln Σ_j e^{s_ij} of each query, [batch, heads, tokens], for the backward pass; or empty.</param>
    /// <param name="mask">Which keys a query sees; by default all.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape, or the shape has keys of another number than queries.</exception>
    public static void Forward(
        Cpu cpu, AttentionShape shape, ReadOnlySpan<float> qkv, Span<float> o, Span<float> logSumExp, AttentionMask mask = default)
    {
        CheckFused(shape);
        Guard.Length(qkv, shape.QkvLength);
        Guard.Length<float>(o, shape.OutputLength, nameof(o));
        if (shape.OutputLength == 0) return;
        HeadStrides fused = HeadStrides.Fused(shape.Tokens, shape.Heads, shape.HeadSize);
        HeadStrides output = HeadStrides.TokenMajor(shape.Tokens, shape.Heads, shape.HeadSize);
        Forward(
            cpu, shape, mask, new(qkv, fused), new(qkv[shape.Width..], fused), new(qkv[(2 * shape.Width)..], fused),
            new(o, output), logSumExp);
    }

    private static void Check(AttentionShape shape)
    {
        Guard.NotNegative(shape.Batch, "shape.Batch");
        Guard.NotNegative(shape.Tokens, "shape.Tokens");
        Guard.NotNegative(shape.Keys, "shape.KeyTokens");
        Guard.NotNegative(shape.Heads, "shape.Heads");
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.HeadSize, 1, "shape.HeadSize");
    }

    private static void CheckFused(AttentionShape shape)
    {
        Check(shape);
        if (shape.Keys != shape.Tokens)
        {
            throw new ArgumentException(
                $"shape: expected as many keys as queries in one fused tensor, got {shape.Tokens} and {shape.Keys}; pass q, k and v apart.",
                nameof(shape));
        }
    }
}
