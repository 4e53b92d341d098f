using BenchmarkDotNet.Attributes;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>How fast is GELU: arithmetic or memory?</summary>
public class GeluBenchmarks : KernelBenchmarks
{
    private Operand _x = null!, _y = null!;

    /// <summary>Hidden layers of DiT-Nano on a training batch and of DiT-S/2 on one image.</summary>
    public static IEnumerable<RowsWorkload> Workloads => [new("nano", 2048, 256, 2), new("S/2", 256, 1536, 2)];

    /// <summary>The rows.</summary>
    [ParamsSource(nameof(Workloads))]
    public RowsWorkload Workload { get; set; } = null!;

    /// <inheritdoc/>
    protected override void Prepare()
    {
        _x = Normal(0, Workload.Count);
        _y = new(Workload.Count);
    }

    /// <inheritdoc/>
    protected override void RunReference() => Kernels.Reference.Gelu.Forward(_x.Double, _y.Double);

    /// <inheritdoc/>
    protected override void RunKernel(Cpu cpu) => Gelu.Forward(cpu, _x.Single, _y.Single);

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Expected() => _y.Double;

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Actual() => _y.Single;
}
