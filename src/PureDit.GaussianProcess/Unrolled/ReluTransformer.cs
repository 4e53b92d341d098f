// A transformer of the class T(D, L, M, B, R):  f_out ∘ (FFN_L ∘ Attn_L) ∘ … ∘ (FFN_1 ∘ Attn_1) ∘ f_in,  D values per
// token, L blocks, M heads at most, Frobenius norms of weights at most B, output norm at most R. Here are the blocks;
// f_in and f_out belong to who constructs them. Blocks may repeat: a repeated block counts, its weights are stored once.

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>One block: attention, then a map of each token.</summary>
/// <param name="Attention">The attention layer, possibly without heads.</param>
/// <param name="Layer">The token layer.</param>
public sealed record TransformerBlock(ReluAttention Attention, ITokenLayer Layer);

/// <summary>A stack of blocks.</summary>
public sealed class ReluTransformer
{
    private readonly TransformerBlock[] _blocks;

    /// <summary>Stacks blocks.</summary>
    /// <param name="width">D.</param>
    /// <param name="blocks">The blocks, first to last.</param>
    /// <exception cref="ArgumentException">A block has another width.</exception>
    public ReluTransformer(int width, IReadOnlyList<TransformerBlock> blocks)
    {
        Expect.Positive(width);
        ArgumentNullException.ThrowIfNull(blocks);
        (Width, _blocks) = (width, [.. blocks]);
        foreach (TransformerBlock block in blocks)
        {
            if (block.Attention.Width != width || block.Layer.Width != width)
            {
                throw new ArgumentException(
                    $"blocks: expected tokens of {width} values, got {block.Attention.Width} and {block.Layer.Width}.", nameof(blocks));
            }
        }
    }

    /// <summary>D.</summary>
    public int Width { get; }

    /// <summary>The blocks.</summary>
    public IReadOnlyList<TransformerBlock> Blocks => _blocks;

    /// <summary>Whether every token layer is a feed-forward layer, which the class T demands.</summary>
    public bool IsPure => _blocks.All(b => b.Layer is FeedForward);

    /// <summary>M, the largest number of heads of a block.</summary>
    public int Heads => _blocks.Select(b => b.Attention.Heads.Count).DefaultIfEmpty(0).Max();

    /// <summary>B, the largest Frobenius norm of a weight matrix or bias.</summary>
    public double WeightNorm => Matrices().Select(m => m.FrobeniusNorm).DefaultIfEmpty(0).Max();

    /// <summary>Weights that are not zero, every block counted.</summary>
    public long NonZeros => _blocks.Sum(b => Matrices(b).Sum(m => (long)m.Entries.Count));

    /// <summary>Runs all blocks on a sequence in place.</summary>
    /// <param name="tokens">[N, D].</param>
    /// <exception cref="ArgumentException">The length is not a whole number of tokens.</exception>
    public void Forward(Span<double> tokens)
    {
        Expect.Samples(tokens.Length, Width, nameof(tokens));
        foreach (TransformerBlock block in _blocks)
        {
            block.Attention.Apply(tokens);
            block.Layer.Apply(tokens);
        }
    }

    private IEnumerable<WeightMatrix> Matrices() => _blocks.Distinct().SelectMany(Matrices).Distinct();

    private static IEnumerable<WeightMatrix> Matrices(TransformerBlock block) =>
        [.. block.Attention.Heads.SelectMany(h => new[] { h.Query, h.Key, h.Value }), .. block.Layer.Weights];
}
