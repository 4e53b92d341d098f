// Attacks the readers of untrusted files with changed files, in this process and without other tools:
//
//   dotnet run -c Release --project tests/PureDit.Fuzz -- --format all --count 1000000 --seed 1
//   dotnet run -c Release --project tests/PureDit.Fuzz -- --format csv --replay fuzz-csv-1-4711.bin
//
// Exit code 1 if an input made a reader fail; such inputs are written to the current folder.

using System.Globalization;

namespace PureDit.Fuzz;

public static class Program
{
    private const string Usage =
        "usage: --format all|safetensors|npy|csv|config  --count N | --seconds S  [--seed N] [--threads N] [--replay FILE]";

    public static int Main(string[] args)
    {
        Dictionary<string, string> options = [];
        for (int i = 0; i + 1 < args.Length; i += 2) options[args[i]] = args[i + 1];
        string[] unknown = [.. options.Keys.Except(["--format", "--count", "--seconds", "--seed", "--threads", "--replay"])];
        string name = options.GetValueOrDefault("--format", "all");
        IFuzzFormat[] formats = [.. FuzzRun.Formats.Where(format => name == "all" || format.Name == name)];
        if (args.Length % 2 != 0 || unknown.Length > 0 || formats.Length == 0)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        if (options.TryGetValue("--replay", out string? file)) return Replay(formats, File.ReadAllBytes(file));
        double seconds = double.Parse(options.GetValueOrDefault("--seconds", "3600"), CultureInfo.InvariantCulture);
        long count = long.Parse(
            options.GetValueOrDefault("--count", options.ContainsKey("--seconds") ? "1000000000000" : "1000000"), CultureInfo.InvariantCulture);
        ulong seed = ulong.Parse(options.GetValueOrDefault("--seed", "1"), CultureInfo.InvariantCulture);
        int threads = int.Parse(options.GetValueOrDefault("--threads", $"{Environment.ProcessorCount}"), CultureInfo.InvariantCulture);
        int failures = 0;
        foreach (IFuzzFormat format in formats)
        {
            FuzzResult result = new FuzzRun(format, seed, threads).Run(count, TimeSpan.FromSeconds(seconds));
            failures += result.Failures.Count;
            Report(result, seed, threads);
        }

        return failures == 0 ? 0 : 1;
    }

    private static void Report(FuzzResult result, ulong seed, int threads)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Format,-12}{result.Inputs,12:#,0} inputs in {result.Seconds:F1} s ({result.Inputs / result.Seconds:#,0}/s), "
            + $"{(double)result.Accepted / Math.Max(1, result.Inputs):P1} accepted, slowest {1e3 * result.Slowest:F0} ms, "
            + $"{result.Failures.Count} failures, seed {seed}, {threads} threads"));
        foreach (FuzzFailure failure in result.Failures)
        {
            string file = $"fuzz-{result.Format}-{seed}-{failure.Index}.bin";
            File.WriteAllBytes(file, failure.Input);
            Console.WriteLine($"seed {seed}, input {failure.Index}, written to {file}: {failure.Error}");
        }
    }

    private static int Replay(IFuzzFormat[] formats, byte[] input)
    {
        foreach (IFuzzFormat format in formats) Console.WriteLine($"{format.Name}: {(format.Accepts(input) ? "accepted" : "refused")}");
        return 0;
    }
}
