// The workloads of PureDit.Benchmarking under BenchmarkDotNet: every vector width of the machine, one thread and all.
// Nothing is timed before it is right: setup runs the work once and holds it against a result computed otherwise.

using BenchmarkDotNet.Attributes;
using PureDit.Benchmarking;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>A workload as the value of a parameter, shown by its name.</summary>
/// <param name="Workload">The workload.</param>
public sealed record Named(Workload Workload)
{
    /// <inheritdoc/>
    public override string ToString() => Workload.Name;
}

/// <summary>One workload, run one way.</summary>
public abstract class WorkloadBenchmarks
{
    private Action _run = () => { };

    /// <summary>One thread and, where there are more, all.</summary>
    public static IEnumerable<int> ThreadCounts => new[] { 1, Environment.ProcessorCount }.Distinct();

    /// <summary>Every vector width of the machine.</summary>
    public static IEnumerable<SimdLevel> Widths => SimdLevels.Supported;

    /// <summary>The work, one of the derived class's <c>Workloads</c>.</summary>
    [ParamsSource("Workloads")]
    public Named Work { get; set; } = null!;

    /// <summary>Threads.</summary>
    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    /// <summary>Vector width.</summary>
    [ParamsSource(nameof(Widths))]
    public SimdLevel Simd { get; set; }

    /// <summary>Prepares and checks.</summary>
    [GlobalSetup]
    public void Setup()
    {
        PreparedWork work = Work.Workload.Prepare(new Cpu(Threads, Simd));
        work.Run();
        work.Check();
        _run = work.Run;
    }

    /// <summary>One call.</summary>
    [Benchmark]
    public void Run() => _run();
}

/// <summary>How fast is a matrix product, by its shape?</summary>
public class MatMulBenchmarks : WorkloadBenchmarks
{
    /// <summary>The workloads.</summary>
    public static IEnumerable<Named> Workloads => Catalogue.MatMul.Select(shape => new Named(shape.ToWorkload()));
}

/// <summary>How fast is attention, block by block and with the stored matrix?</summary>
public class AttentionBenchmarks : WorkloadBenchmarks
{
    /// <summary>The workloads.</summary>
    public static IEnumerable<Named> Workloads =>
        from which in Catalogue.Attention
        from method in Enum.GetValues<AttentionMethod>()
        select new Named((which with { Method = method }).ToWorkload());
}

/// <summary>Do the kernels that pass over memory run at its speed?</summary>
public class ElementwiseBenchmarks : WorkloadBenchmarks
{
    /// <summary>The workloads.</summary>
    public static IEnumerable<Named> Workloads => Catalogue.Elementwise.Select(work => new Named(work));
}

/// <summary>How fast does a DiT predict?</summary>
public class DiTForwardBenchmarks : WorkloadBenchmarks
{
    /// <summary>The workloads.</summary>
    public static IEnumerable<Named> Workloads => Catalogue.Models.Where(model => !model.Train).Select(model => new Named(model.ToWorkload()));
}

/// <summary>How fast is a training step: forward, backward, AdamW? Warm, it should allocate nothing.</summary>
public class TrainingStepBenchmarks : WorkloadBenchmarks
{
    /// <summary>The workloads.</summary>
    public static IEnumerable<Named> Workloads => Catalogue.Models.Where(model => model.Train).Select(model => new Named(model.ToWorkload()));
}
