using BenchmarkDotNet.Attributes;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>How fast is the gated residual, y = x + gate ⊙ branch: does it run at the speed of memory?</summary>
public class GateBenchmarks : KernelBenchmarks
{
    private const int RowsPerSample = 16;

    private Operand _x = null!, _gate = null!, _branch = null!, _y = null!;

    /// <summary>The residual stream of DiT-Nano on a training batch and of DiT-S/2 on 8 images.</summary>
    public static IEnumerable<RowsWorkload> Workloads => [new("nano", 2048, 64, 3), new("S/2", 2048, 384, 3)];

    /// <summary>The rows.</summary>
    [ParamsSource(nameof(Workloads))]
    public RowsWorkload Workload { get; set; } = null!;

    /// <inheritdoc/>
    protected override void Prepare()
    {
        _x = Normal(0, Workload.Count);
        _gate = Normal(1, Workload.Count / RowsPerSample);
        _branch = Normal(2, Workload.Count);
        _y = new(Workload.Count);
    }

    /// <inheritdoc/>
    protected override void RunReference() => Kernels.Reference.Gate.Forward(
        _x.Double, _gate.Double, _branch.Double, Workload.Rows, Workload.Width, RowsPerSample, Workload.Width, _y.Double);

    /// <inheritdoc/>
    protected override void RunKernel(Cpu cpu) => Gate.Forward(
        cpu, _x.Single, _gate.Single, _branch.Single, Workload.Rows, Workload.Width, RowsPerSample, Workload.Width, _y.Single);

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Expected() => _y.Double;

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Actual() => _y.Single;
}
