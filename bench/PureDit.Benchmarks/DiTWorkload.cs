// A model and a batch, with the multiply-adds of its matrix products counted from the shapes:
//   per token and block   (4 + 2·ratio)·D²  for q, k, v, projection and MLP,  2·T·D  for attention;
//   per sample and block  6·D²  for the modulation.
// Embeddings, final layer, norms and activations are not counted: the throughput is what they leave of the machine.

using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Benchmarks;

/// <summary>A DiT on a batch.</summary>
/// <param name="Name">Name of the model.</param>
/// <param name="Model">Its architecture.</param>
/// <param name="Batch">Samples.</param>
/// <param name="Passes">1 for forward; 3 with backward, whose two products per layer cost a forward pass each.</param>
public sealed record DiTWorkload(string Name, DiTConfig Model, int Batch, int Passes) : IWorkload
{
    /// <inheritdoc/>
    public double Amount
    {
        get
        {
            double d = Model.Width, t = Model.Input.Tokens;
            double token = ((4 + (2 * Model.MlpRatio)) * d * d) + (2 * t * d);
            return 2.0 * Passes * Batch * Model.Depth * ((t * token) + (6 * d * d));
        }
    }

    /// <inheritdoc/>
    public string Unit => "GFLOP/s";

    /// <inheritdoc/>
    public override string ToString() => $"{Name} batch {Batch}";

    /// <summary>The model with weights that are not zero anywhere: a fresh DiT's blocks would do nothing.</summary>
    internal DiT Create()
    {
        DiT model = new(Model, seed: 1);
        Philox philox = new(seed: 1, PhiloxStream.Initialisation);
        for (int p = 0; p < model.Parameters.Parameters.Count; p++)
        {
            Span<float> weights = model.Parameters.Parameters[p].Data;
            philox.FillNormal(step: 1, p, weights);
            foreach (ref float weight in weights) weight *= 0.02f;
        }

        return model;
    }
}
