using System.Text.Json;

namespace PureDit.Cli.Tests;

/// <summary>Runs command lines in this process, in a folder of their own that is removed afterwards.</summary>
public sealed class CommandRunner : IDisposable
{
    /// <summary>A run of a second: a small model, few steps, few samples.</summary>
    public static readonly string[] Tiny =
    [
        "--steps", "20", "--width", "16", "--depth", "1", "--heads", "2", "--batch", "8", "--samples", "64",
        "--evaluation-sequences", "32", "--sampler-steps", "4", "--log-every", "5", "--threads", "1",
    ];

    public string Folder { get; } = Directory.CreateTempSubdirectory("puredit-cli-").FullName;

    internal StopRequest Stop { get; } = new();

    /// <summary>What the command is told of the memory.</summary>
    public long AvailableMemory { get; set; } = long.MaxValue;

    public string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

    public CommandResult Run(params string[] args) => Run(new StringWriter(), args);

    public CommandResult Train(string name, params string[] more) =>
        Run(["train", "gp", "--run", name, "--training-sequences", "64", .. Tiny, .. more]);

    public CommandResult Run(StringWriter output, params string[] args)
    {
        StringWriter error = new();
        int code = PureDitCommandLine.Run(args, new CliHost
        {
            Out = output,
            Error = error,
            WorkingDirectory = Folder,
            Clock = TimeProvider.System,
            Stop = Stop,
            AvailableMemory = AvailableMemory,
        });
        return new(code, output.ToString(), error.ToString());
    }

    public void Dispose()
    {
        Stop.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>What a command left behind.</summary>
public sealed record CommandResult(int Code, string Out, string Error)
{
    /// <summary>The object in the last line of standard output.</summary>
    public JsonElement Json => JsonDocument.Parse(Out.TrimEnd('\n').Split('\n')[^1]).RootElement;

    /// <summary>Asserts an exit code; a failure shows what the command said.</summary>
    public CommandResult Expect(int code)
    {
        Assert.True(Code == code, $"expected exit code {code}, got {Code}\n{Out}\n{Error}");
        return this;
    }

    /// <summary>Asserts a failure: its code, the two lines on standard error, and what the message names.</summary>
    public void ExpectError(int code, params string[] named)
    {
        Expect(code);
        string[] lines = Error.TrimEnd('\n').Split('\n');
        Assert.StartsWith("puredit: error: ", lines[^2], StringComparison.Ordinal);
        Assert.StartsWith("hint: ", lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal); // no stack trace
        foreach (string name in named) Assert.Contains(name, lines[^2] + lines[^1], StringComparison.Ordinal);
    }
}
