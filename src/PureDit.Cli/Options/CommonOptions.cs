using System.CommandLine;
using PureDit.Kernels;

namespace PureDit.Cli;

/// <summary>Options of every verb, and of several.</summary>
internal sealed class CommonOptions
{
    private const int MostThreads = 4096;

    /// <summary>Whether the last line of standard output is to be one JSON object.</summary>
    public Option<bool> Json { get; } = new("--json")
    {
        Description = "end standard output with one JSON object; what is for people goes to standard error",
        Recursive = true,
    };

    /// <summary>Whether a failure shows its stack trace.</summary>
    public Option<bool> Verbose { get; } = new("--verbose") { Description = "show the stack trace of a failure", Recursive = true };

    /// <summary>The options of every verb.</summary>
    public IEnumerable<Option> All => [Json, Verbose];

    /// <summary>A new <c>--threads</c>.</summary>
    public static Option<string> Threads() =>
        new("--threads") { Description = "threads, 0 for all processors; changes no result", HelpName = "number" };

    /// <summary>How kernels run.</summary>
    /// <param name="threads">The option's value.</param>
    /// <exception cref="UsageException">It is no number of threads.</exception>
    public static Cpu Cpu(string? threads) => Cpu((int)Numbers.Whole(threads, "--threads", 0, MostThreads, 0));

    /// <summary>How kernels run.</summary>
    /// <param name="threads">Number of threads; 0 for all processors.</param>
    public static Cpu Cpu(int threads) => threads == 0 ? PureDit.Kernels.Cpu.AllCores : new(threads);
}
