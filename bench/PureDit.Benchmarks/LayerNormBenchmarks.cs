using BenchmarkDotNet.Attributes;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>How fast is layer normalisation with shift and scale?</summary>
public class LayerNormBenchmarks : KernelBenchmarks
{
    private const int RowsPerSample = 16;
    private const float Epsilon = 1e-6f;

    private Operand _x = null!, _shift = null!, _scale = null!, _y = null!, _mean = null!, _inverseStd = null!;

    /// <summary>The residual stream of DiT-Nano on a training batch and of DiT-S/2 on 8 images.</summary>
    public static IEnumerable<RowsWorkload> Workloads => [new("nano", 2048, 64, 2), new("S/2", 2048, 384, 2)];

    /// <summary>The rows.</summary>
    [ParamsSource(nameof(Workloads))]
    public RowsWorkload Workload { get; set; } = null!;

    /// <inheritdoc/>
    protected override void Prepare()
    {
        _x = Normal(0, Workload.Count);
        _shift = Normal(1, Workload.Count / RowsPerSample);
        _scale = Normal(2, Workload.Count / RowsPerSample);
        (_y, _mean, _inverseStd) = (new(Workload.Count), new(Workload.Rows), new(Workload.Rows));
    }

    /// <inheritdoc/>
    protected override void RunReference() => Kernels.Reference.LayerNorm.Forward(
        _x.Double, _shift.Double, _scale.Double, Workload.Rows, Workload.Width, RowsPerSample, Workload.Width, Epsilon,
        _y.Double, _mean.Double, _inverseStd.Double);

    /// <inheritdoc/>
    protected override void RunKernel(Cpu cpu) => LayerNorm.Forward(
        cpu, _x.Single, _shift.Single, _scale.Single, Workload.Rows, Workload.Width, RowsPerSample, Workload.Width, Epsilon,
        _y.Single, _mean.Single, _inverseStd.Single);

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Expected() => _y.Double;

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Actual() => _y.Single;
}
