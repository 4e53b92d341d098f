using BenchmarkDotNet.Attributes;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>How fast is the softmax of rows, short and long?</summary>
public class SoftmaxBenchmarks : KernelBenchmarks
{
    private Operand _x = null!, _y = null!;

    /// <summary>Scores of DiT-Nano, of DiT-S/2, and of a long sequence.</summary>
    public static IEnumerable<RowsWorkload> Workloads => [new("nano", 8192, 16, 2), new("S/2", 1536, 256, 2), new("long", 1024, 1024, 2)];

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
    protected override void RunReference() => Kernels.Reference.Softmax.Forward(_x.Double, Workload.Rows, Workload.Width, _y.Double);

    /// <inheritdoc/>
    protected override void RunKernel(Cpu cpu) => Softmax.Forward(cpu, _x.Single, Workload.Rows, Workload.Width, _y.Single);

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Expected() => _y.Double;

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Actual() => _y.Single;
}
