// What the benchmarks of kernels share: the naive twin in double as baseline, the kernel on one thread at every vector
// width of the machine, and on all processors. Nothing is timed before it is right: setup holds each variant against
// the twin and throws where they differ.

using BenchmarkDotNet.Attributes;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>A kernel against its naive twin.</summary>
public abstract class KernelBenchmarks
{
    private const double Tolerance = 1e-4; // of float sums of up to 1536 terms of size 1 against sums in double

    private readonly Dictionary<SimdLevel, Cpu> _cpus = SimdLevels.Supported.ToDictionary(level => level, level => new Cpu(1, level));

    /// <summary>Fills inputs, checks every variant.</summary>
    [GlobalSetup]
    public void Setup()
    {
        Prepare();
        RunReference();
        double[] expected = Expected().ToArray();
        foreach (Cpu cpu in (IEnumerable<Cpu>)[.. _cpus.Values, Cpu.AllCores])
        {
            Reset();
            RunKernel(cpu);
            Check(expected, Actual(), $"{GetType().Name}, {cpu.Simd}, {cpu.Threads} threads");
        }
    }

    /// <summary>Naive loops in double.</summary>
    [Benchmark(Baseline = true)]
    public void Reference() => RunReference();

    /// <summary>One thread, four floats at a time.</summary>
    [Benchmark]
    public void Simd128() => RunKernel(_cpus[SimdLevel.Vector128]);

    /// <summary>One thread, eight floats at a time.</summary>
    [Benchmark]
    public void Simd256() => RunKernel(_cpus[SimdLevel.Vector256]);

    /// <summary>One thread, sixteen floats at a time.</summary>
    [Benchmark]
    public void Simd512() => RunKernel(_cpus[SimdLevel.Vector512]);

    /// <summary>All processors, the widest vectors.</summary>
    [Benchmark]
    public void Parallel() => RunKernel(Cpu.AllCores);

    /// <summary>Fills the inputs of the workload.</summary>
    protected abstract void Prepare();

    /// <summary>Runs the naive twin.</summary>
    protected abstract void RunReference();

    /// <summary>Runs the kernel.</summary>
    protected abstract void RunKernel(Cpu cpu);

    /// <summary>Puts back what the kernel updates in place, before a check.</summary>
    protected virtual void Reset()
    {
    }

    /// <summary>What the twin wrote.</summary>
    protected abstract ReadOnlySpan<double> Expected();

    /// <summary>What the kernel wrote.</summary>
    protected abstract ReadOnlySpan<float> Actual();

    /// <summary>Standard normal numbers, the same in every run; kept as float and as double.</summary>
    private protected static Operand Normal(long sample, int count)
    {
        Operand operand = new(count);
        new Philox(seed: 1, PhiloxStream.Data).FillNormal(step: 0, sample, operand.Single);
        for (int i = 0; i < count; i++) operand.Double[i] = operand.Single[i];
        return operand;
    }

    /// <summary>Throws at the first value that differs.</summary>
    internal static void Check(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (Math.Abs(actual[i] - expected[i]) <= Tolerance * (1 + Math.Abs(expected[i]))) continue;
            throw new InvalidOperationException($"{what}: value {i} expected {expected[i]}, got {actual[i]}. Nothing was timed.");
        }
    }
}

/// <summary>An array in the two precisions.</summary>
/// <param name="count">Number of values.</param>
internal sealed class Operand(int count)
{
    public float[] Single { get; } = new float[count];

    public double[] Double { get; } = new double[count];
}
