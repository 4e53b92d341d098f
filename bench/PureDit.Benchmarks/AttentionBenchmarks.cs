using BenchmarkDotNet.Attributes;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>Multi-head attention: two products of T×T×headSize per head.</summary>
/// <param name="Name">Where a model has this shape.</param>
/// <param name="Shape">Sizes.</param>
public sealed record AttentionWorkload(string Name, AttentionShape Shape) : IWorkload
{
    /// <inheritdoc/>
    public double Amount => 4.0 * Shape.Batch * Shape.Tokens * Shape.Tokens * Shape.Width;

    /// <inheritdoc/>
    public string Unit => "GFLOP/s";

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Shape.Batch}x{Shape.Tokens}x{Shape.Heads}x{Shape.HeadSize}";
}

/// <summary>How fast is attention forward, for many short sequences and for a few long ones?</summary>
public class AttentionBenchmarks : KernelBenchmarks
{
    private Operand _qkv = null!, _o = null!;
    private float[] _logSumExp = null!;

    /// <summary>A training batch of DiT-Nano, one image of DiT-S/2, one long sequence.</summary>
    public static IEnumerable<AttentionWorkload> Workloads =>
    [
        new("nano", new(Batch: 128, Tokens: 16, Heads: 4, HeadSize: 16)),
        new("S/2", new(Batch: 1, Tokens: 256, Heads: 6, HeadSize: 64)),
        new("long", new(Batch: 1, Tokens: 1024, Heads: 6, HeadSize: 64)),
    ];

    /// <summary>The sizes.</summary>
    [ParamsSource(nameof(Workloads))]
    public AttentionWorkload Workload { get; set; } = null!;

    /// <inheritdoc/>
    protected override void Prepare()
    {
        _qkv = Normal(0, Workload.Shape.QkvLength);
        _o = new(Workload.Shape.OutputLength);
        _logSumExp = new float[Workload.Shape.StatisticsLength];
    }

    /// <inheritdoc/>
    protected override void RunReference() => Kernels.Reference.Attention.Forward(Workload.Shape, _qkv.Double, _o.Double);

    /// <inheritdoc/>
    protected override void RunKernel(Cpu cpu) => Attention.Forward(cpu, Workload.Shape, _qkv.Single, _o.Single, _logSumExp);

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Expected() => _o.Double;

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Actual() => _o.Single;
}
