// Polynomial attention by its definition, one weight at a time and L × L of them: with s = 1/√HeadSize,
//   q'_i = q_i − q̄,  k'_j = k_j − k̄,   a_ij = e^{s·q̄·k_j}·P(s·q'_i·k'_j),   f_ij = a_ij / Σ_m a_im,   o_i = Σ_j f_ij v_j
// where a mean is subtracted only if that makes the largest norm smaller. Two gradients of Σ o·dO, with r_i = dO_i·o_i:
//   Backward    that of exact attention with f for its probabilities: dS_ij = f_ij (dO_i·v_j − r_i)
//   Surrogate   that of this function itself: dS_ij = (e^{s·q̄·k_j}·P′/Σ_m a_im)·(dO_i·v_j − r_i), and the means' share

namespace PureDit.Kernels.Reference;

/// <summary>Polynomial attention by its definition, in double.</summary>
public static class PolynomialAttention
{
    /// <summary>One head of one sequence, taken apart.</summary>
    /// <param name="Q">Recentred queries, [tokens][headSize].</param>
    /// <param name="K">Recentred keys.</param>
    /// <param name="V">Values.</param>
    /// <param name="Exponents">s·q̄·k_j.</param>
    /// <param name="QueryMean">What was subtracted from the queries.</param>
    /// <param name="KeyMean">What was subtracted from the keys.</param>
    public sealed record Head(double[][] Q, double[][] K, double[][] V, double[] Exponents, double[] QueryMean, double[] KeyMean)
    {
        /// <summary>s = 1/√HeadSize.</summary>
        public double Scale => 1 / Math.Sqrt(QueryMean.Length);

        /// <summary>s·q'_i·k'_j.</summary>
        public double Score(int i, int j) => Scale * Dot(Q[i], K[j]);

        /// <summary>R = s·max|q'|·max|k'|.</summary>
        public double Radius => Scale * Math.Sqrt(Q.Max(x => Dot(x, x)) * K.Max(x => Dot(x, x)));

        /// <summary>f of a function in the place of e^x, and the sums it was divided by, in units of the largest e^{s·q̄·k_j}.</summary>
        public (double[][] F, double[] Sums) Probabilities(Func<double, double> weight)
        {
            double top = Exponents.Max();
            double[] sums = new double[Q.Length];
            double[][] f = new double[Q.Length][];
            for (int i = 0; i < f.Length; i++)
            {
                f[i] = new double[K.Length];
                for (int j = 0; j < K.Length; j++) sums[i] += f[i][j] = PortableMath.Exp(Exponents[j] - top) * weight(Score(i, j));
                for (int j = 0; j < K.Length; j++) f[i][j] /= sums[i];
            }

            return (f, sums);
        }
    }

    // [doc:linear-attention-reference]
    /// <summary>o[batch, tokens, heads, headSize] from qkv[batch, tokens, 3, heads, headSize].</summary>
    public static void Forward(AttentionShape shape, Func<double, double> weight, ReadOnlySpan<double> qkv, Span<double> o, bool keepMeans = false)
    {
        for (int h = 0; h < shape.Batch * shape.Heads; h++)
        {
            Head head = Take(shape, qkv, h, keepMeans);
            double[][] f = head.Probabilities(weight).F;
            for (int i = 0; i < shape.Tokens; i++)
            {
                for (int d = 0; d < shape.HeadSize; d++)
                {
                    double sum = 0;
                    for (int j = 0; j < shape.Tokens; j++) sum += f[i][j] * head.V[j][d];
                    o[Place(shape, h, i) + d] = sum;
                }
            }
        }
    }
    // [/doc:linear-attention-reference]

    /// <summary>dQkv += the exact attention's gradient with the polynomial's probabilities.</summary>
    public static void Backward(
        AttentionShape shape, Func<double, double> weight, ReadOnlySpan<double> qkv, ReadOnlySpan<double> dO, Span<double> dQkv, bool keepMeans = false)
    {
        for (int h = 0; h < shape.Batch * shape.Heads; h++)
        {
            Head head = Take(shape, qkv, h, keepMeans);
            double[][] f = head.Probabilities(weight).F;
            double[][] g = Rows(shape, dO, h), o = Outputs(f, head.V);
            for (int i = 0; i < shape.Tokens; i++)
            {
                for (int j = 0; j < shape.Tokens; j++)
                {
                    double p = head.Scale * f[i][j] * (Dot(g[i], head.V[j]) - Dot(g[i], o[i]));
                    Span<double> dQ = Slot(shape, dQkv, h, i, 0), dK = Slot(shape, dQkv, h, j, 1), dV = Slot(shape, dQkv, h, j, 2);
                    for (int d = 0; d < shape.HeadSize; d++)
                    {
                        dQ[d] += p * (head.K[j][d] + head.KeyMean[d]);
                        dK[d] += p * (head.Q[i][d] + head.QueryMean[d]);
                        dV[d] += f[i][j] * g[i][d];
                    }
                }
            }
        }
    }

