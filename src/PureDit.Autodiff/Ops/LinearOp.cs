// y = x·Wᵀ + b
//   x [.., In], W [Out, In] (further dimensions of W count as In: a convolution's kernel is one row), b [Out], y [.., Out]
// Backward, with dY the gradient of y and rows = the product of x's leading dimensions:
//   dX += dY·W      dW += dYᵀ·x      db += column sums of dY
// Saved: x, W (both by reference).

using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>The affine map of a layer.</summary>
public static class LinearOp
{
    // [doc:linear-op]
    /// <summary>y = x·Wᵀ + b.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Input, [.., In].</param>
    /// <param name="weight">W, [Out, In], or [Out, a, b, ..] with a·b·.. = In.</param>
    /// <param name="bias">b, [Out].</param>
    /// <returns>y, [.., Out].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Variable Linear(this Tape tape, Variable x, Variable weight, Variable bias)
    {
        LinearMap map = new(tape.Resolve(x), tape.Resolve(weight), tape.Resolve(bias));
        Node y = tape.NewResult(map.OutputShape, map.NeedsGradient);
        MatMul.Linear(tape.Cpu, map.X.Data, map.Weight.Data, map.Bias.Data, map.Rows, map.Inputs, map.Outputs, y.Data, map.Weight.Layout);
        if (y.NeedsGradient) tape.Record<LinearBackward>(y).Map = map;
        return y.Handle;
    }

    private sealed class LinearBackward : Operation
    {
        public LinearMap Map;

        public override void Backward(Tape tape) => Map.Backward(tape, Output.Gradient);
    }
    // [/doc:linear-op]
}
