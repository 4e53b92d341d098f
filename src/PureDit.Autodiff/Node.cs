using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>
/// What a tape keeps of one value: where it lies, and where its gradient lies once backward has reached it. Nodes are
/// pooled by position and stamped anew for every use, which is how a handle of an earlier use is recognised.
/// </summary>
internal sealed class Node(Tape tape, int index)
{
    public Tape Tape { get; } = tape;

    /// <summary>Position on the tape.</summary>
    public int Index { get; } = index;

    /// <summary>Number of the present use; 0 while the node is free.</summary>
    public long Stamp { get; set; }

    public Shape Shape { get; set; }

    public Memory<float> Memory { get; set; }

    /// <summary>How the values lie in memory; anything but rows only for weights of linear layers.</summary>
    public WeightLayout Layout { get; set; }

    public bool NeedsGradient { get; set; }

    /// <summary>Whether an operation of this tape computed the value; its gradient is recycled once it has been used.</summary>
    public bool IsComputed { get; set; }

    public bool HasGradient { get; set; }

    public Memory<float> GradientMemory { get; set; }

    public Span<float> Data => Memory.Span;

    public Span<float> Gradient => GradientMemory.Span;

    public Variable Handle => new(this, Stamp);
}