    /// <summary>dQkv += the gradient of polynomial attention itself; derivative is that of weight.</summary>
    public static void Surrogate(
        AttentionShape shape, Func<double, double> weight, Func<double, double> derivative, ReadOnlySpan<double> qkv,
        ReadOnlySpan<double> dO, Span<double> dQkv, bool keepMeans = false)
    {
        int n = shape.Tokens, size = shape.HeadSize;
        for (int h = 0; h < shape.Batch * shape.Heads; h++)
        {
            Head head = Take(shape, qkv, h, keepMeans);
            (double[][] f, double[] sums) = head.Probabilities(weight);
            double[][] g = Rows(shape, dO, h), o = Outputs(f, head.V);
            double top = head.Exponents.Max();
            double[] dQueryMean = new double[size], dKeyMean = new double[size];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double moved = Dot(g[i], head.V[j]) - Dot(g[i], o[i]);
                    double dScore = head.Scale * PortableMath.Exp(head.Exponents[j] - top) * derivative(head.Score(i, j)) / sums[i] * moved;
                    double dExponent = head.Scale * f[i][j] * moved;
                    Span<double> dQ = Slot(shape, dQkv, h, i, 0), dK = Slot(shape, dQkv, h, j, 1), dV = Slot(shape, dQkv, h, j, 2);
                    for (int d = 0; d < size; d++)
                    {
                        dQ[d] += dScore * head.K[j][d];
                        dK[d] += (dScore * head.Q[i][d]) + (dExponent * head.QueryMean[d]);
                        dV[d] += f[i][j] * g[i][d];
                        dQueryMean[d] += (dExponent * (head.K[j][d] + head.KeyMean[d])) - (dScore * head.K[j][d]);
                        dKeyMean[d] -= dScore * head.Q[i][d];
                    }
                }
            }

            // A mean that was not subtracted is the number 0, and does not move.
            bool query = head.QueryMean.Any(x => x != 0), key = head.KeyMean.Any(x => x != 0);
            for (int i = 0; i < n; i++)
            {
                for (int d = 0; d < size; d++)
                {
                    if (query) Slot(shape, dQkv, h, i, 0)[d] += dQueryMean[d] / n;
                    if (key) Slot(shape, dQkv, h, i, 1)[d] += dKeyMean[d] / n;
                }
            }
        }
    }

    /// <summary>One head of one sequence of qkv[batch, tokens, 3, heads, headSize].</summary>
    public static Head Take(AttentionShape shape, ReadOnlySpan<double> qkv, int head, bool keepMeans = false)
    {
        double[][][] parts = new double[3][][];
        for (int part = 0; part < 3; part++)
        {
            parts[part] = new double[shape.Tokens][];
            for (int i = 0; i < shape.Tokens; i++)
            {
                parts[part][i] = qkv.Slice(Place(shape, head, i, part), shape.HeadSize).ToArray();
            }
        }

        double[] queryMean = Recentre(parts[0], keepMeans), keyMean = Recentre(parts[1], keepMeans);
        double[] exponents = Array.ConvertAll(parts[1], k => (Dot(queryMean, k) + Dot(queryMean, keyMean)) / Math.Sqrt(shape.HeadSize));
        return new Head(parts[0], parts[1], parts[2], exponents, queryMean, keyMean);
    }

    private static double[] Recentre(double[][] rows, bool keepMeans)
    {
        double[] mean = new double[rows[0].Length];
        foreach (double[] row in rows)
        {
            for (int d = 0; d < mean.Length; d++) mean[d] += row[d] / rows.Length;
        }

        double[][] centred = Array.ConvertAll(rows, row => row.Zip(mean, (a, b) => a - b).ToArray());
        if (keepMeans || centred.Max(x => Dot(x, x)) >= rows.Max(x => Dot(x, x))) return new double[mean.Length];
        centred.CopyTo(rows, 0);
        return mean;
    }

    private static double[][] Outputs(double[][] f, double[][] v) => Array.ConvertAll(f, row =>
    {
        double[] o = new double[v[0].Length];
        for (int j = 0; j < v.Length; j++)
        {
            for (int d = 0; d < o.Length; d++) o[d] += row[j] * v[j][d];
        }

        return o;
    });

    private static double[][] Rows(AttentionShape shape, ReadOnlySpan<double> x, int head)
    {
        double[][] rows = new double[shape.Tokens][];
        for (int i = 0; i < rows.Length; i++) rows[i] = x.Slice(Place(shape, head, i), shape.HeadSize).ToArray();
        return rows;
    }

    private static Span<double> Slot(AttentionShape shape, Span<double> qkv, int head, int token, int part) =>
        qkv.Slice(Place(shape, head, token, part), shape.HeadSize);

    private static int Place(AttentionShape shape, int head, int token) =>
        ((((head / shape.Heads) * shape.Tokens) + token) * shape.Width) + (head % shape.Heads * shape.HeadSize);

    private static int Place(AttentionShape shape, int head, int token, int part) =>
        ((((((head / shape.Heads) * shape.Tokens) + token) * 3) + part) * shape.Width) + (head % shape.Heads * shape.HeadSize);

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
