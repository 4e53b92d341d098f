using PureDit.Autodiff;

namespace PureDit.Nn;

/// <summary>
/// Sees the inner values of a forward pass, under the names of the modules that make them: <c>x_embedder</c> (before
/// the positions are added), <c>t_embedder</c>, <c>y_embedder</c>, <c>blocks.i.attn</c>, <c>blocks.i.mlp</c> (before
/// the gates), <c>blocks.i</c>, <c>final_layer</c> (before the tokens are put together).
/// </summary>
public interface IActivationObserver
{
    /// <summary>Called once per value; copy what is needed, the value may be released right after.</summary>
    void Observe(string name, Variable value);

    /// <summary>Called with what an attention layer reads, before it runs; by default it is not looked at.</summary>
    /// <param name="name">The layer, <c>blocks.i.attn</c>.</param>
    /// <param name="qkv">Queries, keys and values, [N, T, 3·D]: each third holds the heads one after the other.</param>
    /// <param name="heads">Number of heads.</param>
    void ObserveAttention(string name, Variable qkv, int heads)
    {
    }
}
