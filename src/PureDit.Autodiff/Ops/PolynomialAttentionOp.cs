// o ≈ softmax(q·kᵀ/√Dh)·v by a plan: polynomial features or the exact kernel (Kernels/Polynomial/AttentionPlan.cs)
//   qkv [N, T, 3·D] as in AttentionOp;  o [N, T, D].  Backward: dQkv, by the plan's route.
// And what bounds the scores:  q, k ← ĝ_h·x/√(|x|² + ε), gains clipped (Kernels/QueryKeyNorm.cs); gains [heads].
// Saved: qkv, o, gains (by reference), log-sum-exp for the exact kernel.

using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>Attention as a plan decides, and queries and keys of bounded length.</summary>
public static class PolynomialAttentionOp
{
    // [doc:linear-attention-op]
    /// <summary>Attention of every head over the tokens of every sample.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="qkv">Queries, keys and values, [N, T, 3·D].</param>
    /// <param name="plan">The decision, for this very shape.</param>
    /// <returns>o, [N, T, D].</returns>
    /// <exception cref="ArgumentException">The shape is not the plan's, or scores spread further than its radius.</exception>
    public static Variable Attention(this Tape tape, Variable qkv, in AttentionPlan plan)
    {
        Node node = tape.Resolve(qkv);
        AttentionShape shape = plan.Shape;
        Shape expected = new(shape.Batch, shape.Tokens, 3 * shape.Width);
        if (node.Shape != expected) throw ShapeError.Of(nameof(qkv), expected.ToString(), node.Shape);
        Node o = tape.NewResult(node.Shape.WithLast(shape.Width), node.NeedsGradient);
        Memory<float> logSumExp = tape.Scratch(shape.StatisticsLength);
        PolynomialAttention.Forward(tape.Cpu, plan, node.Data, o.Data, logSumExp.Span);
        if (o.NeedsGradient)
        {
            AttentionBackward record = tape.Record<AttentionBackward>(o);
            (record.Qkv, record.Plan, record.LogSumExp) = (node, plan, logSumExp);
        }

        return o.Handle;
    }
    // [/doc:linear-attention-op]

    /// <summary>Queries and keys scaled to the lengths of their heads' gains; values as they are.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="qkv">Queries, keys and values, [N, T, 3·D].</param>
    /// <param name="queryGain">[heads].</param>
    /// <param name="keyGain">[heads].</param>
    /// <param name="largestGain">Gains beyond ± this count as this.</param>
    /// <returns>[N, T, 3·D].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Variable QueryKeyNorm(this Tape tape, Variable qkv, Variable queryGain, Variable keyGain, float largestGain)
    {
        Node x = tape.Resolve(qkv), query = tape.Resolve(queryGain), key = tape.Resolve(keyGain);
        int heads = query.Shape.Count;
        if (key.Shape != query.Shape) throw ShapeError.Of(nameof(keyGain), query.Shape.ToString(), key.Shape);
        if (x.Shape.Rank != 3 || x.Shape.Last % (3 * heads) != 0) throw ShapeError.Of(nameof(qkv), $"[N, T, 3 x {heads} heads x Dh]", x.Shape);
        AttentionShape shape = new(x.Shape[0], x.Shape[1], heads, x.Shape.Last / (3 * heads));
        Node y = tape.NewResult(x.Shape, x.NeedsGradient || query.NeedsGradient || key.NeedsGradient);
        Kernels.QueryKeyNorm.Forward(tape.Cpu, shape, x.Data, query.Data, key.Data, largestGain, y.Data);
        if (y.NeedsGradient)
        {
            NormBackward record = tape.Record<NormBackward>(y);
            (record.X, record.Query, record.Key, record.Shape, record.Largest) = (x, query, key, shape, largestGain);
        }

        return y.Handle;
    }

    private sealed class AttentionBackward : Operation
    {
        public Node Qkv = null!;
        public AttentionPlan Plan;
        public Memory<float> LogSumExp;

        public override void Backward(Tape tape) => PolynomialAttention.Backward(
            tape.Cpu, Plan, Qkv.Data, Output.Data, LogSumExp.Span, Output.Gradient, tape.Gradients.ToAdd(Qkv));
    }

    private sealed class NormBackward : Operation
    {
        public Node X = null!, Query = null!, Key = null!;
        public AttentionShape Shape;
        public float Largest;

        public override void Backward(Tape tape) => Kernels.QueryKeyNorm.Backward(
            tape.Cpu, Shape, X.Data, Query.Data, Key.Data, Largest, Output.Gradient, tape.Gradients.ToAdd(X),
            Query.NeedsGradient ? tape.Gradients.ToAdd(Query) : [], Key.NeedsGradient ? tape.Gradients.ToAdd(Key) : []);
    }
}
