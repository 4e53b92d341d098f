// Where gradients of a step lie. Backward visits the operations in reverse, so the gradient of a computed value is
// complete when its operation's turn comes and dead when that turn is over: its memory then serves the next gradient
// of the same length, still warm in the cache. Gradients of parameters lie in the parameter store and are not ours.

using PureDit.Kernels;

namespace PureDit.Autodiff;

internal sealed class GradientMemory(Cpu cpu, Arena arena)
{
    private readonly Dictionary<int, Stack<Memory<float>>> _free = [];

    /// <summary>The gradient of a node to add to: zero at first.</summary>
    public Span<float> ToAdd(Node node)
    {
        Span<float> gradient = ToWrite(node, out bool accumulate);
        if (!accumulate) gradient.Clear();
        return gradient;
    }

    /// <summary>
    /// The gradient of a node for a kernel that can overwrite: undefined at first, and then
    /// <paramref name="accumulate"/> is false.
    /// </summary>
    public Span<float> ToWrite(Node node, out bool accumulate)
    {
        accumulate = node.HasGradient;
        if (!accumulate)
        {
            int length = node.Shape.Count;
            bool reuse = _free.TryGetValue(length, out Stack<Memory<float>>? free) && free.Count > 0;
            node.GradientMemory = reuse ? free!.Pop() : arena.Allocate(length);
            node.HasGradient = true;
        }

        return node.Gradient;
    }

    /// <summary>Adds the gradient of <paramref name="from"/> to that of <paramref name="to"/>, where that is wanted.</summary>
    public void Add(Node from, Node to)
    {
        if (!to.NeedsGradient) return;
        Span<float> gradient = ToWrite(to, out bool accumulate);
        if (accumulate) Elementwise.Axpy(cpu, 1, from.Gradient, gradient);
        else from.Gradient.CopyTo(gradient);
    }

    /// <summary>As <see cref="Add"/>, for the last use of a gradient: where nothing is there yet, its memory changes hands.</summary>
    public void HandOn(Node from, Node to)
    {
        if (to.NeedsGradient && !to.HasGradient)
        {
            (to.GradientMemory, to.HasGradient) = (from.GradientMemory, true);
            (from.GradientMemory, from.HasGradient) = (default, false);
        }
        else
        {
            Add(from, to);
        }
    }

    /// <summary>Takes back the memory of a gradient that nothing will read any more.</summary>
    public void Recycle(Node node)
    {
        if (!node.HasGradient) return;
        int length = node.Shape.Count;
        if (!_free.TryGetValue(length, out Stack<Memory<float>>? free)) _free[length] = free = new();
        free.Push(node.GradientMemory);
        (node.GradientMemory, node.HasGradient) = (default, false);
    }

    /// <summary>Forgets everything; the arena is about to be recycled.</summary>
    public void Reset()
    {
        foreach (Stack<Memory<float>> free in _free.Values) free.Clear();
    }
}
