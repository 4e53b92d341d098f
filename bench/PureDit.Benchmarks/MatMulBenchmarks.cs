using BenchmarkDotNet.Attributes;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>A linear layer, y = x·Wᵀ + b.</summary>
/// <param name="Name">Where a model has this shape.</param>
/// <param name="Rows">Rows of x: samples times tokens.</param>
/// <param name="Inputs">Columns of x.</param>
/// <param name="Outputs">Columns of y.</param>
public sealed record LinearWorkload(string Name, int Rows, int Inputs, int Outputs) : IWorkload
{
    /// <inheritdoc/>
    public double Amount => 2.0 * Rows * Inputs * Outputs;

    /// <inheritdoc/>
    public string Unit => "GFLOP/s";

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Rows}x{Inputs}x{Outputs}";
}

/// <summary>How fast is a linear layer, by its shape?</summary>
public class MatMulBenchmarks : KernelBenchmarks
{
    private readonly Operand _none = new(0);
    private Operand _x = null!, _weight = null!, _y = null!;

    /// <summary>Layers of DiT-Nano on a training batch, of DiT-S/2 on one image, and a product without odd edges.</summary>
    public static IEnumerable<LinearWorkload> Workloads =>
    [
        new("nano qkv", 2048, 64, 192), new("nano mlp", 2048, 64, 256),
        new("S/2 qkv", 256, 384, 1152), new("S/2 mlp", 256, 384, 1536),
        new("square", 512, 512, 512),
    ];

    /// <summary>The layer.</summary>
    [ParamsSource(nameof(Workloads))]
    public LinearWorkload Workload { get; set; } = null!;

    /// <inheritdoc/>
    protected override void Prepare()
    {
        _x = Normal(0, Workload.Rows * Workload.Inputs);
        _weight = Normal(1, Workload.Outputs * Workload.Inputs);
        _y = new(Workload.Rows * Workload.Outputs);
    }

    /// <inheritdoc/>
    protected override void RunReference() => Kernels.Reference.MatMul.Linear(
        _x.Double, _weight.Double, _none.Double, Workload.Rows, Workload.Inputs, Workload.Outputs, _y.Double);

    /// <inheritdoc/>
    protected override void RunKernel(Cpu cpu) => MatMul.Linear(
        cpu, _x.Single, _weight.Single, _none.Single, Workload.Rows, Workload.Inputs, Workload.Outputs, _y.Single);

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Expected() => _y.Double;

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Actual() => _y.Single;
}
