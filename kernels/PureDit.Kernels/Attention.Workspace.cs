// Scratch memory of attention. Rows are padded to 16 lanes, and tiles may reach up to seven rows too far: what
// stands there is arbitrary and only reaches padding of the results.

namespace PureDit.Kernels;

public static partial class Attention
{
    private const int Overrun = MatMul.TileRows;

    private readonly unsafe struct ForwardWorkspace
    {
        public readonly float* Queries, Values, Output, Edge, Maximum, Sum, Factor;

        /// <summary>Transposed: a row of queries for each key.</summary>
        public readonly Matrix Scores;

        public ForwardWorkspace(AttentionShape shape, int queries)
        {
            int size = PadLanes(shape.HeadSize), columns = PadLanes(queries), scores = (Block + Overrun) * columns;
            float* next = Scratch.Rent(
                (size * (columns + Block + columns + Overrun + Overrun)) + scores + (2 * columns) + PanelWidth);
            Queries = next;
            Values = next += columns * size;
            Output = next += Block * size;
            Edge = next += (columns + Overrun) * size;
            Scores = new Matrix(next += Overrun * size, columns);
            Maximum = next += scores;
            Sum = next += columns;
            Factor = next + columns;
        }
    }

    private readonly unsafe struct BackwardWorkspace
    {
        public readonly float* QueryPanels, DOutputPanels, OutputPanel, Queries, DOutput, DQuery, Keys, DKey, DValue, Edge, LogSumExp, Delta;

        /// <summary>Transposed: a row of queries for each key.</summary>
        public readonly Matrix Scores, DScores;

        public BackwardWorkspace(AttentionShape shape, int queries)
        {
            int size = PadLanes(shape.HeadSize), all = PadLanes(queries), columns = Math.Min(Block, all);
            int scores = (Block + Overrun) * columns, rows = (Block + Overrun) * size;
            nint operand = (nint)(all + Overrun) * size;
            float* next = Scratch.Rent((5 * operand) + (3 * rows) + (size * (PanelWidth + Overrun)) + (2 * scores) + (2 * all));
            QueryPanels = next;
            DOutputPanels = next += operand;
            Queries = next += operand;
            DOutput = next += operand;
            DQuery = next += operand;
            Keys = next += operand;
            DKey = next += rows;
            DValue = next += rows;
            OutputPanel = next += rows;
            Edge = next += PanelWidth * size;
            Scores = new Matrix(next += Overrun * size, columns);
            DScores = new Matrix(next += scores, columns);
            LogSumExp = next += scores;
            Delta = next + all;
        }
    }
}
