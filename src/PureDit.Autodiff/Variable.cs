namespace PureDit.Autodiff;

/// <summary>
/// A value on a tape: a handle of two words, valid until the step ends or the scope it was made in is released. It
/// owns nothing and needs no disposal. (Named as in the literature on automatic differentiation; <c>Tensor</c> is
/// the name of the platform's own type, see <see cref="TensorBridge"/>.)
/// </summary>
public readonly struct Variable
{
    private readonly Node? _node;
    private readonly long _stamp;

    internal Variable(Node node, long stamp) => (_node, _stamp) = (node, stamp);

    /// <summary>Sizes.</summary>
    /// <exception cref="InvalidOperationException">The value no longer exists.</exception>
    public Shape Shape => Live().Shape;

    /// <summary>The values, row-major.</summary>
    /// <exception cref="InvalidOperationException">The value no longer exists.</exception>
    public Span<float> Data => Live().Data;

    /// <summary>Whether backward computes a gradient with respect to this value or to something it was computed from.</summary>
    /// <exception cref="InvalidOperationException">The value no longer exists.</exception>
    public bool NeedsGradient => Live().NeedsGradient;

    /// <summary>
    /// The gradient of the loss with respect to an input that was made with <c>needsGradient</c>, or to a parameter.
    /// Gradients of computed values are recycled during backward.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The value no longer exists, was computed, needs no gradient, or backward has not run.
    /// </exception>
    public Span<float> Gradient
    {
        get
        {
            Node node = Live();
            return node.Tape.GradientOfLeaf(node);
        }
    }

    /// <summary>The node, if it is still in the use that this handle was made for.</summary>
    internal Node Live()
    {
        if (_node is null) throw new InvalidOperationException("This variable was never made by a tape (it is the default value).");
        if (_node.Stamp != _stamp)
        {
            throw new InvalidOperationException(
                "This variable belongs to a step that has finished or to a scope that was released; read or copy it before that.");
        }

        return _node;
    }
}
