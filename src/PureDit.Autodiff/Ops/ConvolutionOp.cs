// y[n, w, o] = b[o] + Σ_j Σ_c x[n, w·stride − padding + j, c] · W[o, j, c]      zeros outside the sequence
//   x [N, T, C], W [Out, size, C], b [Out], y [N, T', Out],  T' = ⌊(T + 2·padding − size)/stride⌋ + 1.
//   A linear layer of the windows (im2col), as the patch embedding is one of patches.
// Backward: that of the linear layer, then each window's gradient to the frames that it saw.
// Saved: the windows (size times the memory of x; what makes all three products plain matrix products).

using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>One-dimensional convolution over the frames of sequences.</summary>
public static class ConvolutionOp
{
    // [doc:convolution-op]
    /// <summary>Convolution over frames.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Sequences, [N, T, C].</param>
    /// <param name="weight">W, [Out, size, C].</param>
    /// <param name="bias">b, [Out].</param>
    /// <param name="stride">Frames between successive windows; 2 halves the length.</param>
    /// <param name="padding">Frames of zeros at both ends; (size − 1)/2 keeps the length.</param>
    /// <returns>y, [N, T', Out].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or no window does.</exception>
    public static Variable Convolution(this Tape tape, Variable x, Variable weight, Variable bias, int stride = 1, int padding = 0)
    {
        Node wNode = tape.Resolve(weight);
        if (wNode.Shape.Rank != 3) throw ShapeError.Of(nameof(weight), "[Out, size, C]", wNode.Shape);
        Variable windows = tape.Unfold(x, wNode.Shape[1], stride, padding); // [N, T', size·C]
        return tape.Linear(windows, weight, bias);
    }
    // [/doc:convolution-op]

    /// <summary>The windows of sequences, zeros outside them.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Sequences, [N, T, C].</param>
    /// <param name="size">Frames of a window.</param>
    /// <param name="stride">Frames between successive windows.</param>
    /// <param name="padding">Frames of zeros at both ends.</param>
    /// <returns>[N, T', size·C], frame by frame.</returns>
    /// <exception cref="ArgumentException">The shape does not fit, or no window does.</exception>
    public static Variable Unfold(this Tape tape, Variable x, int size, int stride = 1, int padding = 0)
    {
        Node xNode = tape.Resolve(x);
        if (xNode.Shape.Rank != 3) throw ShapeError.Of(nameof(x), "[N, T, C]", xNode.Shape);
        WindowShape shape = new(xNode.Shape[0], xNode.Shape[1], xNode.Shape[2], size, stride, padding);
        if (size < 1 || stride < 1 || shape.Windows == 0)
        {
            throw new ArgumentException($"size: expected 1 to {shape.Frames + (2 * padding)} frames and a stride of 1 or more, got size {size}, stride {stride}.", nameof(size));
        }

        Node y = tape.NewResult(new Shape(shape.Samples, shape.Windows, shape.Width), xNode.NeedsGradient);
        Kernels.Unfold.Forward(tape.Cpu, xNode.Data, shape, y.Data);
        if (y.NeedsGradient)
        {
            UnfoldBackward record = tape.Record<UnfoldBackward>(y);
            (record.X, record.Shape) = (xNode, shape);
        }

        return y.Handle;
    }

    private sealed class UnfoldBackward : Operation
    {
        public Node X = null!;
        public WindowShape Shape;

        public override void Backward(Tape tape) =>
            Kernels.Unfold.Backward(tape.Cpu, Output.Gradient, Shape, tape.Gradients.ToAdd(X));
    }
}
