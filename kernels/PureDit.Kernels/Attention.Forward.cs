using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class Attention
{
    /// <summary>Items are (head, block of queries), the blocks of a head next to one another.</summary>
    private unsafe struct ForwardKernel : IKernel
    {
        public AttentionShape Shape;
        public Band Keys;
        public Tensor Q, K, V, O;
        public float* LogSumExp;
        private int _blockQueries, _blocks;

        public void Run(Cpu cpu)
        {
            int heads = Shape.Batch * Shape.Heads, panels = (Shape.Tokens + MatMul.PanelColumns - 1) / MatMul.PanelColumns;
            if (heads == 0 || panels == 0) return;

            // Small blocks where whole ones are too few for the threads. No bit depends on where a block begins.
            int wanted = cpu.Threads == 1 ? 1 : ((4 * cpu.Threads) + heads - 1) / heads;
            _blockQueries = Math.Clamp(panels / wanted, 1, Block / MatMul.PanelColumns) * MatMul.PanelColumns;
            _blocks = (Shape.Tokens + _blockQueries - 1) / _blockQueries;
            double operations = 4.0 * Shape.Keys * Math.Min(_blockQueries, Shape.Tokens) * Shape.HeadSize;
            cpu.Run(heads * _blocks, (int)Math.Ceiling(OperationsPerRange / Math.Max(1, operations)), this);
        }

        [MethodImpl(Jit.KernelBody)]
        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            ForwardWorkspace w = new(Shape, Math.Min(_blockQueries, Shape.Tokens));
            for (int item = begin; item < end; item++)
            {
                int first = item % _blocks * _blockQueries;
                Queries<V, S>(w, item / _blocks, first, Math.Min(_blockQueries, Shape.Tokens - first));
            }
        }

        // [doc:attention-block]
        // One block of queries against all keys that they see. Outputs are summed transposed, 48 queries to a panel.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Queries<V, S>(in ForwardWorkspace w, int head, int first, int queries)
            where V : struct where S : struct, ISimd<V>
        {
            Matrix k = K.Head(Shape, head), v = this.V.Head(Shape, head);
            int size = Shape.HeadSize, rows = PadRows(size), padded = PadLanes(queries);
            PackTransposed(Q.Head(Shape, head).From(first), queries, size, w.Queries);
            new Span<float>(w.Output, padded * rows).Clear();
            new Span<float>(w.Maximum, padded).Fill(Nothing);
            new Span<float>(w.Sum, padded).Clear();

            (int start, int end) = Keys.Seen(first, first + queries, 0, Shape.Keys);
            for (int key = start / Block * Block; key < end; key += Block)
            {
                int from = Math.Max(start, key), to = Math.Min(end, key + Block);
                Matrix values = CopyRows<V, S>(v.From(from), to - from, size, w.Values);
                for (int panel = 0, columns; panel < queries; panel += columns)
                {
                    columns = PanelWidth(queries - panel);
                    Panel<V, S>(w, k, values, from, to, first, panel, Math.Min(columns, queries - panel));
                }
            }

            for (int panel = 0, columns; panel < queries; panel += columns)
            {
                columns = PanelWidth(queries - panel);
                WriteOutput<V, S>(w, panel, Math.Min(columns, queries - panel), O.Head(Shape, head).From(first + panel));
            }

            if (LogSumExp != null) LogSums<V, S>(w.Maximum, w.Sum, queries, LogSumExp + ((nint)head * Shape.Tokens) + first);
        }

        // What keys [from, to) add to a panel of queries.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Panel<V, S>(in ForwardWorkspace w, Matrix k, Matrix values, int from, int to, int block, int panel, int queries)
            where V : struct where S : struct, ISimd<V>
        {
            int first = block + panel, columns = PadLanes(queries), size = Shape.HeadSize;
            (int start, int end) = Keys.Seen(first, first + queries, from, to);
            if (start == end) return;
            Matrix scores = new(w.Scores, columns), output = new(w.Output + ((nint)panel * PadRows(size)), columns);
            Scores<V, S>(w, k, start, end, w.Queries + ((nint)panel * size), scores);
            Hide(Keys.Transposed, start, end, first, queries, float.NegativeInfinity, scores);
            Probabilities<V, S>(scores, end - start, columns, ExponentScale(Shape), w.Maximum + panel, w.Sum + panel, w.Factor);
            Hide(Keys.Transposed, start, end, first, queries, 0, scores);
            ScaleColumns<V, S>(output, size, columns, w.Factor);
            AddProduct<V, S>(values.From(start - from), PadRows(size), scores, end - start, columns, output);
        }
        // [/doc:attention-block]

        // Keys stay where they are; of the last ones, of which a tile would read too many, there is a copy.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Scores<V, S>(in ForwardWorkspace w, Matrix k, int start, int end, float* queries, Matrix scores)
            where V : struct where S : struct, ISimd<V>
        {
            int columns = (int)scores.Row, size = Shape.HeadSize;
            int whole = Shape.Keys - end >= Overrun ? end - start : (end - start) / MatMul.TileRows * MatMul.TileRows;
            Product<V, S>(k.From(start), whole, queries, columns, size, scores);
            if (whole == end - start) return;
            Matrix edge = CopyRows<V, S>(k.From(start + whole), end - start - whole, size, w.Edge);
            Product<V, S>(edge, end - start - whole, queries, columns, size, scores.From(whole));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void ScaleColumns<V, S>(Matrix matrix, int rows, int columns, float* factors) where V : struct where S : struct, ISimd<V>
        {
            for (int column = 0; column < columns; column += S.Count)
            {
                V factor = S.Load(factors + column);
                float* at = matrix.Start + column;
                for (int r = 0; r < rows; r++, at += matrix.Row) S.Store(S.Multiply(S.Load(at), factor), at);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void WriteOutput<V, S>(in ForwardWorkspace w, int panel, int queries, Matrix o) where V : struct where S : struct, ISimd<V>
        {
            int size = Shape.HeadSize, columns = PadLanes(queries);
            Matrix output = new(w.Output + ((nint)panel * PadRows(size)), columns);
            for (int i = 0; i < queries; i++) w.Factor[i] = SeesNothing(w.Maximum[panel + i]) ? 0 : 1 / w.Sum[panel + i];
            ScaleColumns<V, S>(output, size, columns, w.Factor);
            Transpose.Copy(output.Start, output.Row, size, queries, o.Start, o.Row);
        }
    }
}
