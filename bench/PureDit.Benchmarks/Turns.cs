// A player for compare-peers.py: prepares what it is asked for by name, and calls it for as long as it is told. Other
// programs do the same with other libraries, and turns of a few milliseconds go round between them.

using System.Diagnostics;
using System.Globalization;
using PureDit.Benchmarking;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>Reads lines <c>name seconds</c>, answers each with <c>milliseconds operations</c> of one call, or <c>error …</c>.</summary>
internal static class Turns
{
    private const string Peak = "peak";

    /// <summary>Answers until the input ends.</summary>
    public static int Play(int threads, TextReader input, TextWriter output)
    {
        Dictionary<string, Workload> known = Catalogue.All.ToDictionary(work => work.Name);
        known[Peak] = known[PeakWork.Name(SimdLevels.Best)];
        Dictionary<string, Action> ready = [];
        while (input.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            double seconds = double.Parse(words[1], CultureInfo.InvariantCulture);
            if (!known.TryGetValue(words[0], out Workload? work))
            {
                output.WriteLine($"error no workload {words[0]}");
                continue;
            }

            if (!ready.TryGetValue(work.Name, out Action? run))
            {
                foreach (string old in ready.Keys.Where(name => !PeakWork.All.Any(peak => peak.Name == name)).ToArray()) ready.Remove(old);
                GC.Collect(); // one model at a time
                PreparedWork prepared = work.Prepare(new Cpu(threads));
                prepared.Run();
                prepared.Check();
                ready[work.Name] = run = prepared.Run;
            }

            double operations = work.IsLimit ? work.Operations * threads : work.Operations;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Time(run, seconds):R} {operations:R}"));
        }

        return 0;
    }

    private static double Time(Action run, double seconds)
    {
        long start = Stopwatch.GetTimestamp();
        int calls = 0;
        double elapsed;
        do
        {
            run();
            calls++;
            elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        while (elapsed < seconds);
        return 1e3 * elapsed / calls;
    }
}
