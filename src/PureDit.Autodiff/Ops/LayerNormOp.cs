// y = (x − mean)/√(variance + ε) · (1 + scale) + shift      per row of x, statistics over the row
//   x [N, T, D]; shift and scale [N, D] are columns of a modulation matrix [N, k·D]: chunk c is columns c·D to (c+1)·D.
//   One shift and scale per sample, the same for its T tokens: the "modulate" of adaptive layer norm
//   (Peebles & Xie 2023, arXiv 2212.09748, section 3.2). Without a modulation: plain normalisation.
// Backward: dX, and dShift and dScale summed over the rows of a sample, into the columns they came from.
// Saved: x, modulation (by reference), mean and inverse standard deviation of every row.

using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>Layer normalisation, with or without adaptive shift and scale; no affine parameters of its own.</summary>
public static class LayerNormOp
{
    /// <summary>The ε of the published DiT.</summary>
    public const float DefaultEpsilon = 1e-6f;

    // [doc:layer-norm-modulate-op]
    /// <summary>Normalises every row and applies its sample's shift and scale.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Input, [N, T, D].</param>
    /// <param name="modulation">Matrix [N, k·D] of which two column chunks of width D are used.</param>
    /// <param name="shiftChunk">Which chunk is the shift, 0 to k − 1.</param>
    /// <param name="scaleChunk">Which chunk is the scale; rows are multiplied by 1 + scale.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>y, [N, T, D].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or there is no such chunk.</exception>
    public static Variable LayerNormModulate(
        this Tape tape, Variable x, Variable modulation, int shiftChunk, int scaleChunk, float epsilon = DefaultEpsilon)
    {
        Node xNode = tape.Resolve(x), mNode = tape.Resolve(modulation);
        int width = xNode.Shape.Last;
        ModulationChunk shift = new(mNode, xNode.Shape, shiftChunk, nameof(shiftChunk));
        ModulationChunk scale = new(mNode, xNode.Shape, scaleChunk, nameof(scaleChunk));
        Node y = tape.NewResult(xNode.Shape, xNode.NeedsGradient || mNode.NeedsGradient);
        Memory<float> mean = tape.Scratch(xNode.Shape.Rows), inverseStd = tape.Scratch(xNode.Shape.Rows);
        LayerNorm.Forward(
            tape.Cpu, xNode.Data, shift.Of(mNode.Data), scale.Of(mNode.Data), xNode.Shape.Rows, width, shift.RowsPerSample,
            mNode.Shape.Last, epsilon, y.Data, mean.Span, inverseStd.Span);
        if (y.NeedsGradient)
        {
            LayerNormBackward record = tape.Record<LayerNormBackward>(y);
            (record.X, record.Modulation, record.Shift, record.Scale) = (xNode, mNode, shift, scale);
            (record.Mean, record.InverseStd) = (mean, inverseStd);
        }

        return y.Handle;
    }
    // [/doc:layer-norm-modulate-op]

    /// <summary>Normalises every row to mean 0 and variance 1.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Input, [.., D].</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static Variable LayerNormalize(this Tape tape, Variable x, float epsilon = DefaultEpsilon)
    {
        Node xNode = tape.Resolve(x);
        int rows = xNode.Shape.Rows, width = xNode.Shape.Last;
        Node y = tape.NewResult(xNode.Shape, xNode.NeedsGradient);
        Memory<float> mean = tape.Scratch(rows), inverseStd = tape.Scratch(rows);
        LayerNorm.Forward(tape.Cpu, xNode.Data, [], [], rows, width, 1, 0, epsilon, y.Data, mean.Span, inverseStd.Span);
        if (y.NeedsGradient)
        {
            LayerNormBackward record = tape.Record<LayerNormBackward>(y);
            (record.X, record.Modulation, record.Shift, record.Scale) = (xNode, null, default, default);
            (record.Mean, record.InverseStd) = (mean, inverseStd);
        }

        return y.Handle;
    }

    private sealed class LayerNormBackward : Operation
    {
        public Node X = null!;
        public Node? Modulation;
        public ModulationChunk Shift, Scale;
        public Memory<float> Mean, InverseStd;

        public override void Backward(Tape tape)
        {
            bool modulated = Modulation is { NeedsGradient: true };
            Span<float> dModulation = modulated ? tape.Gradients.ToAdd(Modulation!) : [];
            Span<float> dX = X.NeedsGradient ? tape.Gradients.ToAdd(X) : [];
            LayerNorm.Backward(
                tape.Cpu, X.Data, Modulation is null ? [] : Scale.Of(Modulation.Data), Mean.Span, InverseStd.Span,
                Output.Gradient, X.Shape.Rows, X.Shape.Last, Math.Max(1, Shift.RowsPerSample), Modulation?.Shape.Last ?? 0,
                dX, modulated ? Shift.Of(dModulation) : [], modulated ? Scale.Of(dModulation) : []);
        }
    }
}
