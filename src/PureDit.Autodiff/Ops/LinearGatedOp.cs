// y = r + gate ⊙ branch,  branch = x·Wᵀ + b      the end of a branch of adaLN-Zero, in one pass over memory
//   r, y [N, T, D]; gate [N, D] is a column chunk of a modulation matrix [N, k·D], as in GatedAddOp.
// Backward:  dR += dY,  dGate += Σ over the sample's rows of branch ⊙ dY,  dBranch = gate ⊙ dY, then as LinearOp.
// Saved: x, W, modulation (by reference), branch.

using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>An affine map and the gated residual connection after it.</summary>
public static class LinearGatedOp
{
    /// <summary>y = r + gate ⊙ (x·Wᵀ + b); the same bits as the two operations one after the other.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Input of the affine map, [N, T, In].</param>
    /// <param name="weight">W, [D, In].</param>
    /// <param name="bias">b, [D].</param>
    /// <param name="residual">The residual stream r, [N, T, D].</param>
    /// <param name="modulation">Matrix [N, k·D] of which one column chunk is the gate.</param>
    /// <param name="gateChunk">Which chunk, 0 to k − 1.</param>
    /// <param name="branch">The affine map's own result, if <paramref name="keepBranch"/> or the tape records; else unusable.</param>
    /// <param name="keepBranch">Whether to keep the affine map's own result on a tape that does not record.</param>
    /// <returns>y, [N, T, D].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or there is no such chunk.</exception>
    public static Variable LinearGated(
        this Tape tape, Variable x, Variable weight, Variable bias, Variable residual, Variable modulation, int gateChunk,
        out Variable branch, bool keepBranch = false)
    {
        LinearMap map = new(tape.Resolve(x), tape.Resolve(weight), tape.Resolve(bias));
        Node rNode = tape.Resolve(residual), mNode = tape.Resolve(modulation);
        if (rNode.Shape != map.OutputShape) throw ShapeError.Of(nameof(residual), map.OutputShape.ToString(), rNode.Shape);
        ModulationChunk gate = new(mNode, rNode.Shape, gateChunk, nameof(gateChunk));
        Node y = tape.NewResult(rNode.Shape, map.NeedsGradient || rNode.NeedsGradient || mNode.NeedsGradient);
        Node? b = keepBranch || y.NeedsGradient ? tape.NewResult(rNode.Shape, y.NeedsGradient) : null;
        MatMul.LinearGated(
            tape.Cpu, map.X.Data, map.Weight.Data, map.Bias.Data, map.Rows, map.Inputs, map.Outputs,
            rNode.Data, gate.Of(mNode.Data), gate.RowsPerSample, mNode.Shape.Last, b is null ? [] : b.Data, y.Data, map.Weight.Layout);
        branch = b is null ? default : b.Handle;
        if (y.NeedsGradient)
        {
            LinearGatedBackward record = tape.Record<LinearGatedBackward>(y);
            (record.Map, record.Residual, record.Modulation, record.Gate, record.Branch) = (map, rNode, mNode, gate, b!);
        }

        return y.Handle;
    }

    private sealed class LinearGatedBackward : Operation
    {
        public LinearMap Map;
        public Node Residual = null!, Modulation = null!, Branch = null!;
        public ModulationChunk Gate;

        public override void Backward(Tape tape)
        {
            Span<float> dGate = Modulation.NeedsGradient ? Gate.Of(tape.Gradients.ToAdd(Modulation)) : [];
            Span<float> dBranch = Map.NeedsGradient ? tape.Gradients.ToAdd(Branch) : [];
            Kernels.Gate.Backward(
                tape.Cpu, Gate.Of(Modulation.Data), Branch.Data, Output.Gradient, Map.Rows, Map.Outputs,
                Gate.RowsPerSample, Modulation.Shape.Last, [], dGate, dBranch);
            tape.Gradients.HandOn(Output, Residual); // dR += dY: it may take dY's memory
            if (!Map.NeedsGradient) return;
            Map.Backward(tape, Branch.Gradient);
            tape.Gradients.Recycle(Branch);
        }
    }
}
