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
        Node xNode = tape.Resolve(x), wNode = tape.Resolve(weight), bNode = tape.Resolve(bias);
        int rows = xNode.Shape.Rows, inputs = xNode.Shape.Last, outputs = bNode.Shape.Count;
        if (wNode.Shape.Rank < 2 || wNode.Shape[0] != outputs || wNode.Shape.Count != (long)outputs * inputs)
        {
            throw ShapeError.Of(nameof(weight), $"[{outputs}, {inputs}] for x {xNode.Shape} and bias {bNode.Shape}", wNode.Shape);
        }

        Node y = tape.NewResult(xNode.Shape.WithLast(outputs), xNode.NeedsGradient || wNode.NeedsGradient || bNode.NeedsGradient);
        MatMul.Linear(tape.Cpu, xNode.Data, wNode.Data, bNode.Data, rows, inputs, outputs, y.Data);
        if (y.NeedsGradient)
        {
            LinearBackward record = tape.Record<LinearBackward>(y);
            (record.X, record.Weight, record.Bias) = (xNode, wNode, bNode);
        }

        return y.Handle;
    }

    private sealed class LinearBackward : Operation
    {
        public Node X = null!, Weight = null!, Bias = null!;

        public override void Backward(Tape tape)
        {
            int rows = X.Shape.Rows, inputs = X.Shape.Last, outputs = Output.Shape.Last;
            ReadOnlySpan<float> dY = Output.Gradient;
            if (X.NeedsGradient)
            {
                Span<float> dX = tape.Gradients.ToWrite(X, out bool accumulate);
                MatMul.Multiply(tape.Cpu, dY, false, Weight.Data, false, rows, inputs, outputs, dX, accumulate);
            }

            if (Weight.NeedsGradient)
            {
                Span<float> dWeight = tape.Gradients.ToWrite(Weight, out bool accumulate);
                MatMul.Multiply(tape.Cpu, dY, true, X.Data, false, outputs, inputs, rows, dWeight, accumulate);
            }

            if (Bias.NeedsGradient) Rows.SumColumns(tape.Cpu, dY, rows, outputs, tape.Gradients.ToAdd(Bias));
        }
    }
    // [/doc:linear-op]
}
