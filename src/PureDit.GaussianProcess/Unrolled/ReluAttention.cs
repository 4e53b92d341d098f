// Multi-head attention with ReLU in place of softmax, and a residual path:
//
//   y_i ← y_i + Σ_m Σ_j ReLU(⟨K_m y_j, Q_m y_i⟩) V_m y_j            tokens y_i in R^D
//
// No normalisation and no 1/√d: the weights of a frame are numbers to be computed, not probabilities. The class of Fu
// et al. 2024, arXiv 2407.16134 ("for technical convenience"); its residual form as read in Ye and Chen 2025, 2510.02216.

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>One head: queries, keys and values.</summary>
/// <param name="Query">Q, [r, D].</param>
/// <param name="Key">K, [r, D].</param>
/// <param name="Value">V, [D, D].</param>
public sealed record ReluHead(WeightMatrix Query, WeightMatrix Key, WeightMatrix Value);

/// <summary>A layer of ReLU attention with a residual path; without heads it is the identity.</summary>
public sealed class ReluAttention
{
    private readonly ReluHead[] _heads;

    /// <summary>Puts heads together.</summary>
    /// <param name="width">D, values of a token.</param>
    /// <param name="heads">The heads.</param>
    /// <exception cref="ArgumentException">A matrix has another shape.</exception>
    public ReluAttention(int width, params IReadOnlyList<ReluHead> heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        _heads = [.. heads];
        Width = width;
        foreach (ReluHead head in heads)
        {
            bool fits = head.Query.Columns == width && head.Key.Columns == width && head.Query.Rows == head.Key.Rows
                && head.Value.Rows == width && head.Value.Columns == width;
            if (!fits)
            {
                throw new ArgumentException(
                    $"heads: expected Q and K of [r, {width}] and V of [{width}, {width}], got [{head.Query.Rows}, {head.Query.Columns}], "
                    + $"[{head.Key.Rows}, {head.Key.Columns}] and [{head.Value.Rows}, {head.Value.Columns}].",
                    nameof(heads));
            }
        }
    }

    /// <summary>D.</summary>
    public int Width { get; }

    /// <summary>The heads.</summary>
    public IReadOnlyList<ReluHead> Heads => _heads;

    /// <summary>Applies the layer to a sequence in place.</summary>
    /// <param name="tokens">[N, D].</param>
    /// <exception cref="ArgumentException">The length is not a whole number of tokens.</exception>
    public void Apply(Span<double> tokens)
    {
        int n = Expect.Samples(tokens.Length, Width, nameof(tokens));
        if (_heads.Length == 0) return;
        double[] added = new double[tokens.Length], values = new double[tokens.Length];
        // [doc:relu-heads]
        foreach (ReluHead head in _heads)
        {
            int rank = head.Query.Rows;
            double[] queries = new double[n * rank], keys = new double[n * rank];
            values.AsSpan().Clear();
            for (int i = 0; i < n; i++)
            {
                ReadOnlySpan<double> token = tokens.Slice(i * Width, Width);
                head.Query.AddProduct(token, queries.AsSpan(i * rank, rank));
                head.Key.AddProduct(token, keys.AsSpan(i * rank, rank));
                head.Value.AddProduct(token, values.AsSpan(i * Width, Width));
            }

            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double weight = Dense.Dot(keys.AsSpan(j * rank, rank), queries.AsSpan(i * rank, rank));
                    if (!(weight > 0)) continue; // ReLU
                    foreach (int row in head.Value.NonZeroRows) added[(i * Width) + row] += weight * values[(j * Width) + row];
                }
            }
        }
        // [/doc:relu-heads]

        for (int i = 0; i < tokens.Length; i++) tokens[i] += added[i];
    }
}
