// y = x + gate ⊙ branch      the residual connection of adaLN-Zero (Peebles & Xie 2023, arXiv 2212.09748, section 3.2)
//   x, branch [N, T, D]; gate [N, D] is a column chunk of a modulation matrix [N, k·D], one gate per sample.
//   A gate of zero makes the block around it the identity, which is how training begins.
// Backward:
//   dX += dY      dBranch += gate ⊙ dY      dGate += Σ over the sample's rows of branch ⊙ dY
// Saved: modulation, branch (by reference).

using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>The gated residual connection.</summary>
public static class GatedAddOp
{
    // [doc:gated-add-op]
    /// <summary>y = x + gate ⊙ branch.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">The residual stream, [N, T, D].</param>
    /// <param name="modulation">Matrix [N, k·D] of which one column chunk is the gate.</param>
    /// <param name="gateChunk">Which chunk, 0 to k − 1.</param>
    /// <param name="branch">What is added, [N, T, D].</param>
    /// <returns>y, [N, T, D].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or there is no such chunk.</exception>
    public static Variable GatedAdd(this Tape tape, Variable x, Variable modulation, int gateChunk, Variable branch)
    {
        Node xNode = tape.Resolve(x), mNode = tape.Resolve(modulation), bNode = tape.Resolve(branch);
        if (bNode.Shape != xNode.Shape) throw ShapeError.Of(nameof(branch), xNode.Shape.ToString(), bNode.Shape);
        ModulationChunk gate = new(mNode, xNode.Shape, gateChunk, nameof(gateChunk));
        Node y = tape.NewResult(xNode.Shape, xNode.NeedsGradient || mNode.NeedsGradient || bNode.NeedsGradient);
        Gate.Forward(
            tape.Cpu, xNode.Data, gate.Of(mNode.Data), bNode.Data,
            xNode.Shape.Rows, xNode.Shape.Last, gate.RowsPerSample, mNode.Shape.Last, y.Data);
        if (y.NeedsGradient)
        {
            GatedAddBackward record = tape.Record<GatedAddBackward>(y);
            (record.X, record.Modulation, record.Branch, record.Gate) = (xNode, mNode, bNode, gate);
        }

        return y.Handle;
    }

    private sealed class GatedAddBackward : Operation
    {
        public Node X = null!, Modulation = null!, Branch = null!;
        public ModulationChunk Gate;

        public override void Backward(Tape tape)
        {
            Span<float> dGate = Modulation.NeedsGradient ? Gate.Of(tape.Gradients.ToAdd(Modulation)) : [];
            Span<float> dBranch = Branch.NeedsGradient ? tape.Gradients.ToAdd(Branch) : [];
            Kernels.Gate.Backward(
                tape.Cpu, Gate.Of(Modulation.Data), Branch.Data, Output.Gradient, X.Shape.Rows, X.Shape.Last,
                Gate.RowsPerSample, Modulation.Shape.Last, [], dGate, dBranch);
            tape.Gradients.HandOn(Output, X); // dX += dY, last: it may take dY's memory
        }
    }
    // [/doc:gated-add-op]
}
