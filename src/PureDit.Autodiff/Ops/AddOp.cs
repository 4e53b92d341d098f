// z = x + y, shapes equal.                         Backward: dX += dZ, dY += dZ.
// z[n, t] = x[n, t] + table[t], a frozen table.    Backward: dX += dZ.
// Saved: nothing.

using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>Sums of two values, and of tokens and their position table.</summary>
public static class AddOp
{
    /// <summary>x + y.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Variable Add(this Tape tape, Variable x, Variable y)
    {
        Node xNode = tape.Resolve(x), yNode = tape.Resolve(y);
        if (xNode.Shape != yNode.Shape) throw ShapeError.Of(nameof(y), xNode.Shape.ToString(), yNode.Shape);
        Node z = tape.NewResult(xNode.Shape, xNode.NeedsGradient || yNode.NeedsGradient);
        Elementwise.Add(tape.Cpu, xNode.Data, yNode.Data, z.Data);
        if (z.NeedsGradient)
        {
            AddBackward record = tape.Record<AddBackward>(z);
            (record.X, record.Y) = (xNode, yNode);
        }

        return z.Handle;
    }

    /// <summary>Adds the position table to the tokens of every sample.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Tokens, [N, T, D].</param>
    /// <param name="table">Frozen table of T·D values, [T, D] or [1, T, D].</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or the table wants a gradient.</exception>
    public static Variable AddPositions(this Tape tape, Variable x, Variable table)
    {
        Node xNode = tape.Resolve(x), tableNode = tape.Resolve(table);
        if (xNode.Shape.Rank != 3 || tableNode.Shape.Last != xNode.Shape[2] || tableNode.Shape.Rows != xNode.Shape[1])
        {
            throw ShapeError.Of(nameof(table), $"[T, D] for x {xNode.Shape} = [N, T, D]", tableNode.Shape);
        }

        if (tableNode.NeedsGradient) throw new ArgumentException("table: expected a frozen table, got one that wants a gradient.", nameof(table));
        Node z = tape.NewResult(xNode.Shape, xNode.NeedsGradient);
        Rows.AddBroadcast(tape.Cpu, xNode.Data, tableNode.Data, xNode.Shape.Rows, xNode.Shape.Last, xNode.Shape[1], z.Data);
        if (z.NeedsGradient)
        {
            AddBackward record = tape.Record<AddBackward>(z);
            (record.X, record.Y) = (xNode, null);
        }

        return z.Handle;
    }

    private sealed class AddBackward : Operation
    {
        public Node X = null!;
        public Node? Y;

        public override void Backward(Tape tape)
        {
            if (Y is not null) tape.Gradients.Add(Output, Y);
            tape.Gradients.HandOn(Output, X);
        }
    }
}
