namespace PureDit.Cli.Tests;

/// <summary>The program where it is narrow, foreign or cut short.</summary>
public sealed class SurroundingsTests : IDisposable
{
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    private static readonly string[] s_train = ["train", "gp", "--run", "tiny", "--training-sequences", "64", .. CommandRunner.Tiny];

    [Theory]
    [InlineData("narrow", "DOTNET_GCHeapHardLimit=0x8000000 DOTNET_PROCESSOR_COUNT=1 HOME=/nonexistent TERM=dumb")]
    [InlineData("folder with spaces, ünïcödé and 漢字", "LANG=tr_TR.UTF-8 LC_ALL=de_DE.UTF-8 TZ=Asia/Kolkata DOTNET_EnableAVX512F=0 DOTNET_EnableAVX512=0")]
    public void Training_IsTheSameEverywhere(string folder, string environment)
    {
        Directory.CreateDirectory(_runner.PathOf(folder));
        Dictionary<string, string> variables = environment.Split(' ').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        using Child child = Child.Start(_runner.PathOf(folder), variables, "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "puredit.dll"), .. s_train]);
        CommandResult result = child.End().Expect(0);
        Assert.Contains("training 100 %", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', result.Out);
        _runner.Run(s_train).Expect(0);
        Assert.Equal(File.ReadAllBytes(_runner.PathOf("runs", "tiny", "weights.safetensors")), File.ReadAllBytes(_runner.PathOf(folder, "runs", "tiny", "weights.safetensors")));
    }

    [Fact]
    public void ReaderThatGoesAway_IsNoError()
    {
        if (OperatingSystem.IsWindows()) return;
        _runner.Run(s_train).Expect(0);
        string weights = _runner.PathOf("runs", "tiny", "weights.safetensors");
        using Child child = Child.Start(_runner.Folder, [], "sh", "-c", $"( ({Child.Program} inspect '{weights}'); echo code $? >&2 ) | head -1");
        CommandResult result = child.End().Expect(0);
        Assert.Single(result.Out.TrimEnd('\n').Split('\n'));
        Assert.Equal("code 0", result.Error.Trim());
    }

    [Fact]
    public void FolderThatCannotBeWrittenTo_IsSaidSo()
    {
        if (OperatingSystem.IsWindows()) return;
        string folder = _runner.PathOf("locked");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            File.WriteAllText(Path.Combine(folder, "probe"), "");
            return; // root may write anywhere
        }
        catch (UnauthorizedAccessException)
        {
        }

        using Child child = Child.Start(folder, s_train);
        child.End().ExpectError(4, "locked/runs", "permissions");
    }
}
