using BenchmarkDotNet.Attributes;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>How fast is SiLU, which acts on one row per sample only?</summary>
public class SiluBenchmarks : KernelBenchmarks
{
    private Operand _x = null!, _y = null!;

    /// <summary>Conditioning vectors of a training batch of DiT-Nano and of 32 images of DiT-S/2.</summary>
    public static IEnumerable<RowsWorkload> Workloads => [new("nano", 128, 64, 2), new("S/2", 32, 384, 2)];

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
    protected override void RunReference() => Kernels.Reference.Silu.Forward(_x.Double, _y.Double);

    /// <inheritdoc/>
    protected override void RunKernel(Cpu cpu) => Silu.Forward(cpu, _x.Single, _y.Single);

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Expected() => _y.Double;

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Actual() => _y.Single;
}
