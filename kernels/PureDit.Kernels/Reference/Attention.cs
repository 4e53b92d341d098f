// The definition of multi-head attention, one score at a time:
//   s_ij = q_i·k_j / √HeadSize, −∞ where the mask hides key j from query i,
//   p_i = softmax(s_i), zeros if it sees nothing,   o_i = Σ_j p_ij v_j          (Vaswani et al. 2017, arXiv 1706.03762)
// and its derivative, with the matrix of probabilities that ../Attention.cs never keeps:
//   dV_j = Σ_i p_ij dO_i,   dP_ij = dO_i·v_j,   dS_ij = p_ij (dP_ij − Σ_m p_im dP_im),
//   dQ_i = Σ_j dS_ij k_j / √HeadSize,   dK_j = Σ_i dS_ij q_i / √HeadSize.

namespace PureDit.Kernels.Reference;

/// <summary>Attention by its definition, in double: the text, the oracle of tests, the baseline of benchmarks.</summary>
public static class Attention
{
    // [doc:attention-reference]
    /// <summary>o[batch, tokens, heads, headSize] from q of that shape and k, v[batch, keys, heads, headSize].</summary>
    public static void Forward(
        AttentionShape shape, AttentionMask mask, ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v, Span<double> o)
    {
        double[] p = new double[shape.Keys];
        for (int head = 0; head < shape.Batch * shape.Heads; head++)
        {
            for (int i = 0; i < shape.Tokens; i++)
            {
                Probabilities(shape, mask, q, k, head, i, p);
                Span<double> row = o.Slice(Row(shape, head, i, shape.Tokens), shape.HeadSize);
                row.Clear();
                for (int j = 0; j < shape.Keys; j++)
                {
                    for (int d = 0; d < row.Length; d++) row[d] += p[j] * v[Row(shape, head, j, shape.Keys) + d];
                }
            }
        }
    }

    private static void Probabilities(
        AttentionShape shape, AttentionMask mask, ReadOnlySpan<double> q, ReadOnlySpan<double> k, int head, int i, Span<double> p)
    {
        for (int j = 0; j < shape.Keys; j++)
        {
            double score = 0;
            int query = Row(shape, head, i, shape.Tokens), key = Row(shape, head, j, shape.Keys);
            for (int d = 0; d < shape.HeadSize; d++) score += q[query + d] * k[key + d];
            p[j] = mask.Sees(shape, i, j) ? score / Math.Sqrt(shape.HeadSize) : double.NegativeInfinity;
        }

        Softmax.Forward(p, 1, shape.Keys, p);
    }
    // [/doc:attention-reference]

    /// <summary>dQ, dK, dV += the gradients of Σ o·dO with respect to q, k and v.</summary>
    public static void Backward(
        AttentionShape shape, AttentionMask mask, ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v,
        ReadOnlySpan<double> dO, Span<double> dQ, Span<double> dK, Span<double> dV)
    {
        double scale = 1 / Math.Sqrt(shape.HeadSize);
        double[] p = new double[shape.Keys], dP = new double[shape.Keys];
        for (int head = 0; head < shape.Batch * shape.Heads; head++)
        {
            for (int i = 0; i < shape.Tokens; i++)
            {
                Probabilities(shape, mask, q, k, head, i, p);
                int query = Row(shape, head, i, shape.Tokens);
                double mean = 0;
                for (int j = 0; j < shape.Keys; j++)
                {
                    int key = Row(shape, head, j, shape.Keys);
                    dP[j] = 0;
                    for (int d = 0; d < shape.HeadSize; d++)
                    {
                        dP[j] += dO[query + d] * v[key + d];
                        dV[key + d] += p[j] * dO[query + d];
                    }

                    mean += p[j] * dP[j];
                }

                for (int j = 0; j < shape.Keys; j++)
                {
                    int key = Row(shape, head, j, shape.Keys);
                    double dScore = p[j] * (dP[j] - mean) * scale;
                    for (int d = 0; d < shape.HeadSize; d++)
                    {
                        dQ[query + d] += dScore * k[key + d];
                        dK[key + d] += dScore * q[query + d];
                    }
                }
            }
        }
    }

    /// <summary>o[batch, tokens, heads, headSize] from qkv[batch, tokens, 3, heads, headSize].</summary>
    public static void Forward(AttentionShape shape, ReadOnlySpan<double> qkv, Span<double> o, AttentionMask mask = default) =>
        Forward(shape, mask, Part(shape, qkv, 0), Part(shape, qkv, 1), Part(shape, qkv, 2), o);

    /// <summary>dQkv += the gradient of Σ o·dO with respect to qkv.</summary>
    public static void Backward(
        AttentionShape shape, ReadOnlySpan<double> qkv, ReadOnlySpan<double> dO, Span<double> dQkv, AttentionMask mask = default)
    {
        double[][] parts = [new double[shape.OutputLength], new double[shape.OutputLength], new double[shape.OutputLength]];
        Backward(shape, mask, Part(shape, qkv, 0), Part(shape, qkv, 1), Part(shape, qkv, 2), dO, parts[0], parts[1], parts[2]);
        for (int i = 0; i < dQkv.Length; i++) dQkv[i] += parts[i / shape.Width % 3][PartIndex(shape, i)];
    }

    /// <summary>q, k or v of a fused tensor: number <paramref name="which"/> of every three rows of Heads · HeadSize.</summary>
    private static double[] Part(AttentionShape shape, ReadOnlySpan<double> qkv, int which)
    {
        double[] part = new double[shape.OutputLength];
        for (int i = 0; i < shape.QkvLength; i++) if (i / shape.Width % 3 == which) part[PartIndex(shape, i)] = qkv[i];
        return part;
    }

    private static int PartIndex(AttentionShape shape, int i) => (i / (3 * shape.Width) * shape.Width) + (i % shape.Width);

    private static int Row(AttentionShape shape, int head, int token, int tokens) =>
        (((((head / shape.Heads) * tokens) + token) * shape.Heads) + (head % shape.Heads)) * shape.HeadSize;
}
