using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace PureDit.Cli.Tests;

/// <summary>The program as a process of its own.</summary>
internal sealed class Child : IDisposable
{
    /// <summary>How long anything may take before it is said to hang.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly StringBuilder _error = new(), _out = new();

    private Child(Process process) => _process = process;

    /// <summary>How a shell would run the program.</summary>
    public static string Program => $"exec dotnet exec '{Path.Combine(AppContext.BaseDirectory, "puredit.dll")}'";

    public static Child Start(string folder, params string[] arguments) =>
        Start(folder, [], "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "puredit.dll"), .. arguments]);

    public static Child Start(string folder, Dictionary<string, string> environment, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        Child child = new(Process.Start(start)!);
        child._process.ErrorDataReceived += (_, line) => child._error.AppendLine(line.Data);
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Returns once a line of standard output contains a text.</summary>
    public void WaitFor(string text)
    {
        string? line;
        do
        {
            line = _process.StandardOutput.ReadLine();
            _out.AppendLine(line);
        }
        while (line is not null && !line.Contains(text, StringComparison.Ordinal));
        Assert.True(line is not null, $"the process ended without '{text}':\n{_out}{_error}");
    }

    public void Send(int signal)
    {
        using Process kill = Process.Start("kill", $"-{signal.ToString(CultureInfo.InvariantCulture)} {_process.Id.ToString(CultureInfo.InvariantCulture)}");
        kill.WaitForExit();
    }

    /// <summary>Kills it, with no chance to do anything.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public CommandResult End()
    {
        Task<string> rest = _process.StandardOutput.ReadToEndAsync();
        Assert.True(_process.WaitForExit(Patience), "the process does not end");
        _process.WaitForExit(); // and what it said has been read
        _out.Append(rest.Result);
        return new(_process.ExitCode, _out.ToString(), _error.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}
