// Matrix products:  C[m,n] = init + op(A)[m,k] · op(B)[k,n],  op = identity or transpose, dense row-major.
//
// How it is fast (the ladder from the naive loops to here: chapters 2 and 14 of the docs):
//   1. C is computed in register tiles of 8 × 48 (MatMul.MicroKernel.cs), which need b as contiguous vectors along n;
//   2. B is therefore packed into panels as wide as a tile (MatMul.Packing.cs), or read in place where its rows already
//      are such vectors and few rows of C would pay for the copy; A is read in place, one broadcast per element;
//   3. loops go over blocks of B that stay in the second-level cache (MatMul.Blocks.cs);
//   4. regions of C are shared out among threads (MatMul.Product.cs); each element of C belongs to one of them;
//   5. what follows a product is done while its values are in the cache (MatMul.Linear.cs).
// Every element is ONE chain of fused multiply-adds over k in order, from its initial value on. Panels, cuts, vector
// width and threads therefore cannot change a bit of the result, and neither can the other rows of a batch.
// Reference: Reference/MatMul.cs.

namespace PureDit.Kernels;

/// <summary>Matrix products in all transpositions, with bias or accumulation.</summary>
public static partial class MatMul
{
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
            Run(cpu, Operands(pa, transposeA, pb, transposeB, m, n, k, pc, accumulate ? pc : null, n), default(NoEpilogue));
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
            Product first = Operands(pa, transposeA, pb, transposeB, m, n, k, pc, accumulate ? pc : null, n);
            cpu.Run(batch, Grain(first.Operations), new BatchKernel { First = first });
        }
    }

    private static unsafe Product Operands(
        float* a, bool transposeA, float* b, bool transposeB, int m, int n, int k, float* c, float* init, nint initRow) => new()
        {
            A = a,
            ARow = transposeA ? 1 : k,
            AStep = transposeA ? m : 1,
            B = b,
            TransposeB = transposeB,
            C = c,
            Init = init,
            InitRow = initRow,
            M = m,
            N = n,
            K = k,
        };

    private static void Run<TEpilogue>(Cpu cpu, in Product product, TEpilogue epilogue) where TEpilogue : struct, IEpilogue
    {
        if (product.M == 0 || product.N == 0) return;
        int rowParts = 1, columnParts = 1;
        if (cpu.Threads > 1)
        {
            // A few regions per thread even out a thread that is held up. Columns are cut first: that repeats no packing.
            int wanted = RegionsPerThread * cpu.Threads;
            columnParts = Math.Clamp(product.N / LeastColumns, 1, wanted);
            rowParts = Math.Clamp((wanted + columnParts - 1) / columnParts, 1, Math.Max(1, product.M / LeastRows));
        }

        ProductKernel<TEpilogue> kernel = new() { Product = product, Epilogue = epilogue, RowParts = rowParts, ColumnParts = columnParts };
        int items = rowParts * columnParts;
        cpu.Run(items, Grain(product.Operations / items), kernel);
    }

    private const int RegionsPerThread = 4;
    private const int LeastColumns = 96;
    private const int LeastRows = 32;

    private static int Grain(double operationsPerItem) => (int)Math.Ceiling(OperationsPerRange / Math.Max(1, operationsPerItem));
}
