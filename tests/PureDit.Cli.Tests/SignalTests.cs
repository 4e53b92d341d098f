using System.Diagnostics;
using System.Globalization;

namespace PureDit.Cli.Tests;

public sealed class SignalTests : IDisposable
{
    private const int Interrupt = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [Fact]
    public void CtrlC_EndsTheProcessWithWhatWasLearnt()
    {
        if (OperatingSystem.IsWindows()) return; // no signal to send there
        ProcessStartInfo start = new("dotnet")
        {
            WorkingDirectory = _runner.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] endless = ["--steps", "1000000", "--minutes", "0", "--run", "signalled", "--training-sequences", "64", .. CommandRunner.Tiny[2..]];
        foreach (string argument in new[] { "exec", Path.Combine(AppContext.BaseDirectory, "puredit.dll"), "train", "gp" }.Concat(endless))
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string? line;
        do line = process.StandardOutput.ReadLine();
        while (line is not null && !line.Contains("step", StringComparison.Ordinal));
        Assert.NotNull(line);
        Send(process, Interrupt);
        string rest = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience));
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("puredit evaluate signalled", rest, StringComparison.Ordinal);
        _runner.Run("sample", "signalled", "-n", "2", "-o", "a.csv").Expect(0);
    }

    private static void Send(Process process, int signal)
    {
        using Process kill = Process.Start("kill", $"-{signal.ToString(CultureInfo.InvariantCulture)} {process.Id.ToString(CultureInfo.InvariantCulture)}");
        kill.WaitForExit();
    }
}
