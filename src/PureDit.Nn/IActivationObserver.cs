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
}
