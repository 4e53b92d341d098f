namespace PureDit.Autodiff;

/// <summary>
/// What the tape keeps of one operation to differentiate it: the nodes it read and wrote, and what forward saved.
/// Pooled by position, so an operation overwrites every field when it is recorded.
/// </summary>
internal abstract class Operation
{
    /// <summary>The node that the operation computed.</summary>
    public Node Output { get; set; } = null!;

    /// <summary>Adds to the gradients of what the operation read, from the gradient of what it wrote.</summary>
    public abstract void Backward(Tape tape);
}
