// The bridge to System.Numerics.Tensors, the platform's interchange type: views without a copy of a variable's or a
// parameter's values, and variables made from a tensor span. Inside, everything is dense spans.

using System.Numerics.Tensors;

namespace PureDit.Autodiff;

/// <summary>Conversions between variables and the tensors of <c>System.Numerics.Tensors</c>.</summary>
public static class TensorBridge
{
    /// <summary>Starts a variable from a tensor, dense or not; the values are copied.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="values">Values of any rank up to 5.</param>
    /// <param name="needsGradient">Whether the gradient with respect to it is wanted.</param>
    public static Variable Input(this Tape tape, in ReadOnlyTensorSpan<float> values, bool needsGradient = false)
    {
        Variable result = tape.Input(Shape.FromLengths(values.Lengths), needsGradient);
        values.FlattenTo(result.Data);
        return result;
    }

    /// <summary>A variable's values as a tensor span of its shape; valid as long as the variable.</summary>
    public static ReadOnlyTensorSpan<float> AsTensorSpan(this Variable variable) => Span(variable.Data, variable.Shape);

    /// <summary>A copy of a variable's values that outlives the step.</summary>
    public static Tensor<float> ToTensor(this Variable variable)
    {
        Span<nint> lengths = stackalloc nint[Shape.MaxRank];
        variable.Shape.CopyTo(lengths);
        return Tensor.Create(variable.Data.ToArray(), lengths[..variable.Shape.Rank]);
    }

    internal static TensorSpan<float> Span(Span<float> values, Shape shape)
    {
        Span<nint> lengths = stackalloc nint[Shape.MaxRank];
        shape.CopyTo(lengths);
        return new TensorSpan<float>(values, lengths[..shape.Rank]);
    }
}
