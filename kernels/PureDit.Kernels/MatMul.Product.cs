// What a product is made of, and how it is shared out among threads.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PureDit.Kernels;

public static partial class MatMul
{
    /// <summary>What is done to finished values of C while they are still in the cache.</summary>
    internal interface IEpilogue
    {
        /// <summary>Rows [row, row + rows) are complete in the columns [column, column + columns).</summary>
        void Apply<V, S>(int row, int rows, int column, int columns) where V : struct where S : struct, ISimd<V>;
    }

    internal readonly struct NoEpilogue : IEpilogue
    {
        public void Apply<V, S>(int row, int rows, int column, int columns) where V : struct where S : struct, ISimd<V>
        {
        }
    }

    /// <summary>The operands of one product, as pointers that stay fixed while it runs.</summary>
    private unsafe struct Product
    {
        /// <summary>So few rows that packing B would cost as much as using it.</summary>
        public const int FewRows = 2 * TileRows;

        private const int SomeRows = 96;
        private const int InPlaceColumns = 256;
        private const int InPlaceFloats = 64 * 1024; // of B: a quarter of the second-level cache

        public float* A, B, C, Init;
        public nint ARow, AStep, InitRow;
        public int M, N, K;
        public bool TransposeB;

        /// <summary>Whether b is in panels over all of k: <see cref="WeightLayout.Panels"/>.</summary>
        public bool IsPacked;

        public readonly double Operations => 2.0 * M * N * K;

        /// <summary>Whether so many rows of C are best computed from b as it lies: it is small, or packing would cost too much for them.</summary>
        public readonly bool ReadsInPlace(int rows) => !IsPacked && !TransposeB && N % PanelUnit == 0
            && (rows <= FewRows || (rows <= SomeRows && N <= InPlaceColumns) || (long)N * K <= InPlaceFloats);

        public readonly Product Entry(nint i) => this with
        {
            A = A + (i * M * K),
            B = B + (i * K * N),
            C = C + (i * M * N),
            Init = Init == null ? null : Init + (i * M * N),
        };
    }

    /// <summary>Some rows of A: where they start, and how far apart rows and steps along k are.</summary>
    private readonly unsafe struct Rows(float* start, nint row, nint step)
    {
        public readonly float* Start = start;
        public readonly nint Row = row;
        public readonly nint Step = step;
    }

    /// <summary>One block of B as panels.</summary>
    private readonly unsafe struct Panels(float* start, nint column, nint step, nint firstRow = 0)
    {
        public readonly float* Start = start;

        /// <summary>Distance between the beginnings of panels, per column.</summary>
        public readonly nint Column = column;

        /// <summary>Distance between the rows of a panel; 0 for its width.</summary>
        public readonly nint Step = step;

        /// <summary>First row of the panels that is used.</summary>
        public readonly nint FirstRow = firstRow;
    }

    private static unsafe Panels PanelsOf<V, S>(in Product p, bool inPlace, int k0, int depth, int column, int columns, float* packed)
        where V : struct where S : struct, ISimd<V>
    {
        if (inPlace) return new Panels(p.B + ((nint)k0 * p.N) + column, 1, p.N);
        if (p.IsPacked) return new Panels(p.B + ((nint)column * p.K), p.K, 0, k0);
        PackB<V, S>(p, k0, depth, column, columns, packed);
        return new Panels(packed, depth, 0);
    }

    /// <summary>Items are regions of C; those of the same columns are next to one another.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct ProductKernel<TEpilogue> : IKernel where TEpilogue : struct, IEpilogue
    {
        public Product Product;
        public TEpilogue Epilogue;
        public int RowParts, ColumnParts;

        [MethodImpl(Jit.KernelBody)]
        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int item = begin; item < end; item++)
            {
                (int columnPart, int rowPart) = Math.DivRem(item, RowParts);
                (int firstRow, int lastRow) = Share(Product.M, TileRows, rowPart, RowParts);
                (int firstColumn, int lastColumn) = Share(Product.N, PanelColumns, columnPart, ColumnParts);
                Region<V, S, TEpilogue>(Product, firstRow, lastRow, firstColumn, lastColumn, Epilogue);
            }
        }

        private static (int First, int Last) Share(int n, int unit, int part, int parts)
        {
            long units = Math.Max(1, n / unit); // what is left over goes with the last part
            return ((int)(units * part / parts) * unit, part + 1 == parts ? n : (int)(units * (part + 1) / parts) * unit);
        }
    }

    private struct BatchKernel : IKernel
    {
        public Product First;

        [MethodImpl(Jit.KernelBody)]
        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int i = begin; i < end; i++) Region<V, S, NoEpilogue>(First.Entry(i), 0, First.M, 0, First.N, default);
        }
    }
}
