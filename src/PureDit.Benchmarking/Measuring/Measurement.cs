using System.Globalization;
using PureDit.Kernels;

namespace PureDit.Benchmarking;

/// <summary>What was measured of one workload, run one way.</summary>
/// <param name="Work">The workload.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Simd">Vector width.</param>
/// <param name="Timing">Time of one call.</param>
public sealed record Measurement(Workload Work, int Threads, SimdLevel Simd, Timing Timing)
{
    /// <summary>Peak memory of the process in bytes, where the workload asks for it.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>Name with threads, as in lines of results; the width is named where it is not the widest.</summary>
    public string Name => Of(Work.Name);

    /// <summary>The same for the contest: the name under which other programs do this work.</summary>
    public string ContestName => Of(Work.Contest);

    /// <summary>Seconds of one call.</summary>
    public double Seconds => Work.IsLimit ? Timing.Fastest : Timing.Median;

    /// <summary>The result in the workload's unit.</summary>
    public double Value => Work.Unit switch
    {
        WorkloadUnit.Gigaflops => Gigaflops,
        WorkloadUnit.Gigabytes => Gigabytes,
        _ => 1e3 * Seconds,
    };

    /// <summary>The result with four significant digits, without an exponent.</summary>
    public string ValueText => Digits(Value);

    /// <summary>10⁹ operations per second.</summary>
    public double Gigaflops => Share * Work.Operations / Seconds / 1e9;

    /// <summary>10⁹ bytes per second.</summary>
    public double Gigabytes => Share * Work.Bytes / Seconds / 1e9;

    /// <summary>Operations per byte.</summary>
    public double Intensity => Work.Operations / Work.Bytes;

    /// <summary>The lines <c>puredit_NAME_tTHREADS value unit</c>: the result, and the peak memory where it was measured.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"puredit_{Name} {ValueText} {Work.UnitSymbol}";
        if (PeakBytes is long bytes) yield return string.Create(CultureInfo.InvariantCulture, $"puredit_{Of(Work.MemoryName)} {bytes >> 20} MiB");
    }

    private int Share => Work.IsLimit ? Threads : 1;

    private string Of(string name) => string.Create(
        CultureInfo.InvariantCulture, $"{name}{(Simd == SimdLevels.Supported[0] ? "" : $"_simd{(int)Simd}")}_t{Threads}");

    internal static string Digits(double value)
    {
        int decimals = value > 0 ? Math.Clamp(3 - (int)Math.Floor(Math.Log10(value)), 0, 9) : 0;
        return value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }
}
