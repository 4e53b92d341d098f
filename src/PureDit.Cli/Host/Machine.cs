using System.Globalization;
using System.Runtime.InteropServices;
using PureDit.Kernels;

namespace PureDit.Cli;

/// <summary>What a run was computed on, for its report.</summary>
internal static class Machine
{
    private const string Processors = "/proc/cpuinfo";

    /// <summary>Processor, threads, vector width, system and runtime.</summary>
    /// <param name="threads">Threads of the run; 0 for all processors.</param>
    public static string Describe(int threads)
    {
        int used = threads == 0 ? Environment.ProcessorCount : threads;
        string width = string.Create(CultureInfo.InvariantCulture, $"{(int)SimdLevels.Best}-bit vectors");
        return $"{Processor()}, {used} threads, {width}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";
    }

    /// <summary>A moment, for people.</summary>
    public static string Time(DateTime utc) => utc.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Processor()
    {
        string? model = File.Exists(Processors)
            ? File.ReadLines(Processors).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return model?.Split(':', 2)[^1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
