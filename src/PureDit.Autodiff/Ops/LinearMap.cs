using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>Operands of an affine map y = x·Wᵀ + b, checked, and its gradient: what all operations that contain one share.</summary>
internal readonly struct LinearMap
{
    public LinearMap(Node x, Node weight, Node bias)
    {
        (X, Weight, Bias) = (x, weight, bias);
        if (Weight.Shape.Rank < 2 || Weight.Shape[0] != Outputs || Weight.Shape.Count != (long)Outputs * Inputs)
        {
            throw ShapeError.Of(nameof(weight), $"[{Outputs}, {Inputs}] for x {x.Shape} and bias {bias.Shape}", weight.Shape);
        }

        if (NeedsGradient && weight.Layout != WeightLayout.Rows)
        {
            throw new InvalidOperationException("These weights are packed for inference and cannot be differentiated; load the model again.");
        }
    }

    public Node X { get; }

    public Node Weight { get; }

    public Node Bias { get; }

    public int Rows => X.Shape.Rows;

    public int Inputs => X.Shape.Last;

    public int Outputs => Bias.Shape.Count;

    public Shape OutputShape => X.Shape.WithLast(Outputs);

    public bool NeedsGradient => X.NeedsGradient || Weight.NeedsGradient || Bias.NeedsGradient;

    // [doc:linear-map-backward]
    /// <summary>Adds the gradients of x, W and b; dY is that of x·Wᵀ + b.</summary>
    public void Backward(Tape tape, ReadOnlySpan<float> dY)
    {
        if (X.NeedsGradient)
        {
            Span<float> dX = tape.Gradients.ToWrite(X, out bool accumulate);
            MatMul.Multiply(tape.Cpu, dY, false, Weight.Data, false, Rows, Inputs, Outputs, dX, accumulate);
        }

        if (Weight.NeedsGradient)
        {
            Span<float> dWeight = tape.Gradients.ToWrite(Weight, out bool accumulate);
            MatMul.Multiply(tape.Cpu, dY, true, X.Data, false, Outputs, Inputs, Rows, dWeight, accumulate);
        }

        if (Bias.NeedsGradient) Kernels.Rows.SumColumns(tape.Cpu, dY, Rows, Outputs, tape.Gradients.ToAdd(Bias));
    }
    // [/doc:linear-map-backward]
}
