// GELU (tanh form) and SiLU, value by value; y has the shape of x.
//   gelu(x) = ½x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))      Hendrycks & Gimpel 2016, arXiv 1606.08415
//   silu(x) = x·sigmoid(x)                                 Elfwing et al. 2017, arXiv 1702.03118
// Backward: dX += f′(x) ⊙ dY.  Saved: x (by reference).

namespace PureDit.Autodiff;

/// <summary>The two nonlinearities of a DiT: GELU in its feed-forward layers, SiLU in its conditioning.</summary>
public static class ActivationOps
{
    /// <summary>GELU of every value, tanh form.</summary>
    public static Variable Gelu(this Tape tape, Variable x)
    {
        Node xNode = tape.Resolve(x), y = tape.NewResult(xNode.Shape, xNode.NeedsGradient);
        Kernels.Gelu.Forward(tape.Cpu, xNode.Data, y.Data);
        if (y.NeedsGradient) tape.Record<GeluBackward>(y).X = xNode;
        return y.Handle;
    }

    /// <summary>SiLU of every value.</summary>
    public static Variable Silu(this Tape tape, Variable x)
    {
        Node xNode = tape.Resolve(x), y = tape.NewResult(xNode.Shape, xNode.NeedsGradient);
        Kernels.Silu.Forward(tape.Cpu, xNode.Data, y.Data);
        if (y.NeedsGradient) tape.Record<SiluBackward>(y).X = xNode;
        return y.Handle;
    }

    private sealed class GeluBackward : Operation
    {
        public Node X = null!;

        public override void Backward(Tape tape) =>
            Kernels.Gelu.Backward(tape.Cpu, X.Data, Output.Gradient, tape.Gradients.ToAdd(X));
    }

    private sealed class SiluBackward : Operation
    {
        public Node X = null!;

        public override void Backward(Tape tape) =>
            Kernels.Silu.Backward(tape.Cpu, X.Data, Output.Gradient, tape.Gradients.ToAdd(X));
    }
}
