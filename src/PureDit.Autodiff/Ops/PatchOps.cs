// Images to tokens and back: token h·(W/P) + w holds the P × P patch at row h·P, column w·P.
//   Patchify    image [N, C, H, W] → tokens [N, T, C·P·P], values within a token ordered (c, p, q), p down, q across:
//               the order of a convolution's kernel, so that the patch embedding is a linear layer
//   Unpatchify  tokens [N, T, P·P·C] → image [N, C, S, S], values within a token ordered (p, q, c), as published
// T = (H/P)·(W/P). Both only move values; each backward is the opposite move of the same order. Saved: nothing.

namespace PureDit.Autodiff;

/// <summary>Cuts images into tokens and puts them together again.</summary>
public static class PatchOps
{
    /// <summary>Cuts images into tokens, values ordered (c, p, q).</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Images, [N, C, H, W].</param>
    /// <param name="patch">P; divides H and W.</param>
    /// <returns>Tokens, [N, (H/P)·(W/P), C·P·P].</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public static Variable Patchify(this Tape tape, Variable x, int patch)
    {
        Node xNode = tape.Resolve(x);
        ArgumentOutOfRangeException.ThrowIfLessThan(patch, 1);
        Shape s = xNode.Shape;
        if (s.Rank != 4 || s[2] % patch != 0 || s[3] % patch != 0)
        {
            throw ShapeError.Of(nameof(x), $"[N, C, H, W] with H and W multiples of {patch}", s);
        }

        PatchOrder order = new(s[0], s[1], s[2], s[3], patch, channelsFirst: true);
        Node y = tape.NewResult(new Shape(s[0], s[2] / patch * (s[3] / patch), s[1] * patch * patch), xNode.NeedsGradient);
        order.ToTokens(xNode.Data, y.Data, add: false);
        if (y.NeedsGradient)
        {
            PatchifyBackward record = tape.Record<PatchifyBackward>(y);
            (record.X, record.Order) = (xNode, order);
        }

        return y.Handle;
    }

    /// <summary>Puts a square grid of tokens together to images; values within a token are ordered (p, q, c).</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Tokens, [N, T, P·P·C], T a square number.</param>
    /// <param name="patch">P.</param>
    /// <returns>Images, [N, C, √T·P, √T·P].</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public static Variable Unpatchify(this Tape tape, Variable x, int patch)
    {
        Node xNode = tape.Resolve(x);
        ArgumentOutOfRangeException.ThrowIfLessThan(patch, 1);
        Shape s = xNode.Shape;
        int side = s.Rank == 3 ? (int)Math.Round(Math.Sqrt(s[1])) : 0;
        if (s.Rank != 3 || side * side != s[1] || s[2] % (patch * patch) != 0)
        {
            throw ShapeError.Of(nameof(x), $"[N, T, {patch} x {patch} x C] with T a square number", s);
        }

        PatchOrder order = new(s[0], s[2] / (patch * patch), side * patch, side * patch, patch, channelsFirst: false);
        Node y = tape.NewResult(new Shape(s[0], order.Channels, order.Height, order.Width), xNode.NeedsGradient);
        order.ToImages(xNode.Data, y.Data, add: false);
        if (y.NeedsGradient)
        {
            UnpatchifyBackward record = tape.Record<UnpatchifyBackward>(y);
            (record.X, record.Order) = (xNode, order);
        }

        return y.Handle;
    }

    private sealed class PatchifyBackward : Operation
    {
        public Node X = null!;
        public PatchOrder Order;

        public override void Backward(Tape tape)
        {
            Span<float> dX = tape.Gradients.ToWrite(X, out bool accumulate);
            Order.ToImages(Output.Gradient, dX, accumulate);
        }
    }

    private sealed class UnpatchifyBackward : Operation
    {
        public Node X = null!;
        public PatchOrder Order;

        public override void Backward(Tape tape)
        {
            Span<float> dX = tape.Gradients.ToWrite(X, out bool accumulate);
            Order.ToTokens(Output.Gradient, dX, accumulate);
        }
    }

    // [doc:patch-order]
    /// <summary>The one loop nest behind both directions: image[n, c, hP + p, wP + q] ↔ token[n, h, w][c, p, q in some order].</summary>
    private readonly record struct PatchOrder(int Samples, int Channels, int Height, int Width, int Patch, bool channelsFirst)
    {
        private readonly int _channelStride = channelsFirst ? Patch * Patch : 1;
        private readonly int _pixelStride = channelsFirst ? 1 : Channels;

        public void ToTokens(ReadOnlySpan<float> images, Span<float> tokens, bool add)
        {
            for (int row = 0; row < Samples * Channels * Height; row++)
            {
                ReadOnlySpan<float> pixels = images.Slice(row * Width, Width);
                for (int column = 0, at = TokenIndex(row); column < Width; column++, at += Step(column))
                {
                    tokens[at] = add ? tokens[at] + pixels[column] : pixels[column];
                }
            }
        }

        public void ToImages(ReadOnlySpan<float> tokens, Span<float> images, bool add)
        {
            for (int row = 0; row < Samples * Channels * Height; row++)
            {
                Span<float> pixels = images.Slice(row * Width, Width);
                for (int column = 0, at = TokenIndex(row); column < Width; column++, at += Step(column))
                {
                    pixels[column] = add ? pixels[column] + tokens[at] : tokens[at];
                }
            }
        }

        /// <summary>Where column 0 of an image row (n, c, y) lies among the tokens.</summary>
        private int TokenIndex(int row)
        {
            int y = row % Height, c = row / Height % Channels, n = row / (Height * Channels);
            int token = ((n * (Height / Patch)) + (y / Patch)) * (Width / Patch);
            return (token * Channels * Patch * Patch) + (c * _channelStride) + (y % Patch * Patch * _pixelStride);
        }

        /// <summary>The way from the column before to this one: within a patch, or on to the next token.</summary>
        private int Step(int column) =>
            column % Patch != 0 ? _pixelStride : (Channels * Patch * Patch) - ((Patch - 1) * _pixelStride);
    }
    // [/doc:patch-order]
}
