// Matrix products C[m,n] = op(A)·op(B), dense row-major, and how they are checked: for a vector x of ±1,
//   C·x = op(A)·(op(B)·x)      (Freivalds 1977)
// costs O(mn + nk + mk) in double instead of O(mnk), and every element of C takes part.

using System.Globalization;
using PureDit.Kernels;

namespace PureDit.Benchmarking;

/// <summary>Sizes of a matrix product.</summary>
/// <param name="Name">Name, as the peers give it.</param>
/// <param name="M">Rows of C.</param>
/// <param name="N">Columns of C.</param>
/// <param name="K">Terms of each element.</param>
/// <param name="TransposeA">Whether A is stored [k, m].</param>
/// <param name="TransposeB">Whether B is stored [n, k].</param>
public sealed record GemmShape(string Name, int M, int N, int K, bool TransposeA = false, bool TransposeB = false)
{
    /// <summary>Reads <c>MxNxK</c>.</summary>
    /// <exception cref="ArgumentException">It is no such shape, or too large.</exception>
    public static GemmShape Parse(string text)
    {
        int[] size = Sizes.Parse(text, 'x', "a matrix product", "MxNxK", "777x1000x353");
        foreach (long count in (long[])[(long)size[0] * size[1], (long)size[0] * size[2], (long)size[1] * size[2]]) Sizes.Fits(text, count);
        return new(text, size[0], size[1], size[2]);
    }

    /// <summary>The workload.</summary>
    public Workload ToWorkload() => new(
        "gemm_" + Name, WorkloadGroup.MatMul, Describe(), 2.0 * M * N * K,
        4.0 * (((double)M * K) + ((double)K * N) + ((double)M * N)), Prepare)
    { Unit = WorkloadUnit.Gigaflops };

    /// <summary>The same with the weights B packed ahead, as for inference; they are given as [n, k].</summary>
    public Workload ToPrepackedWorkload() => ToWorkload() with
    {
        Name = $"gemm_{Name}_prepacked",
        Shape = Describe() + ", prepacked",
        Contest = "gemm_" + Name,
        Prepare = PreparePacked,
    };

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{M}x{N}x{K}");

    private string Describe() => string.Create(
        CultureInfo.InvariantCulture, $"{M} × {N} × {K}{(TransposeA ? ", Aᵀ" : "")}{(TransposeB ? ", Bᵀ" : "")}");

    private PreparedWork Prepare(Cpu cpu)
    {
        Memory<float> a = Buffers.Normal(M * K, 0), b = Buffers.Normal(K * N, 1), c = Buffers.Zeros(M * N);
        return new(
            () => MatMul.Multiply(cpu, a.Span, TransposeA, b.Span, TransposeB, M, N, K, c.Span),
            () => Check(a.Span, b.Span, c.Span),
            () => c.Span);
    }

    private PreparedWork PreparePacked(Cpu cpu)
    {
        Memory<float> a = Buffers.Normal(M * K, 0), b = Buffers.Normal(K * N, 1), c = Buffers.Zeros(M * N);
        Memory<float> panels = Buffers.Zeros(MatMul.PackedLength(K, N));
        MatMul.PackWeights(cpu, b.Span, K, N, panels.Span);
        return new(
            () => MatMul.Linear(cpu, a.Span, panels.Span, [], M, K, N, c.Span, WeightLayout.Panels),
            () => (this with { TransposeB = true }).Check(a.Span, b.Span, c.Span),
            () => c.Span);
    }

    private void Check(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c)
    {
        float[] random = new float[N];
        new Philox(seed: 2, PhiloxStream.Data).FillUniform(step: 0, sample: 0, random);
        double[] x = Array.ConvertAll(random, u => u < 0.5 ? -1.0 : 1.0);
        double[] bx = new double[K], sizeB = new double[K];
        for (int p = 0; p < K; p++)
        {
            for (int j = 0; j < N; j++)
            {
                double value = TransposeB ? b[(j * K) + p] : b[(p * N) + j];
                bx[p] += value * x[j];
                sizeB[p] += Math.Abs(value);
            }
        }

        // Rounding of one element is below (2 + √k)·ε·|A||B|; n of them with random signs add up like √n.
        double unit = 4 * (2 + Math.Sqrt(K)) * Math.ScaleB(1, -24) / Math.Sqrt(N);
        for (int i = 0; i < M; i++)
        {
            double expected = 0, size = 0, actual = 0;
            for (int p = 0; p < K; p++)
            {
                double value = TransposeA ? a[(p * M) + i] : a[(i * K) + p];
                expected += value * bx[p];
                size += Math.Abs(value) * sizeB[p];
            }

            for (int j = 0; j < N; j++) actual += c[(i * N) + j] * x[j];
            if (Math.Abs(actual - expected) <= unit * size) continue;
            throw new WrongResultException(
                $"gemm_{Name}: row {i} times a vector of ±1: expected {expected:R}, got {actual:R}; it was not timed.");
        }
    }
}
