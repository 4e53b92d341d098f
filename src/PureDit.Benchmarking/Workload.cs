// Something whose speed is worth knowing, as a description that costs nothing: name, shape, and the work of one call
// counted from the shape alone. Preparing it allocates and fills its inputs; a model of 675 M weights exists only then.
//
// Counted work is what the mathematics asks for: 2·M·N·K operations for a product, arrays read or written once for the
// rest. Padding, packing, recomputation and caches do not count, so they show as speed that is missing.

using PureDit.Kernels;

namespace PureDit.Benchmarking;

/// <summary>Kinds of work, as the command line names them.</summary>
public enum WorkloadGroup
{
    /// <summary>What the machine can do at most.</summary>
    Peak,

    /// <summary>Matrix products.</summary>
    MatMul,

    /// <summary>Attention, forward and backward.</summary>
    Attention,

    /// <summary>Normalisations, activations, the optimiser.</summary>
    Elementwise,

    /// <summary>Whole models: a prediction or a training step.</summary>
    Step,
}

/// <summary>How a result is told.</summary>
public enum WorkloadUnit
{
    /// <summary>Milliseconds per call; less is better.</summary>
    Milliseconds,

    /// <summary>10⁹ floating-point operations per second.</summary>
    Gigaflops,

    /// <summary>10⁹ bytes per second.</summary>
    Gigabytes,
}

/// <summary>A description of work that can be prepared, checked and timed.</summary>
/// <param name="Name">Name as in a line of results, without program and threads: <c>gemm_s2_fc1</c>.</param>
/// <param name="Group">Kind.</param>
/// <param name="Shape">Sizes, for people.</param>
/// <param name="Operations">Floating-point operations of one call, a multiply-add counted as two.</param>
/// <param name="Bytes">Bytes of all arrays that one call reads or writes, each counted once per direction.</param>
/// <param name="Prepare">Allocates and fills the inputs for a way of running.</param>
public sealed record Workload(
    string Name, WorkloadGroup Group, string Shape, double Operations, double Bytes, Func<Cpu, PreparedWork> Prepare)
{
    /// <summary>How the result is told.</summary>
    public WorkloadUnit Unit { get; init; } = WorkloadUnit.Milliseconds;

    /// <summary>
    /// The name of the work, where there are several ways to do it: these take turns, round by round, since their ratio is
    /// worth more than their times.
    /// </summary>
    public string Contest { get; init; } = Name;

    /// <summary>A slower way to compute the same, to be measured beside it; null for none.</summary>
    public Workload? Rival { get; init; }

    /// <summary>Name of the line that tells the peak memory of the process after this work; empty for none.</summary>
    public string MemoryName { get; init; } = "";

    /// <summary>Whether this is a limit of the machine: every thread does the counted work, and the fastest round counts.</summary>
    public bool IsLimit => Group == WorkloadGroup.Peak;

    /// <summary>Whether it needs gigabytes or minutes, and so is only done when it is asked for.</summary>
    public bool IsHeavy { get; init; }

    /// <summary>The unit's symbol.</summary>
    public string UnitSymbol => Unit switch
    {
        WorkloadUnit.Gigaflops => "GFLOP/s",
        WorkloadUnit.Gigabytes => "GB/s",
        _ => "ms",
    };
}

/// <summary>Work with its memory.</summary>
/// <param name="Run">One call. All calls do the same work.</param>
/// <param name="Check">
/// Judges what the first call wrote against something computed otherwise; throws <see cref="WrongResultException"/>.
/// </param>
/// <param name="Outputs">What a call writes.</param>
public sealed record PreparedWork(Action Run, Action Check, params IReadOnlyList<OutputSpan> Outputs);

/// <summary>Memory that a call writes, looked up anew each time.</summary>
public delegate Span<float> OutputSpan();

/// <summary>A kernel gave a wrong result: it is not timed.</summary>
/// <param name="message">Which value differs, and by how much.</param>
public sealed class WrongResultException(string message) : Exception(message);
