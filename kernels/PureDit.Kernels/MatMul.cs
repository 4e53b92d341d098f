// Matrix products:  C[m,n] = init + op(A)[m,k] · op(B)[k,n],  op = identity or transpose, dense row-major.
//
// How it is fast (the ladder from the naive loops to here is chapter 2 of the docs):
//   1. C is computed in register tiles (MatMul.MicroKernel.cs), which need b as contiguous vectors along n;
//   2. B is therefore packed once into panels as wide as a tile (MatMul.Packing.cs), or read in place where its rows
//      already are such vectors; A is read in place, one broadcast per element;
//   3. k is cut so that one panel's slice of B stays in the first-level cache while all rows of A pass over it;
//   4. panels × chunks of rows are shared out among threads; each element of C belongs to one of them.
// Every element is ONE chain of fused multiply-adds over k in order, from its initial value on. Panels, cuts, vector
// width and threads therefore cannot change a bit of the result, and neither can the other rows of a batch.
// Reference: Reference/MatMul.cs.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PureDit.Kernels;

/// <summary>Matrix products in all transpositions, with bias or accumulation.</summary>
public static partial class MatMul
{
    private const int RowsPerChunk = 48; // the least rows that pay for reading a panel of B
    private const double OperationsPerRange = 1e6; // about 10 µs of one core: the least that pays for a thread

