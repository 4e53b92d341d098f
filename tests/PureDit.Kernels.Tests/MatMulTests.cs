using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class MatMulTests
{
    private const double FloatEpsilon = 1.1920929e-7;

    private sealed record Case(int M, int N, int K, bool TransposeA, bool TransposeB, bool Accumulate, int Seed)
    {
        public float[] A => Values.Normal(M * K, Seed);

        public float[] B => Values.Normal(K * N, Seed + 1);

        public float[] C => Values.Normal(M * N, Seed + 2);
    }

    // Dimensions on and around tiles (6 rows, 16…64 columns) and slices of k, 0 and 1 included.
    private static readonly Gen<int> Dimension = Gen.Frequency(
        (3, Gen.Choose(0, 40)),
        (2, Gen.Elements(63, 64, 65, 96, 127, 128, 129, 130, 192)));

    private static readonly Gen<Case> Cases =
        from m in Dimension
        from n in Dimension
        from k in Dimension
        from flags in Gen.Choose(0, 7)
        from seed in Gen.Choose(0, 1_000_000)
        select new Case(m, n, k, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, seed);

    private static float[] Run(Cpu cpu, Case x)
    {
        float[] a = x.A, b = x.B;
        GuardedBuffer c = x.Accumulate ? new GuardedBuffer(x.C) : new GuardedBuffer(x.M * x.N);
        MatMul.Multiply(cpu, a, x.TransposeA, b, x.TransposeB, x.M, x.N, x.K, c.Span, x.Accumulate);
        c.AssertCanariesIntact();
        Near.SameBits(x.A, a, "a (an input)");
        Near.SameBits(x.B, b, "b (an input)");
        return c.Span.ToArray();
    }

    // The specification, to the bit: one chain of fused multiply-adds over k, in order.
    private static float[] Chain(Case x)
    {
        float[] a = x.A, b = x.B, c = x.Accumulate ? x.C : new float[x.M * x.N];
        for (int i = 0; i < x.M; i++)
        {
            for (int j = 0; j < x.N; j++)
            {
                float sum = c[(i * x.N) + j];
                for (int p = 0; p < x.K; p++)
                {
                    float left = x.TransposeA ? a[(p * x.M) + i] : a[(i * x.K) + p];
                    float right = x.TransposeB ? b[(j * x.K) + p] : b[(p * x.N) + j];
                    sum = MathF.FusedMultiplyAdd(left, right, sum);
                }

                c[(i * x.N) + j] = sum;
            }
        }

        return c;
    }

    [Fact]
    public void Multiply_EveryElement_IsOneChainOfFusedMultiplyAdds_AtEveryWidthAndThreadCount() => Law.Holds(Cases, x =>
    {
        float[] expected = Chain(x);
        foreach (Cpu cpu in Values.Cpus) Near.SameBits(expected, Run(cpu, x), $"c at {cpu.Simd} on {cpu.Threads} threads");
    });

    [Fact]
    public void Multiply_MatchesReference() => Law.Holds(Cases, x =>
    {
        double[] a = Near.ToDouble(x.A), b = Near.ToDouble(x.B), c = x.Accumulate ? Near.ToDouble(x.C) : new double[x.M * x.N];
        double[] bound = Array.ConvertAll(c, Math.Abs);
        Reference.MatMul.Multiply(a, x.TransposeA, b, x.TransposeB, x.M, x.N, x.K, c, x.Accumulate);
        Reference.MatMul.Multiply(
            Array.ConvertAll(a, Math.Abs), x.TransposeA, Array.ConvertAll(b, Math.Abs), x.TransposeB, x.M, x.N, x.K, bound, true);
        float[] actual = Run(new Cpu(2), x);
        // |C − C64| ≤ (2 + √K)·eps·(|A||B|): rounding errors of a sequential sum add up like a random walk.
        for (int i = 0; i < c.Length; i++)
        {
            Assert.InRange(actual[i] - c[i], -(2 + Math.Sqrt(x.K)) * FloatEpsilon * bound[i], (2 + Math.Sqrt(x.K)) * FloatEpsilon * bound[i]);
        }
    });

    [Fact]
    public void Multiply_OfIntegers_IsExact() => Law.Holds(Cases, x =>
    {
        float[] a = Values.Integers(x.M * x.K, x.Seed), b = Values.Integers(x.K * x.N, x.Seed + 1), c = new float[x.M * x.N];
        double[] expected = new double[x.M * x.N];
        Reference.MatMul.Multiply(Near.ToDouble(a), x.TransposeA, Near.ToDouble(b), x.TransposeB, x.M, x.N, x.K, expected);
        MatMul.Multiply(new Cpu(2), a, x.TransposeA, b, x.TransposeB, x.M, x.N, x.K, c);
        Near.Equal(expected, c, 0, 0, "c");
    });

    [Fact]
    public void Linear_IsTheChainThatStartsFromTheBias() => Law.Holds(Cases, x =>
    {
        float[] bias = Values.Normal(x.N, x.Seed + 3), a = x.A, b = x.B;
        GuardedBuffer y = new(x.M * x.N);
        float[] expected = new float[x.M * x.N];
        for (int i = 0; i < x.M; i++) bias.CopyTo(expected, i * x.N);
        MatMul.Multiply(Cpu.Serial, a, false, b, true, x.M, x.N, x.K, expected, accumulate: true);
        MatMul.Linear(new Cpu(3), a, b, bias, x.M, x.K, x.N, y.Span);
        y.AssertCanariesIntact();
        Near.SameBits(expected, y.Span);

        MatMul.Linear(Cpu.Serial, a, b, [], x.M, x.K, x.N, y.Span);
        Near.SameBits(Chain(x with { TransposeA = false, TransposeB = true, Accumulate = false }), y.Span);
    });

    [Fact]
    public void Linear_ARowOfABatch_HasTheBitsOfThatRowAlone()
    {
        const int rows = 37, inputs = 53, outputs = 71;
        float[] x = Values.Normal(rows * inputs, 1), w = Values.Normal(outputs * inputs, 2), bias = Values.Normal(outputs, 3);
        float[] all = new float[rows * outputs], one = new float[outputs];
        MatMul.Linear(new Cpu(2), x, w, bias, rows, inputs, outputs, all);
        for (int row = 0; row < rows; row++)
        {
            MatMul.Linear(new Cpu(2), x.AsSpan(row * inputs, inputs), w, bias, 1, inputs, outputs, one);
            Near.SameBits(all.AsSpan(row * outputs, outputs), one, $"row {row}");
        }
    }

    [Fact]
    public void Batched_IsMultiplyOfEachEntry() => Law.Holds(Cases, x =>
    {
        const int batch = 3;
        float[] a = Values.Normal(batch * x.M * x.K, x.Seed), b = Values.Normal(batch * x.K * x.N, x.Seed + 1);
        float[] expected = Values.Normal(batch * x.M * x.N, x.Seed + 2);
        GuardedBuffer actual = new(expected);
        foreach (int i in Enumerable.Range(0, batch))
        {
            MatMul.Multiply(
                Cpu.Serial, a.AsSpan(i * x.M * x.K, x.M * x.K), x.TransposeA, b.AsSpan(i * x.K * x.N, x.K * x.N), x.TransposeB,
                x.M, x.N, x.K, expected.AsSpan(i * x.M * x.N, x.M * x.N), x.Accumulate);
        }

        MatMul.Batched(new Cpu(2), a, x.TransposeA, b, x.TransposeB, batch, x.M, x.N, x.K, actual.Span, x.Accumulate);
        actual.AssertCanariesIntact();
        Near.SameBits(expected, actual.Span);
    });

    [Fact]
    public void Multiply_SplitOverManyThreads_KeepsItsBits()
    {
        Case x = new(509, 331, 257, true, true, false, 5);
        float[] one = Run(Cpu.Serial, x);
        foreach (int threads in new[] { 2, 3, 7, 16 }) Near.SameBits(one, Run(new Cpu(threads), x), $"c on {threads} threads");
    }

    [Fact]
    public void Multiply_ANaNInOneRow_StaysInThatRow()
    {
        const int m = 13, n = 67, k = 5;
        float[] a = Values.Normal(m * k, 1), b = Values.Normal(k * n, 2), c = new float[m * n];
        a[(7 * k) + 2] = float.NaN;
        MatMul.Multiply(new Cpu(2), a, false, b, false, m, n, k, c);
        for (int i = 0; i < c.Length; i++) Assert.Equal(i / n == 7, float.IsNaN(c[i]));
    }

    [Fact]
    public void Multiply_Warm_AllocatesNothing()
    {
        const int m = 97, n = 64, k = 33;
        float[] a = Values.Normal(m * k, 1), b = Values.Normal(k * n, 2), c = new float[m * n];
        Assert.Equal(0, Allocations.Of(() => MatMul.Multiply(Cpu.Serial, a, false, b, true, m, n, k, c)));
    }

    [Fact]
    public void Multiply_ShortSpan_NamesItAndBothSizes()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => MatMul.Multiply(Cpu.Serial, new float[6], false, new float[11], false, 2, 4, 3, new float[8]));
        Assert.Contains("b: expected [3, 4] (12 values), got 11", error.Message, StringComparison.Ordinal);
    }
}
