// y[n] = table[label n]
//   table [rows, D], y [N, D].
// Backward: dTable[label n] += dY[n], sample by sample in order (a label may occur twice).
// Saved: the labels (copied).

using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>Rows of a table, looked up by label.</summary>
public static class EmbeddingOp
{
    /// <summary>The table's row of every label.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="table">Table, [rows, D].</param>
    /// <param name="labels">N labels, each 0 to rows − 1.</param>
    /// <returns>y, [N, D].</returns>
    /// <exception cref="ArgumentException">The table is no matrix, or a label is out of range.</exception>
    public static Variable Embedding(this Tape tape, Variable table, ReadOnlySpan<int> labels)
    {
        Node tableNode = tape.Resolve(table);
        if (tableNode.Shape.Rank != 2) throw ShapeError.Of(nameof(table), "[rows, D]", tableNode.Shape);
        int rows = tableNode.Shape[0], width = tableNode.Shape[1];
        Node y = tape.NewResult(new Shape(labels.Length, width), tableNode.NeedsGradient);
        for (int n = 0; n < labels.Length; n++)
        {
            if ((uint)labels[n] >= (uint)rows)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(labels), labels[n], $"labels: expected 0 to {rows - 1} for table {tableNode.Shape}, got {labels[n]} at {n}.");
            }

            tableNode.Data.Slice(labels[n] * width, width).CopyTo(y.Data[(n * width)..]);
        }

        if (y.NeedsGradient)
        {
            EmbeddingBackward record = tape.Record<EmbeddingBackward>(y);
            record.Table = tableNode;
            record.Save(labels);
        }

        return y.Handle;
    }

    private sealed class EmbeddingBackward : Operation
    {
        private int[] _labels = [];

        public Node Table { get; set; } = null!;

        public void Save(ReadOnlySpan<int> labels)
        {
            if (_labels.Length < labels.Length) _labels = new int[labels.Length];
            labels.CopyTo(_labels);
        }

        public override void Backward(Tape tape)
        {
            int width = Output.Shape.Last;
            Span<float> dTable = tape.Gradients.ToAdd(Table);
            for (int n = 0; n < Output.Shape[0]; n++)
            {
                Elementwise.Axpy(tape.Cpu, 1, Output.Gradient.Slice(n * width, width), dTable.Slice(_labels[n] * width, width));
            }
        }
    }
}
