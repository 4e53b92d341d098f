// Attention by landmark keys, to compare with (Nyström; Xiong et al. 2021, arXiv 2102.03902, for the kernel e^{s·k·k'}):
//   e^{s·q·k_j} ≈ e^{s·q·K_Sᵀ} · (e^{s·K_S·K_Sᵀ} + λI)^{−1} · e^{s·K_S·k_j}
// Landmarks K_S are the means of equally long stretches of the keys. Weights may err by anything where keys lie far from all
// landmarks, and may be negative; a query whose weights do not sum to more than 0 gets zeros. Forward only.

namespace PureDit.Kernels;

/// <summary>Attention by Nyström landmarks.</summary>
public static class NystroemAttention
{
    private const double Ridge = 1e-6; // of the diagonal: the factor is that of float weights

    /// <summary>Writes the attention of every query to all keys.</summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="shape">Sizes; as many keys as queries.</param>
    /// <param name="landmarks">How many; 1 to shape.Tokens.</param>
    /// <param name="qkv">Queries, keys and values, [batch, tokens, 3, heads, headSize].</param>
    /// <param name="o">Receives the output, [batch, tokens, heads, headSize].</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape, or the number of landmarks is out of range.</exception>
    public static void Forward(Cpu cpu, AttentionShape shape, int landmarks, ReadOnlySpan<float> qkv, Span<float> o)
    {
        if (landmarks < 1 || landmarks > shape.Tokens)
        {
            throw new ArgumentOutOfRangeException(nameof(landmarks), landmarks, $"landmarks: expected 1 to {shape.Tokens}, got {landmarks}.");
        }

        ExponentialFeatures stream = new(cpu, shape, landmarks, qkv, o);
        double[] factor = new double[landmarks * landmarks];
        float[] means = new float[landmarks * shape.HeadSize];
        for (int head = 0; head < stream.Heads; head++)
        {
            stream.KeyMeans(head, means);
            Factor(means, landmarks, shape.HeadSize, factor);
            stream.Keys(head, means, halfSquares: false);
            Solve(factor, landmarks, stream.Moments, shape.HeadSize + 1);
            stream.Queries(head, means, halfSquares: false);
        }
    }

    // Cholesky, in place in the lower triangle.
    private static void Factor(float[] x, int n, int d, double[] a)
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double score = 0;
                for (int c = 0; c < d; c++) score += (double)x[(i * d) + c] * x[(j * d) + c];
                double sum = PortableMath.Exp(score);
                if (i == j) sum *= 1 + Ridge;
                for (int k = 0; k < j; k++) sum -= a[(i * n) + k] * a[(j * n) + k];
                a[(i * n) + j] = i == j ? Math.Sqrt(Math.Max(sum, Ridge * Ridge)) : sum / a[(j * n) + j];
            }
        }
    }

    private static void Solve(double[] a, int n, Span<double> x, int columns)
    {
        for (int c = 0; c < columns; c++)
        {
            for (int i = 0; i < n; i++)
            {
                double sum = x[(i * columns) + c];
                for (int k = 0; k < i; k++) sum -= a[(i * n) + k] * x[(k * columns) + c];
                x[(i * columns) + c] = sum / a[(i * n) + i];
            }

            for (int i = n - 1; i >= 0; i--)
            {
                double sum = x[(i * columns) + c];
                for (int k = i + 1; k < n; k++) sum -= a[(k * n) + i] * x[(k * columns) + c];
                x[(i * columns) + c] = sum / a[(i * n) + i];
            }
        }
    }
}