    /// <summary>c[m,n] = op(a)[m,k] · op(b)[k,n], or c += … if <paramref name="accumulate"/>.</summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="a">[m, k], or [k, m] if <paramref name="transposeA"/>.</param>
    /// <param name="transposeA">Whether a is stored transposed.</param>
    /// <param name="b">[k, n], or [n, k] if <paramref name="transposeB"/>.</param>
    /// <param name="transposeB">Whether b is stored transposed.</param>
    /// <param name="m">Rows of c.</param>
    /// <param name="n">Columns of c.</param>
    /// <param name="k">Length of the sums.</param>
    /// <param name="c">[m, n]; overwritten, or added to. Must not overlap a or b.</param>
    /// <param name="accumulate">Start each sum from the value in c instead of 0.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static unsafe void Multiply(
        Cpu cpu, ReadOnlySpan<float> a, bool transposeA, ReadOnlySpan<float> b, bool transposeB,
        int m, int n, int k, Span<float> c, bool accumulate = false)
    {
        Guard.Matrix(a, m, k);
        Guard.Matrix(b, k, n);
        Guard.Matrix<float>(c, m, n, nameof(c));
        fixed (float* pa = a, pb = b, pc = c)
        {
            Product product = new(pa, transposeA, pb, transposeB, m, n, k, pc, accumulate ? pc : null, n);
            Run(cpu, product);
        }
    }

    /// <summary>A linear layer, y = x · weightᵀ + bias: each sum starts from its bias.</summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="x">[rows, inputs].</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs], or empty for none.</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="inputs">Columns of x.</param>
    /// <param name="outputs">Columns of y.</param>
    /// <param name="y">[rows, outputs], overwritten.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static unsafe void Linear(
        Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias,
        int rows, int inputs, int outputs, Span<float> y)
    {
        Guard.Matrix(x, rows, inputs);
        Guard.Matrix(weight, outputs, inputs);
        if (!bias.IsEmpty) Guard.Length(bias, outputs);
        Guard.Matrix<float>(y, rows, outputs, nameof(y));
        fixed (float* px = x, pw = weight, pBias = bias, py = y)
        {
            Product product = new(px, false, pw, true, rows, outputs, inputs, py, pBias, 0);
            Run(cpu, product);
        }
    }

    /// <summary>One product per entry of a batch: c[i] = op(a[i]) · op(b[i]), or c[i] += … .</summary>
    /// <param name="cpu">Where to run; entries are shared out among threads.</param>
    /// <param name="a">[batch, m, k], each entry as in <see cref="Multiply"/>.</param>
    /// <param name="transposeA">Whether the entries of a are stored transposed.</param>
    /// <param name="b">[batch, k, n].</param>
    /// <param name="transposeB">Whether the entries of b are stored transposed.</param>
    /// <param name="batch">Number of products.</param>
    /// <param name="m">Rows of each c.</param>
    /// <param name="n">Columns of each c.</param>
    /// <param name="k">Length of the sums.</param>
    /// <param name="c">[batch, m, n]; overwritten, or added to.</param>
    /// <param name="accumulate">Start each sum from the value in c instead of 0.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static unsafe void Batched(
        Cpu cpu, ReadOnlySpan<float> a, bool transposeA, ReadOnlySpan<float> b, bool transposeB,
        int batch, int m, int n, int k, Span<float> c, bool accumulate = false)
    {
        Guard.NotNegative(batch);
        Guard.Matrix(a, checked(batch * m), k);
        Guard.Matrix(b, checked(batch * k), n);
        Guard.Matrix<float>(c, checked(batch * m), n, nameof(c));
        fixed (float* pa = a, pb = b, pc = c)
        {
            Product first = new(pa, transposeA, pb, transposeB, m, n, k, pc, accumulate ? pc : null, n);
            cpu.Run(batch, Grain(first.Operations), new BatchKernel { First = first });
        }
    }

    private static unsafe void Run(Cpu cpu, in Product product)
    {
        Product p = product;
        if (p.M == 0 || p.N == 0) return;
        int width = (int)cpu.Simd / 32, panelWidth = cpu.Simd == SimdLevel.Vector512 ? 4 * width : 2 * width;
        int panels = (p.N + panelWidth - 1) / panelWidth;
        if (!p.ReadsInPlace(width))
        {
            p.Packed = Scratch.Rent((nint)panels * panelWidth * p.K);
            cpu.Run(panels, Grain(8.0 * panelWidth * p.K), new PackKernel { Product = p });
        }

        // One chunk per panel is enough for one thread; more threads get a few ranges each to even them out.
        int wanted = cpu.Threads == 1 ? 1 : ((4 * cpu.Threads) + panels - 1) / panels;
        int chunks = Math.Clamp(wanted, 1, (p.M + RowsPerChunk - 1) / RowsPerChunk);
        int chunkRows = (((p.M + chunks - 1) / chunks) + TileRows - 1) / TileRows * TileRows;
        chunks = (p.M + chunkRows - 1) / chunkRows;
        ProductKernel kernel = new() { Product = p, ChunkRows = chunkRows, Chunks = chunks };
        cpu.Run(panels * chunks, Grain(p.Operations / (panels * chunks)), kernel);
    }

    private static int Grain(double operationsPerItem) => (int)Math.Ceiling(OperationsPerRange / Math.Max(1, operationsPerItem));

    /// <summary>The operands of one product, as pointers that stay fixed while it runs.</summary>
    private unsafe struct Product
    {
        public Product(
            float* a, bool transposeA, float* b, bool transposeB, int m, int n, int k, float* c, float* init, nint initRow)
        {
            A = a;
            B = b;
            C = c;
            Init = init;
            InitRow = initRow;
            (ARow, AStep) = transposeA ? (1, m) : (k, 1);
            (M, N, K, TransposeB) = (m, n, k, transposeB);
        }

        public float* A, B, C, Init, Packed;
        public nint ARow, AStep, InitRow;
        public int M, N, K;
        public bool TransposeB;

        public readonly double Operations => 2.0 * M * N * K;

        /// <summary>Rows of b that are whole vectors and not far apart serve as panels as they are.</summary>
        public readonly bool ReadsInPlace(int vectorLength) => !TransposeB && N % vectorLength == 0 && N <= 256;

        public readonly Product Entry(nint i) => this with
        {
            A = A + (i * M * K),
            B = B + (i * K * N),
            C = C + (i * M * N),
            Init = Init == null ? null : Init + (i * M * N),
        };
    }

    /// <summary>Items are (panel, chunk of rows), the chunks of a panel next to one another.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct ProductKernel : IKernel
    {
        public Product Product;
        public int ChunkRows, Chunks;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int item = begin; item < end; item++)
            {
                int firstRow = item % Chunks * ChunkRows;
                Panel<V, S>(Product, item / Chunks, firstRow, Math.Min(firstRow + ChunkRows, Product.M));
            }
        }
    }

    private struct BatchKernel : IKernel
    {
        public Product First;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly unsafe void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            int panelWidth = TileVectors<V, S>() * S.Count, panels = (First.N + panelWidth - 1) / panelWidth;
            bool inPlace = First.ReadsInPlace(S.Count);
            float* packed = inPlace ? null : Scratch.Rent((nint)panels * panelWidth * First.K);
            for (int i = begin; i < end; i++)
            {
                Product entry = First.Entry(i);
                entry.Packed = packed;
                for (int panel = 0; panel < panels; panel++)
                {
                    if (!inPlace) PackPanel<V, S>(entry, panel);
                    Panel<V, S>(entry, panel, 0, entry.M);
                }
            }
        }
    }

    // [doc:matmul-panel]
    // Rows [firstRow, lastRow) of one panel of C: for each cut of k, all tiles of rows pass over the same slice of B.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Panel<V, S>(in Product p, int panel, int firstRow, int lastRow)
        where V : struct where S : struct, ISimd<V>
    {
        int panelWidth = TileVectors<V, S>() * S.Count, firstColumn = panel * panelWidth;
        int columns = Math.Min(panelWidth, p.N - firstColumn), padded = (columns + S.Count - 1) / S.Count * S.Count;
        float* b = p.Packed == null ? p.B + firstColumn : p.Packed + ((nint)firstColumn * p.K);
        nint bStep = p.Packed == null ? p.N : padded;
        int slice = SliceBytes / sizeof(float) / panelWidth;

        for (int k0 = 0; k0 == 0 || k0 < p.K; k0 += slice)
        {
            int depth = Math.Min(slice, p.K - k0);
            float* init = k0 > 0 ? p.C : p.Init;
            nint initRow = k0 > 0 ? p.N : p.InitRow;
            for (int row = firstRow; row < lastRow; row += TileRows)
            {
                Strided a = new(p.A + (row * p.ARow) + (k0 * p.AStep), p.ARow, p.AStep);
                float* c = p.C + ((nint)row * p.N) + firstColumn;
                float* start = init == null ? Scratch.Zeros : init + (row * initRow) + firstColumn;
                nint startRow = init == null ? 0 : initRow;
                int rows = Math.Min(TileRows, lastRow - row);
                if (rows == TileRows && columns == padded)
                {
                    Strip<V, S>(a, b + (k0 * bStep), bStep, columns, depth, start, startRow, c, p.N);
                }
                else
                {
                    EdgeStrip<V, S>(a, rows, b + (k0 * bStep), bStep, columns, depth, start, startRow, c, p.N);
                }
            }
        }
    }
    // [/doc:matmul-panel]

    private const int SliceBytes = 32 * 1024; // of B, two thirds of a first-level cache

    // A strip at the lower or right edge of C: the same arithmetic on padded copies of a and c.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void EdgeStrip<V, S>(
        Strided a, int rows, float* b, nint bStep, int columns, int depth, float* init, nint initRow, float* c, nint cRow)
        where V : struct where S : struct, ISimd<V>
    {
        int padded = (columns + S.Count - 1) / S.Count * S.Count;
        float* tile = stackalloc float[TileRows * padded];
        new Span<float>(tile, TileRows * padded).Clear();
        for (int r = 0; r < rows; r++)
        {
            for (int j = 0; j < columns; j++) tile[(r * padded) + j] = init[(r * initRow) + j];
        }

        if (rows < TileRows)
        {
            float* copy = stackalloc float[TileRows * depth];
            new Span<float>(copy, TileRows * depth).Clear();
            for (int r = 0; r < rows; r++)
            {
                for (int p = 0; p < depth; p++) copy[(p * TileRows) + r] = a.Start[(r * a.Row) + (p * a.Step)];
            }

            a = new Strided(copy, 1, TileRows);
        }

        Strip<V, S>(a, b, bStep, padded, depth, tile, padded, tile, padded);
        for (int r = 0; r < rows; r++)
        {
            for (int j = 0; j < columns; j++) c[(r * cRow) + j] = tile[(r * padded) + j];
        }
    }
}
