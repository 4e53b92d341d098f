// Attention by random features, to compare with:  o_i = φ(q_i)·Z / φ(q_i)·z,  [Z, z] = Σ_j φ(k_j)ᵀ[v_j, 1],  of √s·q and √s·k.
// Unbiased weights, any head size, and an error that falls as 1/√m only. Forward; see FavorFeatures.cs, ExponentialFeatures.cs.

namespace PureDit.Kernels;

/// <summary>Attention by positive orthogonal random features.</summary>
public static class FavorAttention
{
    /// <summary>Writes the attention of every query to all keys.</summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="shape">Sizes; as many keys as queries.</param>
    /// <param name="features">The directions; of the shape's head size.</param>
    /// <param name="qkv">Queries, keys and values, [batch, tokens, 3, heads, headSize].</param>
    /// <param name="o">Receives the output, [batch, tokens, heads, headSize].</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape, or the features are of another head size.</exception>
    public static void Forward(Cpu cpu, AttentionShape shape, FavorFeatures features, ReadOnlySpan<float> qkv, Span<float> o)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.HeadSize != shape.HeadSize)
        {
            throw new ArgumentException($"features: expected directions of {shape.HeadSize} dimensions, got {features.HeadSize}.", nameof(features));
        }

        ExponentialFeatures stream = new(cpu, shape, features.Count, qkv, o);
        for (int head = 0; head < stream.Heads; head++)
        {
            stream.Keys(head, features.Directions, halfSquares: true);
            stream.Queries(head, features.Directions, halfSquares: true);
        }
    }
}
