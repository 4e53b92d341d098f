using BenchmarkDotNet.Attributes;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>Numbers to draw.</summary>
/// <param name="Name">Where a model needs them.</param>
/// <param name="Samples">Samples, each with its key.</param>
/// <param name="Values">Values of a sample.</param>
public sealed record Draws(string Name, int Samples, int Values)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Samples}x{Values}";
}

/// <summary>What do keyed normal numbers cost, against a generator with state?</summary>
public class PhiloxBenchmarks
{
    private readonly Philox _philox = new(seed: 1, PhiloxStream.Noise);
    private readonly Random _random = new(1);
    private float[] _numbers = [];

    /// <summary>The noise of a training batch of DiT-Nano, and of one of DiT-S/2 with 32 images.</summary>
    public static IEnumerable<Draws> Workloads => [new("nano", 128, 64), new("S/2", 32, 4096)];

    /// <summary>Samples and values of each.</summary>
    [ParamsSource(nameof(Workloads))]
    public Draws Workload { get; set; } = null!;

    /// <summary>Checks the generator against its published test vector, and the normal numbers against their moments.</summary>
    [GlobalSetup]
    public void Setup()
    {
        if (Philox.Block(0, 0, 0, 0, 0) != (0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8))
        {
            throw new InvalidOperationException("Philox4x32-10 does not give its published numbers. Nothing was timed.");
        }

        _numbers = new float[Workload.Samples * Workload.Values];
        Normal();
        double mean = _numbers.Average(), variance = _numbers.Average(z => (double)z * z);
        double five = 5 / Math.Sqrt(_numbers.Length); // standard deviations of the mean
        if (Math.Abs(mean) > five || Math.Abs(variance - 1) > 1.5 * five)
        {
            throw new InvalidOperationException($"normal numbers: expected mean 0 and variance 1, got {mean} and {variance}. Nothing was timed.");
        }
    }

    /// <summary>System.Random and the transform of Box and Muller with Math's functions.</summary>
    [Benchmark(Baseline = true)]
    public void Reference()
    {
        for (int i = 0; i < _numbers.Length; i += 2)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())), angle = 2 * Math.PI * _random.NextDouble();
            _numbers[i] = (float)(radius * Math.Cos(angle));
            _numbers[i + 1] = (float)(radius * Math.Sin(angle));
        }
    }

    /// <summary>Keyed normal numbers, sample by sample.</summary>
    [Benchmark]
    public void Normal()
    {
        for (int i = 0; i < Workload.Samples; i++) _philox.FillNormal(step: 0, i, _numbers.AsSpan(i * Workload.Values, Workload.Values));
    }

    /// <summary>Keyed uniform numbers, sample by sample.</summary>
    [Benchmark]
    public void Uniform()
    {
        for (int i = 0; i < Workload.Samples; i++) _philox.FillUniform(step: 0, i, _numbers.AsSpan(i * Workload.Values, Workload.Values));
    }
}
