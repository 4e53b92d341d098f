// y = segment(x, condition)      a stretch of a model, of which only x, the condition and y are kept
// Backward runs the segment forward again, then backward: the memory of one segment for one more forward pass
// (Chen, Xu, Zhang & Guestrin, Training deep nets with sublinear memory cost, 2016, arXiv 1604.06174).
// Saved: x, condition (by reference). On a tape that does not recompute, the segment's operations are recorded one by one.

namespace PureDit.Autodiff;

/// <summary>
/// A stretch of a model as a function of two values and of parameters. It may run twice in a step, and must do the same
/// both times: no other variables than its arguments and those it makes, and nothing that changes in between.
/// </summary>
/// <param name="tape">Where to run; not necessarily the tape of the step.</param>
/// <param name="x">What flows through the stretch.</param>
/// <param name="condition">What every stretch of the model sees.</param>
public delegate Variable Segment(Tape tape, Variable x, Variable condition);

/// <summary>Recomputation of a segment's inner values.</summary>
public static class SegmentOp
{
    // [doc:segment-op]
    /// <summary>The result of a segment; the same bits, and the same gradients, as those of calling it.</summary>
    /// <param name="tape">The tape of the running step; see its <c>recompute</c>.</param>
    /// <param name="segment">What to run. Keep the delegate: making one for every step allocates.</param>
    /// <param name="x">First argument.</param>
    /// <param name="condition">Second argument.</param>
    /// <exception cref="ArgumentException">The tape recomputes, and the segment uses a variable of another tape, or computes nothing.</exception>
    public static Variable Segment(this Tape tape, Segment segment, Variable x, Variable condition)
    {
        ArgumentNullException.ThrowIfNull(segment);
        if (tape.Segments is null) return segment(tape, x, condition);
        Node xNode = tape.Resolve(x), cNode = tape.Resolve(condition), inner = tape.Segments.Run(segment, xNode, cNode);
        Node y = tape.NewResult(inner.Shape, inner.NeedsGradient);
        inner.Data.CopyTo(y.Data);
        if (y.NeedsGradient)
        {
            SegmentBackward record = tape.Record<SegmentBackward>(y);
            (record.Segment, record.X, record.Condition) = (segment, xNode, cNode);
            tape.Segments.Keep(record);
        }

        return y.Handle;
    }

    private sealed class SegmentBackward : Operation
    {
        public Segment Segment = null!;
        public Node X = null!, Condition = null!;

        public override void Backward(Tape tape) => tape.Segments!.Backward(this, Segment, X, Condition);
    }
    // [/doc:segment-op]
}
