using System.Diagnostics;

namespace PureDit.Cli.Tests;

public sealed class SignalTests : IDisposable
{
    private const int HangUp = 1, Interrupt = 2, Terminate = 15;
    private static readonly string[] Endless = ["--steps", "1000000", "--minutes", "0", "--training-sequences", "64", .. CommandRunner.Tiny[2..]];
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [Theory]
    [InlineData(Interrupt, 130)]
    [InlineData(Terminate, 143)]
    [InlineData(HangUp, 129)]
    public void Signal_FinishesTheStep_WritesACheckpoint_AndSaysHowToGoOn(int signal, int code)
    {
        if (OperatingSystem.IsWindows()) return; // no signal to send there
        using Child child = Child.Start(_runner.Folder, ["train", "gp", "--run", "signalled", .. Endless]);
        child.WaitFor("training");
        GoesOn(child, signal, code);
    }

    [Fact]
    public void Interrupt_InheritedAsIgnored_StaysIgnored_TerminationIsHeard()
    {
        if (OperatingSystem.IsWindows()) return;
        string[] shell = ["-c", $"trap '' INT; {Child.Program} \"$@\"", "sh", "train", "gp", "--run", "signalled", .. Endless];
        using Child child = Child.Start(_runner.Folder, [], "sh", shell);
        child.WaitFor("training");
        child.Send(Interrupt); // a shell's background job is not meant to hear Ctrl-C, and .NET keeps it so
        GoesOn(child, Terminate, 143);
    }

    [Fact]
    public async Task SecondSignal_EndsAtOnce()
    {
        if (OperatingSystem.IsWindows()) return;
        using StopRequest stop = new();
        using StringWriter error = new();
        TaskCompletionSource<int> exit = new(), heard = new();
        using StopSignals signals = new(stop, error, exit.SetResult);
        using CancellationTokenRegistration first = stop.Token.Register(() => heard.SetResult(0));
        Send(HangUp);
        await heard.Task.WaitAsync(Child.Patience);
        Assert.False(exit.Task.IsCompleted);
        Send(HangUp);
        Assert.Equal(129, await exit.Task.WaitAsync(Child.Patience));
    }

    private void GoesOn(Child child, int signal, int code)
    {
        child.Send(signal);
        CommandResult result = child.End().Expect(code);
        Assert.Contains("a second signal ends at once", result.Error, StringComparison.Ordinal);
        Assert.Contains("puredit resume signalled", result.Out, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(_runner.PathOf("runs", "signalled", "checkpoints"), "ckpt-*"));
        CommandResult gone = _runner.Run("resume", "signalled", "--steps", "1").Expect(0); // done already: only judged
        Assert.Contains(", from step ", gone.Out, StringComparison.Ordinal);
    }

    private static void Send(int signal)
    {
        using Process kill = Process.Start("kill", $"-{signal} {Environment.ProcessId}");
        kill.WaitForExit();
    }
}
