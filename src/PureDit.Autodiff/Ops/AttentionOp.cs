// o = softmax(q·kᵀ/√Dh)·v      for every sample and head (Vaswani et al. 2017, arXiv 1706.03762, equation 1)
//   qkv [N, T, 3·D], the columns ordered (q, k, v), then head, then Dh = D/heads; o [N, T, D], the heads side by side.
// Backward: dQkv; the kernel recomputes the probabilities from q, k and the saved log-sum-exp, tile by tile.
// Saved: qkv, o (by reference), log-sum-exp of every row of scores.

using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>Multi-head self-attention; the projections around it are <see cref="LinearOp"/>.</summary>
public static class AttentionOp
{
    /// <summary>Attention of every head over the tokens of every sample.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="qkv">Queries, keys and values, [N, T, 3·D].</param>
    /// <param name="heads">Number of heads; divides D.</param>
    /// <param name="mask">Which tokens a token sees; by default all.</param>
    /// <returns>o, [N, T, D].</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public static Variable Attention(this Tape tape, Variable qkv, int heads, AttentionMask mask = default)
    {
        Node node = tape.Resolve(qkv);
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        if (node.Shape.Rank != 3 || node.Shape.Last % (3 * heads) != 0)
        {
            throw ShapeError.Of(nameof(qkv), $"[N, T, 3 x {heads} heads x Dh]", node.Shape);
        }

        int batch = node.Shape[0], tokens = node.Shape[1], width = node.Shape.Last / 3;
        AttentionShape shape = new(batch, tokens, heads, width / heads);
        Node o = tape.NewResult(node.Shape.WithLast(width), node.NeedsGradient);
        Memory<float> logSumExp = tape.Scratch(batch * heads * tokens);
        Kernels.Attention.Forward(tape.Cpu, shape, node.Data, o.Data, logSumExp.Span, mask);
        if (o.NeedsGradient)
        {
            AttentionBackward record = tape.Record<AttentionBackward>(o);
            (record.Qkv, record.Shape, record.Mask, record.LogSumExp) = (node, shape, mask, logSumExp);
        }

        return o.Handle;
    }

    private sealed class AttentionBackward : Operation
    {
        public Node Qkv = null!;
        public AttentionShape Shape;
        public AttentionMask Mask;
        public Memory<float> LogSumExp;

        public override void Backward(Tape tape) => Kernels.Attention.Backward(
            tape.Cpu, Shape, Qkv.Data, Output.Data, LogSumExp.Span, Output.Gradient, tape.Gradients.ToAdd(Qkv), Mask);
    }
}
