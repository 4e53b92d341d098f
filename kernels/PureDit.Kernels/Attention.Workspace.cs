// Scratch memory of attention. Rows are padded to 16 lanes, and tiles may reach up to seven rows too far: what
// stands there is arbitrary and only reaches padding of the results.

namespace PureDit.Kernels;

public static partial class Attention
{
    private const int Overrun = MatMul.TileRows;

    private readonly unsafe struct ForwardWorkspace
    {
        public readonly float* Queries, Values, Output, Edge, Scores, Maximum, Sum, Factor;

        public ForwardWorkspace(AttentionShape shape, int queries)
        {
            int size = PadLanes(shape.HeadSize), columns = PadLanes(queries), panel = MatMul.PanelColumns;
            float* next = Scratch.Rent((size * (columns + Block + columns + Overrun)) + ((Block + Overrun) * panel) + (2 * columns) + panel);
            Queries = next;
            Values = next += columns * size;
            Output = next += Block * size;
            Edge = next += columns * size;
            Scores = next += Overrun * size;
            Maximum = next += (Block + Overrun) * panel;
            Sum = next += columns;
            Factor = next + columns;
        }
    }

    private readonly unsafe struct BackwardWorkspace
    {
        public readonly float* Queries, DOutput, DQuery, Keys, KeyPanels, ValuePanels, DKey, DValue, Scores, DScores, Transposed, LogSumExp, Delta;

        public BackwardWorkspace(AttentionShape shape, int queries)
        {
            int size = PadLanes(shape.HeadSize), operand = Block * size, scores = (QueryBlock + Overrun) * MatMul.PanelColumns;
            nint all = (nint)(queries + Overrun) * size;
            float* next = Scratch.Rent((3 * all) + (5 * operand) + (2 * scores) + (MatMul.PanelColumns * size) + (2 * PadLanes(queries)));
            Queries = next;
            DOutput = next += all;
            DQuery = next += all;
            Keys = next += all;
            KeyPanels = next += operand;
            ValuePanels = next += operand;
            DKey = next += operand;
            DValue = next += operand;
            Scores = next += operand;
            DScores = next += scores;
            Transposed = next += scores;
            LogSumExp = next += MatMul.PanelColumns * size;
            Delta = next + PadLanes(queries);
        }
    }
}
