// The process: console, clock, environment and signals end here; everything behind takes them as arguments.

using PureDit.Formats;

namespace PureDit.Cli;

/// <summary>Runs command lines in the process's own console.</summary>
internal static class ProcessHost
{
    /// <summary>Runs a command line.</summary>
    /// <param name="args">Arguments without the program's name.</param>
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> args)
    {
        using StopRequest stop = new();
        using StopSignals signals = new(stop, Console.Error, Environment.Exit);
        bool noColor = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        bool dumb = Environment.GetEnvironmentVariable("TERM") is "dumb";
        return PureDitCommandLine.Run(args, new CliHost
        {
            Out = Console.Out,
            Error = Console.Error,
            OutDisplay = new(Terminal: !Console.IsOutputRedirected && !dumb, Color: !noColor),
            ErrorDisplay = new(Terminal: !Console.IsErrorRedirected && !dumb, Color: !noColor),
            WorkingDirectory = Environment.CurrentDirectory,
            Clock = TimeProvider.System,
            Stop = stop,
            Files = new DiskFiles(FolderSync.Available),
            AvailableMemory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, // knows containers and limits
        });
    }
}
