// y = (x − mean)/√(variance + ε) · (1 + scale) + shift      statistics over the frames of a sample and a group of channels
//   x [N, T, D];  shift, scale: learned [D], the same for all samples; or columns of a modulation matrix [N, k·D], chunk c
//   being columns c·D to (c+1)·D, one per sample ("AdaGN" of Dhariwal & Nichol 2021, arXiv 2105.05233, section 3).
//   Wu & He 2018, arXiv 1803.08494.
// Backward: dX, dShift, dScale; see the kernel.  Saved: x, shift, scale (by reference), mean and inverse deviation per group.

using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>Group normalisation with a learned or an adaptive shift and scale.</summary>
public static class GroupNormOp
{
    /// <summary>The usual ε.</summary>
    public const float DefaultEpsilon = 1e-5f;

    /// <summary>Normalises every group and applies a shift and a scale per channel, learned.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Input, [N, T, D].</param>
    /// <param name="shift">[D].</param>
    /// <param name="scale">[D]; values are multiplied by 1 + scale.</param>
    /// <param name="groups">Number of groups; a divisor of D.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Variable GroupNorm(this Tape tape, Variable x, Variable shift, Variable scale, int groups, float epsilon = DefaultEpsilon)
    {
        Node xNode = tape.Resolve(x), shiftNode = tape.Resolve(shift), scaleNode = tape.Resolve(scale);
        GroupNormShape shape = Sizes(xNode.Shape, groups);
        if (shiftNode.Shape.Count != shape.Channels) throw ShapeError.Of(nameof(shift), $"[{shape.Channels}]", shiftNode.Shape);
        if (scaleNode.Shape.Count != shape.Channels) throw ShapeError.Of(nameof(scale), $"[{shape.Channels}]", scaleNode.Shape);
        return Normalize(tape, xNode, new Affine(shiftNode, scaleNode, default, default, 0), shape, epsilon);
    }

    // [doc:group-norm-modulate-op]
    /// <summary>Normalises every group and applies its sample's shift and scale.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Input, [N, T, D].</param>
    /// <param name="modulation">Matrix [N, k·D] of which two column chunks of width D are used.</param>
    /// <param name="shiftChunk">Which chunk is the shift, 0 to k − 1.</param>
    /// <param name="scaleChunk">Which chunk is the scale; values are multiplied by 1 + scale.</param>
    /// <param name="groups">Number of groups; a divisor of D.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or there is no such chunk.</exception>
    public static Variable GroupNormModulate(
        this Tape tape, Variable x, Variable modulation, int shiftChunk, int scaleChunk, int groups, float epsilon = DefaultEpsilon)
    {
        Node xNode = tape.Resolve(x), mNode = tape.Resolve(modulation);
        GroupNormShape shape = Sizes(xNode.Shape, groups);
        ModulationChunk shift = new(mNode, xNode.Shape, shiftChunk, nameof(shiftChunk));
        ModulationChunk scale = new(mNode, xNode.Shape, scaleChunk, nameof(scaleChunk));
        return Normalize(tape, xNode, new Affine(mNode, mNode, shift, scale, mNode.Shape.Last), shape, epsilon);
    }
    // [/doc:group-norm-modulate-op]

    private static GroupNormShape Sizes(Shape x, int groups)
    {
        if (x.Rank != 3 || groups < 1 || x[2] % groups != 0 || x[1] * x[2] == 0)
        {
            throw ShapeError.Of(nameof(x), $"[N, T, D] with D a multiple of {groups} groups", x);
        }

        return new(x[0], x[1], x[2], groups);
    }

    private static Variable Normalize(Tape tape, Node x, Affine affine, GroupNormShape shape, float epsilon)
    {
        Node y = tape.NewResult(x.Shape, x.NeedsGradient || affine.ShiftNode.NeedsGradient || affine.ScaleNode.NeedsGradient);
        Memory<float> mean = tape.Scratch(shape.StatisticsLength), inverseStd = tape.Scratch(shape.StatisticsLength);
        Kernels.GroupNorm.Forward(
            tape.Cpu, x.Data, affine.Shift.Of(affine.ShiftNode.Data), affine.Scale.Of(affine.ScaleNode.Data), shape, affine.Stride,
            epsilon, y.Data, mean.Span, inverseStd.Span);
        if (y.NeedsGradient)
        {
            GroupNormBackward record = tape.Record<GroupNormBackward>(y);
            (record.X, record.Affine, record.Shape, record.Mean, record.InverseStd) = (x, affine, shape, mean, inverseStd);
        }

        return y.Handle;
    }

    /// <summary>Where shift and scale lie: from a chunk's first column on, a row of a stride's values per sample; 0 = one row.</summary>
    private readonly record struct Affine(Node ShiftNode, Node ScaleNode, ModulationChunk Shift, ModulationChunk Scale, int Stride);

    private sealed class GroupNormBackward : Operation
    {
        public Node X = null!;
        public Affine Affine;
        public GroupNormShape Shape;
        public Memory<float> Mean, InverseStd;

        public override void Backward(Tape tape)
        {
            Span<float> dShift = Affine.ShiftNode.NeedsGradient ? Affine.Shift.Of(tape.Gradients.ToAdd(Affine.ShiftNode)) : [];
            Span<float> dScale = Affine.ScaleNode.NeedsGradient ? Affine.Scale.Of(tape.Gradients.ToAdd(Affine.ScaleNode)) : [];
            Kernels.GroupNorm.Backward(
                tape.Cpu, X.Data, Affine.Scale.Of(Affine.ScaleNode.Data), Mean.Span, InverseStd.Span, Output.Gradient, Shape, Affine.Stride,
                X.NeedsGradient ? tape.Gradients.ToAdd(X) : [], dShift, dScale);
        }
    }
}
