// Scratch memory of attention and the blocks it is worked in: one head's operands, contiguous and padded so that no
// register tile needs an edge. Head sizes are padded with zeros to 16 lanes, rows to the eight of a tile, keys to 16 lanes.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class Attention
{
    /// <summary>Columns of one panel of transposed keys or values.</summary>
    private const int PanelWidth = 64;

    /// <summary>Distance between rows of a block of scores.</summary>
    private const int ScoreRow = KeyBlock;

    private const int Lanes = 16;

    private static int PadLanes(int n) => (n + Lanes - 1) / Lanes * Lanes;

    private static int PadRows(int n) => (n + MatMul.TileRows - 1) / MatMul.TileRows * MatMul.TileRows;

    private static float Scale(AttentionShape shape) => (float)(1 / Math.Sqrt(shape.HeadSize));

    /// <summary>Where one head's rows begin in the tensors, and how far apart they are.</summary>
    private readonly unsafe struct Layout(AttentionShape shape, int head)
    {
        private readonly nint _sequence = head / shape.Heads;
        private readonly nint _head = head % shape.Heads * shape.HeadSize;

        public nint QkvRow => 3 * shape.Width;

        public nint OutputRow => shape.Width;

        public float* Query(float* qkv) => qkv + (_sequence * shape.Tokens * QkvRow) + _head;

        public float* Key(float* qkv) => Query(qkv) + shape.Width;

        public float* Value(float* qkv) => Key(qkv) + shape.Width;

        public float* Output(float* o) => o + (_sequence * shape.Tokens * OutputRow) + _head;
    }

    private readonly unsafe struct ForwardWorkspace
    {
        public readonly float* KeyPanels, Values, Queries, Scores, Output, Maximum, Sum;

        /// <summary>Padded head size: distance between rows of queries, values and output.</summary>
        public readonly int HeadSize;

        public ForwardWorkspace(AttentionShape shape)
        {
            HeadSize = PadLanes(shape.HeadSize);
            nint tokens = PadLanes(shape.Tokens), block = (nint)QueryBlock * HeadSize;
            float* next = Scratch.Rent((2 * tokens * HeadSize) + (2 * block) + (QueryBlock * ScoreRow) + (2 * QueryBlock));
            KeyPanels = next;
            Values = next += tokens * HeadSize;
            Queries = next += tokens * HeadSize;
            Output = next += block;
            Scores = next += block;
            Maximum = next += QueryBlock * ScoreRow;
            Sum = next + QueryBlock;
        }
    }

    /// <summary>Copies rows of <paramref name="width"/> values times <paramref name="scale"/>, padding each with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void CopyRows<V, S>(
        float* source, nint sourceRow, int rows, int width, float scale, float* destination, int padded)
        where V : struct where S : struct, ISimd<V>
    {
        for (int r = 0; r < rows; r++)
        {
            float* from = source + (r * sourceRow), to = destination + ((nint)r * padded);
            VectorLoop.ForEach<V, S, Elementwise.ScaleBody>(new(from, scale, to), 0, width);
            for (int i = width; i < padded; i++) to[i] = 0;
        }
    }

    private static unsafe void ClearRows(float* matrix, int firstRow, int lastRow, int width) =>
        new Span<float>(matrix + ((nint)firstRow * width), (lastRow - firstRow) * width).Clear();

    /// <summary>
    /// Packs a matrix [rows, width] transposed into panels of up to 64 of its rows: panel p is [width, columns], with the
    /// columns of the last panel padded with zeros to 16 lanes. Panel p begins at p·64·width.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void PackTransposed(float* source, nint sourceRow, int rows, int width, float* panels)
    {
        for (int first = 0; first < rows; first += PanelWidth)
        {
            int columns = Math.Min(PanelWidth, rows - first), padded = PadLanes(columns);
            float* panel = panels + ((nint)first * width);
            if (padded > columns) new Span<float>(panel, padded * width).Clear();
            Transpose.Copy(source + (first * sourceRow), sourceRow, columns, width, panel, padded);
        }
    }

    /// <summary>scores[rows, keys] = a[rows, depth] · panels, for keys [firstKey, firstKey + keys) with firstKey a multiple of 64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Scores<V, S>(
        float* a, int aRow, int rows, float* panels, int firstKey, int keys, int depth, float* scores)
        where V : struct where S : struct, ISimd<V>
    {
        for (int j = 0; j < keys; j += PanelWidth)
        {
            int padded = PadLanes(Math.Min(PanelWidth, keys - j));
            float* panel = panels + ((nint)(firstKey + j) * depth);
            for (int r = 0; r < rows; r += MatMul.TileRows)
            {
                MatMul.Strided left = new(a + ((nint)r * aRow), aRow, 1);
                MatMul.Strip<V, S>(left, panel, padded, padded, depth, Scratch.Zeros, 0, scores + (r * ScoreRow) + j, ScoreRow);
            }
        }
    }

    /// <summary>c[rows, columns] += a[rows, depth] · b[depth, columns]; c has its rows padded to eight, columns is a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void AddProduct<V, S>(MatMul.Strided a, int rows, float* b, int columns, int depth, float* c)
        where V : struct where S : struct, ISimd<V>
    {
        for (int r = 0; r < rows; r += MatMul.TileRows)
        {
            float* into = c + ((nint)r * columns);
            MatMul.Strip<V, S>(new(a.Start + (r * a.Row), a.Row, a.Step), b, columns, columns, depth, into, columns, into, columns);
        }
    }
}
