// y[n, t·factor + j] = x[n, t]      nearest-neighbour up-sampling of frames
//   x [N, T, C], y [N, T·factor, C].
// Backward: dX[n, t] += Σ_j dY[n, t·factor + j].  Saved: nothing.

namespace PureDit.Autodiff;

/// <summary>Longer sequences from shorter ones.</summary>
public static class UpsampleOp
{
    /// <summary>Every frame <paramref name="factor"/> times.</summary>
    /// <exception cref="ArgumentException">x is no batch of sequences, or the factor is below 1.</exception>
    public static Variable Upsample(this Tape tape, Variable x, int factor)
    {
        Node xNode = tape.Resolve(x);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        Shape s = xNode.Shape;
        if (s.Rank != 3) throw ShapeError.Of(nameof(x), "[N, T, C]", s);
        Node y = tape.NewResult(new Shape(s[0], checked(s[1] * factor), s[2]), xNode.NeedsGradient);
        Kernels.Upsample.Forward(tape.Cpu, xNode.Data, s.Rows, s.Last, factor, y.Data);
        if (y.NeedsGradient)
        {
            UpsampleBackward record = tape.Record<UpsampleBackward>(y);
            (record.X, record.Factor) = (xNode, factor);
        }

        return y.Handle;
    }

    private sealed class UpsampleBackward : Operation
    {
        public Node X = null!;
        public int Factor;

        public override void Backward(Tape tape) =>
            Kernels.Upsample.Backward(tape.Cpu, Output.Gradient, X.Shape.Rows, X.Shape.Last, Factor, tape.Gradients.ToAdd(X));
    }
}
