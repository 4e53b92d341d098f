using PureDit.Formats;
using Spectre.Console;

namespace PureDit.Cli;

/// <summary>Everything that a command knows of the world outside.</summary>
internal sealed record CliHost
{
    private const int PlainWidth = 1000; // no terminal, no reason to wrap

    /// <summary>Standard output: results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Standard error: errors; with --json also everything else that is for people.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>What standard output can show.</summary>
    public Display OutDisplay { get; init; }

    /// <summary>What standard error can show.</summary>
    public Display ErrorDisplay { get; init; }

    /// <summary>Folder that relative paths start from; absolute.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Measures time.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Asked for by the first signal.</summary>
    public required StopRequest Stop { get; init; }

    /// <summary>The disk that checkpoints go to.</summary>
    public IFileOperations Files { get; init; } = DiskFiles.Managed;

    /// <summary>Bytes of memory that the process may use.</summary>
    public long AvailableMemory { get; init; } = long.MaxValue;

    /// <summary>A path of the command line as an absolute one.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, WorkingDirectory);

    /// <summary>A path as people want to read it: relative where that is shorter.</summary>
    public string Shorten(string path)
    {
        string relative = Path.GetRelativePath(WorkingDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    /// <summary>Renders for people, on standard output or, where that is kept for JSON, on standard error.</summary>
    public IAnsiConsole Screen(bool onError)
    {
        Display display = onError ? ErrorDisplay : OutDisplay;
        IAnsiConsole screen = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(onError ? Error : Out),
            Ansi = display.Terminal ? AnsiSupport.Detect : AnsiSupport.Yes, // "No" would reset the colours of Console itself
            ColorSystem = display is { Terminal: true, Color: true } ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        if (!display.Terminal) screen.Profile.Width = PlainWidth;
        return screen;
    }
}

/// <summary>What a stream can show.</summary>
/// <param name="Terminal">Whether it is a terminal that understands cursor movements.</param>
/// <param name="Color">Whether colour is welcome.</param>
internal readonly record struct Display(bool Terminal, bool Color);
