using System.Text.Json;

namespace PureDit.Cli.Tests;

public sealed class LabTests : IDisposable
{
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [Fact]
    public void Unrolling_IsAJsonLinePerCriterion_ThenTheRun_AndIsReused()
    {
        string[] args = ["lab", "gp", "unrolling", "--quick", "--seeds", "1", "--out", "out", "--json"];
        CommandResult result = _runner.Run(args).Expect(0);
        string[] lines = result.Out.TrimEnd('\n').Split('\n');
        JsonElement[] criteria = [.. lines[..^1].Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.All(criteria, c => Assert.Equal(["experiment", "criterion", "value", "bound", "pass", "seed"], c.EnumerateObject().Select(p => p.Name)));
        Assert.All(criteria, c => Assert.True(c.GetProperty("pass").GetBoolean() && c.GetProperty("value").GetDouble() <= c.GetProperty("bound").GetDouble()));
        Assert.Equal(["experiments", "criteria", "passed", "seconds", "report"], result.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal((1, criteria.Length, criteria.Length), (result.Json.GetProperty("experiments").GetInt32(), result.Json.GetProperty("criteria").GetInt32(), result.Json.GetProperty("passed").GetInt32()));

        string page = File.ReadAllText(result.Json.GetProperty("report").GetString()!);
        Assert.Contains("puredit lab gp unrolling --quick --seeds 1", page, StringComparison.Ordinal);
        Assert.Equal(criteria.Length + 1, File.ReadAllLines(_runner.PathOf("out", "criteria.csv")).Length);
        Assert.Equal(2, Directory.GetFiles(_runner.PathOf("out"), "unrolling-*.svg").Length);

        CommandResult again = _runner.Run(args).Expect(0);
        Assert.Contains("from an earlier run", again.Error, StringComparison.Ordinal);
        Assert.Equal(lines[..^1], again.Out.TrimEnd('\n').Split('\n')[..^1]);
    }

    [Fact]
    public void Stopped_SaysHowToGoOn_AndLeavesAPage()
    {
        _runner.Stop.Ask(130);
        CommandResult result = _runner.Run("lab", "gp", "all", "--quick").Expect(130);
        Assert.Contains("stopped after 0 of", result.Out, StringComparison.Ordinal);
        Assert.Contains("--out runs", result.Out, StringComparison.Ordinal);
        Assert.True(File.Exists(_runner.PathOf("runs", "lab-gp-001", "report.html")));
    }

    [Fact]
    public void ArgumentsThatAreWrong_AreNamed()
    {
        _runner.Run("lab", "gp", "unroling").ExpectError(2, "'unroling'", "did you mean unrolling?");
        _runner.Run("lab", "gp", "unrolling", "--seeds", "0").ExpectError(2, "--seeds");
        _runner.Run("lab", "gp", "unrolling", "--quik").ExpectError(2, "--quick", "puredit lab gp --help");
        _runner.Run("lab").ExpectError(2, "no verb given");
        Assert.Contains("whatever", _runner.Run("lab", "gp", "--help").Expect(0).Out, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_runner.Folder));
    }
}
