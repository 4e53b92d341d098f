// z = (x, y)      side by side in the last dimension: x [.., A], y [.., B], z [.., A + B]
// Backward: dX += the first A columns of dZ, dY += the others.  Saved: nothing.

namespace PureDit.Autodiff;

/// <summary>Joins the channels of two values: a skip connection.</summary>
public static class ConcatenateOp
{
    /// <summary>x and y side by side in the last dimension.</summary>
    /// <exception cref="ArgumentException">The other dimensions differ.</exception>
    public static Variable Concatenate(this Tape tape, Variable x, Variable y)
    {
        Node xNode = tape.Resolve(x), yNode = tape.Resolve(y);
        if (yNode.Shape.Rank == 0 || yNode.Shape.WithLast(0) != xNode.Shape.WithLast(0))
        {
            throw ShapeError.Of(nameof(y), $"that of x {xNode.Shape} but for the last dimension", yNode.Shape);
        }

        Node z = tape.NewResult(xNode.Shape.WithLast(checked(xNode.Shape.Last + yNode.Shape.Last)), xNode.NeedsGradient || yNode.NeedsGradient);
        Kernels.Concatenate.Forward(tape.Cpu, xNode.Data, yNode.Data, xNode.Shape.Rows, xNode.Shape.Last, yNode.Shape.Last, z.Data);
        if (z.NeedsGradient)
        {
            ConcatenateBackward record = tape.Record<ConcatenateBackward>(z);
            (record.X, record.Y) = (xNode, yNode);
        }

        return z.Handle;
    }

    private sealed class ConcatenateBackward : Operation
    {
        public Node X = null!, Y = null!;

        public override void Backward(Tape tape) => Kernels.Concatenate.Backward(
            tape.Cpu, Output.Gradient, X.Shape.Rows, X.Shape.Last, Y.Shape.Last,
            X.NeedsGradient ? tape.Gradients.ToAdd(X) : [], Y.NeedsGradient ? tape.Gradients.ToAdd(Y) : []);
    }
}
