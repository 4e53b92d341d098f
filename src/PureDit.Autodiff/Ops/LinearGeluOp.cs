// y = gelu(u),  u = x·Wᵀ + b      the first half of a feed-forward layer, in one pass over memory
// Backward:  dU = gelu′(u) ⊙ dY in the place of dY, then as LinearOp.
// Saved: x, W (by reference), u.

using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>An affine map and GELU.</summary>
public static class LinearGeluOp
{
    /// <summary>y = gelu(x·Wᵀ + b); the same bits as the two operations one after the other.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Input, [.., In].</param>
    /// <param name="weight">W, [Out, In].</param>
    /// <param name="bias">b, [Out].</param>
    /// <returns>y, [.., Out].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Variable LinearGelu(this Tape tape, Variable x, Variable weight, Variable bias)
    {
        LinearMap map = new(tape.Resolve(x), tape.Resolve(weight), tape.Resolve(bias));
        Node y = tape.NewResult(map.OutputShape, map.NeedsGradient);
        Node? u = y.NeedsGradient ? tape.NewResult(map.OutputShape, needsGradient: true) : null;
        MatMul.LinearGelu(
            tape.Cpu, map.X.Data, map.Weight.Data, map.Bias.Data, map.Rows, map.Inputs, map.Outputs,
            u is null ? [] : u.Data, y.Data, map.Weight.Layout);
        if (u is not null)
        {
            LinearGeluBackward record = tape.Record<LinearGeluBackward>(y);
            (record.Map, record.U) = (map, u);
        }

        return y.Handle;
    }

    private sealed class LinearGeluBackward : Operation
    {
        public LinearMap Map;
        public Node U = null!;

        public override void Backward(Tape tape)
        {
            tape.Gradients.HandOn(Output, U);
            Kernels.Gelu.BackwardInPlace(tape.Cpu, U.Data, U.Gradient);
            Map.Backward(tape, U.Gradient);
            tape.Gradients.Recycle(U);
        }
    }
}
