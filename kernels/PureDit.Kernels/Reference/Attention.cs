// The definition of multi-head attention, one score at a time:
//   s_ij = q_i·k_j / √HeadSize,   p_i = softmax(s_i),   o_i = Σ_j p_ij v_j          (Vaswani et al. 2017, arXiv 1706.03762)
// and its derivative, with the n × n matrix that ../Attention.cs never keeps:
//   dV_j = Σ_i p_ij dO_i,   dP_ij = dO_i·v_j,   dS_ij = p_ij (dP_ij − Σ_m p_im dP_im),
//   dQ_i = Σ_j dS_ij k_j / √HeadSize,   dK_j = Σ_i dS_ij q_i / √HeadSize.

namespace PureDit.Kernels.Reference;

/// <summary>Attention by its definition, in double: the text, the oracle of tests, the baseline of benchmarks.</summary>
public static class Attention
{
    // [doc:attention-reference]
    /// <summary>o[batch, tokens, heads, headSize] from qkv[batch, tokens, 3, heads, headSize].</summary>
    public static void Forward(AttentionShape shape, ReadOnlySpan<double> qkv, Span<double> o)
    {
        double[] p = new double[shape.Tokens];
        for (int n = 0; n < shape.Batch; n++)
        {
            for (int h = 0; h < shape.Heads; h++)
            {
                for (int i = 0; i < shape.Tokens; i++)
                {
                    Probabilities(shape, qkv, n, h, i, p);
                    for (int d = 0; d < shape.HeadSize; d++)
                    {
                        double sum = 0;
                        for (int j = 0; j < shape.Tokens; j++) sum += p[j] * qkv[At(shape, n, j, 2, h, d)];
                        o[OutputAt(shape, n, i, h, d)] = sum;
                    }
                }
            }
        }
    }

    private static void Probabilities(AttentionShape shape, ReadOnlySpan<double> qkv, int n, int h, int i, Span<double> p)
    {
        for (int j = 0; j < shape.Tokens; j++)
        {
            double score = 0;
            for (int d = 0; d < shape.HeadSize; d++) score += qkv[At(shape, n, i, 0, h, d)] * qkv[At(shape, n, j, 1, h, d)];
            p[j] = score / Math.Sqrt(shape.HeadSize);
        }

        Softmax.Forward(p, 1, shape.Tokens, p);
    }
    // [/doc:attention-reference]

    /// <summary>dQkv += the gradient of Σ o·dO with respect to qkv.</summary>
    public static void Backward(AttentionShape shape, ReadOnlySpan<double> qkv, ReadOnlySpan<double> dO, Span<double> dQkv)
    {
        double scale = 1 / Math.Sqrt(shape.HeadSize);
        double[] p = new double[shape.Tokens], dP = new double[shape.Tokens];
        for (int n = 0; n < shape.Batch; n++)
        {
            for (int h = 0; h < shape.Heads; h++)
            {
                for (int i = 0; i < shape.Tokens; i++)
                {
                    Probabilities(shape, qkv, n, h, i, p);
                    double mean = 0;
                    for (int j = 0; j < shape.Tokens; j++)
                    {
                        dP[j] = 0;
                        for (int d = 0; d < shape.HeadSize; d++)
                        {
                            double dOut = dO[OutputAt(shape, n, i, h, d)];
                            dP[j] += dOut * qkv[At(shape, n, j, 2, h, d)];
                            dQkv[At(shape, n, j, 2, h, d)] += p[j] * dOut;
                        }

                        mean += p[j] * dP[j];
                    }

                    for (int j = 0; j < shape.Tokens; j++)
                    {
                        double dScore = p[j] * (dP[j] - mean) * scale;
                        for (int d = 0; d < shape.HeadSize; d++)
                        {
                            dQkv[At(shape, n, i, 0, h, d)] += dScore * qkv[At(shape, n, j, 1, h, d)];
                            dQkv[At(shape, n, j, 1, h, d)] += dScore * qkv[At(shape, n, i, 0, h, d)];
                        }
                    }
                }
            }
        }
    }

    private static int At(AttentionShape s, int n, int token, int which, int h, int d) =>
        (((((((n * s.Tokens) + token) * 3) + which) * s.Heads) + h) * s.HeadSize) + d;

    private static int OutputAt(AttentionShape s, int n, int token, int h, int d) =>
        (((((n * s.Tokens) + token) * s.Heads) + h) * s.HeadSize) + d;
}
