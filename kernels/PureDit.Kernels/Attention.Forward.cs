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
            int heads = Shape.Batch * Shape.Heads, panels = (Shape.Tokens + PanelWidth - 1) / PanelWidth;
            if (heads == 0 || panels == 0) return;

            // Small blocks where whole ones are too few for the threads. No bit depends on where a block begins.
            int wanted = cpu.Threads == 1 ? 1 : ((4 * cpu.Threads) + heads - 1) / heads;
            _blockQueries = Math.Clamp(panels / wanted, 1, Block / PanelWidth) * PanelWidth;
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
        // One block of queries against all keys that they see.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Queries<V, S>(in ForwardWorkspace w, int head, int first, int queries)
            where V : struct where S : struct, ISimd<V>
        {
            Matrix k = K.Head(Shape, head), v = this.V.Head(Shape, head);
            int size = Shape.HeadSize, width = PadLanes(size), padded = PadLanes(queries);
            PackTransposed(Q.Head(Shape, head).From(first), queries, size, w.Queries);
            new Span<float>(w.Output, PadRows(queries) * width).Clear();
            new Span<float>(w.Maximum, padded).Fill(Nothing);
            new Span<float>(w.Sum, padded).Clear();

            (int start, int end) = Keys.Seen(first, first + queries, 0, Shape.Keys);
            for (int key = start / Block * Block; key < end; key += Block)
            {
                int from = Math.Max(start, key), to = Math.Min(end, key + Block);
                for (int panel = 0; panel < queries; panel += PanelWidth)
                {
                    Panel<V, S>(w, k, from, to, first, panel, Math.Min(PanelWidth, queries - panel), rescale: from > start);
                }

                Matrix values = CopyRows<V, S>(v.From(from), to - from, size, w.Values);
                AddProduct<V, S>(w.Scores.Start, 1, w.Scores.Row, first, queries, values, from, to - from, Keys, width, w.Output);
            }

            WriteOutput<V, S>(w, queries, O.Head(Shape, head).From(first));
            if (LogSumExp != null) LogSums<V, S>(w.Maximum, w.Sum, queries, LogSumExp + ((nint)head * Shape.Tokens) + first);
        }
        // [/doc:attention-block]

        // Probabilities of 48 queries for keys [from, to), and what has been summed so far in step with their maxima.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Panel<V, S>(in ForwardWorkspace w, Matrix k, int from, int to, int block, int panel, int queries, bool rescale)
            where V : struct where S : struct, ISimd<V>
        {
            int first = block + panel, columns = PadLanes(queries), size = Shape.HeadSize, width = PadLanes(size);
            Matrix scores = new(w.Scores.Start + panel, w.Scores.Row);
            (int start, int end) = Keys.Seen(first, first + queries, from, to);
            Matrix seen = scores.From(start - from);
            Scores<V, S>(k, start, end, Shape.Keys, w.Queries + ((nint)panel * size), columns, size, w.Edge, seen);
            ClearOutside(scores, start - from, end - from, to - from, columns);
            if (start == end) return;

            Hide(Keys.Transposed, start, end, first, queries, float.NegativeInfinity, seen);
            Probabilities<V, S>(seen, end - start, columns, ExponentScale(Shape), w.Maximum + panel, w.Sum + panel, w.Factor);
            Hide(Keys.Transposed, start, end, first, queries, 0, seen);
            for (int i = 0; rescale && i < queries; i++)
            {
                if (w.Factor[i] != 1) ScaleRow<V, S>(w.Output + ((nint)(panel + i) * width), w.Factor[i], width);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void ScaleRow<V, S>(float* row, float factor, int width) where V : struct where S : struct, ISimd<V>
        {
            for (int i = 0; i < width; i += S.Count) S.Store(S.Multiply(S.Load(row + i), S.Broadcast(factor)), row + i);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void WriteOutput<V, S>(in ForwardWorkspace w, int queries, Matrix o) where V : struct where S : struct, ISimd<V>
        {
            int width = PadLanes(Shape.HeadSize);
            for (int i = 0; i < queries; i++)
            {
                float* row = w.Output + ((nint)i * width);
                float inverse = SeesNothing(w.Maximum[i]) ? 0 : 1 / w.Sum[i];
                VectorLoop.ForEach<V, S, Elementwise.ScaleBody>(new(row, inverse, o.Start + (i * o.Row)), 0, Shape.HeadSize);
            }
        }
    }
}
