using BenchmarkDotNet.Attributes;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>How fast is the optimiser's step over all weights: does it run at the speed of memory?</summary>
public class AdamWBenchmarks : KernelBenchmarks
{
    private const float LearningRate = 1e-3f;
    private static readonly AdamWSettings s_settings = new(WeightDecay: 0.01);
    private Operand _gradients = null!, _start = null!, _weights = null!, _m = null!, _v = null!;

    /// <summary>As many weights as DiT-Nano has, and more than caches hold; four arrays are read and three written.</summary>
    public static IEnumerable<RowsWorkload> Workloads => [new("nano", 1, 300_000, 7), new("large", 1, 4_000_000, 7)];

    /// <summary>The weights.</summary>
    [ParamsSource(nameof(Workloads))]
    public RowsWorkload Workload { get; set; } = null!;

    /// <inheritdoc/>
    protected override void Prepare()
    {
        (_gradients, _start) = (Normal(0, Workload.Count), Normal(1, Workload.Count));
        (_weights, _m, _v) = (new(Workload.Count), new(Workload.Count), new(Workload.Count));
        _start.Double.CopyTo(_weights.Double, 0);
    }

    /// <inheritdoc/>
    protected override void RunReference() =>
        Kernels.Reference.AdamW.Step(s_settings, 1, LearningRate, _weights.Double, _gradients.Double, _m.Double, _v.Double);

    /// <inheritdoc/>
    protected override void RunKernel(Cpu cpu) =>
        AdamW.Step(cpu, s_settings, 1, LearningRate, _weights.Single, _gradients.Single, _m.Single, _v.Single);

    /// <inheritdoc/>
    protected override void Reset()
    {
        _start.Single.CopyTo(_weights.Single, 0);
        _m.Single.AsSpan().Clear();
        _v.Single.AsSpan().Clear();
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Expected() => _weights.Double;

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Actual() => _weights.Single;
}
