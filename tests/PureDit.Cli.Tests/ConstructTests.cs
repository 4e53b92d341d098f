using System.Text.Json;

namespace PureDit.Cli.Tests;

public sealed class ConstructTests : IDisposable
{
    private static readonly string[] s_small =
    [
        "--frames", "5", "--channels", "2", "--covariance", "exponential-power(nu=1, ell=2)", "--training-sequences", "128",
        "--samples", "128", "--sampler-steps", "6", "--evaluation-sequences", "64",
    ];

    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [Fact]
    public void Construct_WritesARun_ThatIsJudgedSampledAndNotResumed()
    {
        JsonElement json = _runner.Run(["construct", "gp", .. s_small, "--accuracy", "0.02", "--json"]).Expect(0).Json;
        Assert.InRange(json.GetProperty("relativeScoreError").GetDouble(), 1e-6, 0.02);
        _runner.Run("sample", "constructed-001", "-n", "3", "-o", "three.npy").Expect(0);
        _runner.Run("evaluate", "constructed-001").Expect(0);
        Assert.Contains("constructed", _runner.Run("resume", "constructed-001").Expect(2).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_runner.PathOf("runs", "constructed-001", "checkpoints")));
        Assert.Contains("no training is logged", File.ReadAllText(_runner.PathOf("runs", "constructed-001", "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void MoreThanTheMostBlocks_AreRefused_BeforeThereIsAFolder()
    {
        string error = _runner.Run("construct", "gp", "--covariance", "exponential-power(nu=2, ell=30)", "--min-time", "0.00001", "--accuracy", "0.0001").Expect(2).Error;
        Assert.Contains("blocks, expected up to 256", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_runner.PathOf("runs")));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("nan")]
    [InlineData("1e-2x")]
    public void BadAccuracy_IsNamed(string accuracy) =>
        Assert.Contains("--accuracy: expected a number from 1E-05 to 0.5", _runner.Run("construct", "gp", "--accuracy", accuracy).Expect(2).Error, StringComparison.Ordinal);
}
