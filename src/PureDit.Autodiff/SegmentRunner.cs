namespace PureDit.Autodiff;

/// <summary>
/// Runs the segments of a tape on a second one, whose values the next segment overwrites. Gradients lie where those of
/// the first tape lie: what a segment adds to, and in which order, is as if it had run there, hence the same bits.
/// </summary>
internal sealed class SegmentRunner(Tape inner, GradientMemory gradients)
{
    private Operation? _present; // whose inner values are there
    private Node _x = null!, _condition = null!, _y = null!;

    public long ReservedBytes => inner.ReservedBytes;

    /// <summary>Drops what is there; a step begins.</summary>
    public void Forget()
    {
        _present = null;
        inner.Begin();
    }

    /// <summary>The result of a segment, on the second tape: good until the next run.</summary>
    public Node Run(Segment segment, Node x, Node condition)
    {
        Forget();
        _x = inner.Borrow(x);
        _condition = condition == x ? _x : inner.Borrow(condition);
        _y = inner.Resolve(segment(inner, _x.Handle, _condition.Handle), nameof(segment));
        if (!_y.IsComputed) throw new ArgumentException("segment: expected a result that it computes, got one that it was given.", nameof(segment));
        return _y;
    }

    /// <summary>Says whose inner values the last run left: the last segment of a step need not run again.</summary>
    public void Keep(Operation operation) => _present = operation;

    /// <summary>From the gradient of an operation's output to those of x, the condition, and the parameters.</summary>
    public void Backward(Operation operation, Segment segment, Node x, Node condition)
    {
        if (_present != operation) Run(segment, x, condition);
        _present = null;
        Move(x, _x);
        Move(condition, _condition);
        gradients.HandOn(operation.Output, _y);
        inner.BackwardFromOutputs();
        Move(_x, x);
        Move(_condition, condition);
    }

    private static void Move(Node from, Node to)
    {
        if (!from.HasGradient) return; // none so far, or x and the condition are the same value
        (to.GradientMemory, to.HasGradient) = (from.GradientMemory, true);
        (from.GradientMemory, from.HasGradient) = (default, false);
    }
}
