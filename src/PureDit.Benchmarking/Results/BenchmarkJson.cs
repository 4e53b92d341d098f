// The results for programs. A number that is not finite is null, because JSON knows no other way to say so.

using System.Text.Json.Serialization;

namespace PureDit.Benchmarking;

/// <summary>A result.</summary>
/// <param name="Name">Name, with threads.</param>
/// <param name="Group">Kind of work.</param>
/// <param name="Shape">Sizes, for people.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Simd">Bits of a vector.</param>
/// <param name="Value">The result.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Seconds">Seconds of a call: the median over rounds, of a limit the fastest.</param>
/// <param name="Rounds">Rounds.</param>
/// <param name="Spread">Distance between the quartiles, over the median.</param>
/// <param name="Gigaflops">10⁹ operations per second.</param>
/// <param name="Gigabytes">10⁹ bytes per second.</param>
/// <param name="PercentOfLimit">Share of the roofline, in percent.</param>
/// <param name="Limit">What bounds it.</param>
/// <param name="PeakMebibytes">Peak memory of the process, where it was measured.</param>
/// <param name="Peer">Name of the fastest other program's result.</param>
/// <param name="PeerValue">That result, in the same unit.</param>
/// <param name="Ratio">How many times as fast as that program.</param>
public sealed record MeasurementJson(
    string Name, string Group, string Shape, int Threads, int Simd, double? Value, string Unit, double? Seconds, int Rounds,
    double? Spread, double? Gigaflops, double? Gigabytes, double? PercentOfLimit, string? Limit, long? PeakMebibytes,
    string? Peer, double? PeerValue, double? Ratio);

/// <summary>All results.</summary>
/// <param name="Machine">Processor, threads, runtime.</param>
/// <param name="Limits">Limits of the machine.</param>
/// <param name="Measurements">Results.</param>
/// <param name="Complete">Whether everything was measured that was asked for.</param>
/// <param name="Page">Path of the page; null where none was written.</param>
public sealed record BenchmarkJson(
    string Machine, IReadOnlyList<MeasurementJson> Limits, IReadOnlyList<MeasurementJson> Measurements, bool Complete, string? Page)
{
    /// <summary>The results of a report.</summary>
    public static BenchmarkJson Of(BenchmarkReport report, bool complete, string? page) => new(
        report.Machine, [.. report.Peak.Measurements.Select(found => Of(found, report))],
        [.. report.Measurements.Select(found => Of(found, report))], complete, page);

    private static MeasurementJson Of(Measurement found, BenchmarkReport report)
    {
        (string Name, double Value, double Ratio)? peer = report.Peers?.Against(found);
        bool limit = found.Work.Group == WorkloadGroup.Peak;
        return new(
            found.Name, found.Work.Group.ToString().ToLowerInvariant(), found.Work.Shape, found.Threads, (int)found.Simd,
            Finite(found.Value), found.Work.UnitSymbol, Finite(found.Seconds), found.Timing.Rounds, Finite(found.Timing.Spread),
            Finite(found.Gigaflops), Finite(found.Gigabytes), limit ? null : Finite(100 * report.Peak.Share(found)),
            limit ? null : report.Peak.Of(found.Work, found.Threads, found.Simd).Name, found.PeakBytes >> 20,
            peer?.Name, peer?.Value, peer?.Ratio);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>How results become text.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BenchmarkJson))]
public sealed partial class BenchmarkJsonContext : JsonSerializerContext;
