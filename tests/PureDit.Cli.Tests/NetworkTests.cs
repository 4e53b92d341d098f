using PureDit.Formats;

namespace PureDit.Cli.Tests;

/// <summary><c>--network unet</c> from the command line to samples.</summary>
public sealed class NetworkTests : IDisposable
{
    private static readonly string[] s_tiny =
    [
        "--steps", "12", "--width", "8", "--depth", "2", "--batch", "8", "--samples", "64", "--training-sequences", "64", "--minutes", "0",
        "--evaluation-sequences", "32", "--sampler-steps", "4", "--log-every", "5", "--threads", "1", "--checkpoint-every", "4",
    ];

    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    private CommandResult Train(string name, params string[] more) => _runner.Run(["train", "gp", "--run", name, .. s_tiny, .. more]);

    private byte[] Weights(string run) => File.ReadAllBytes(_runner.PathOf("runs", run, "weights.safetensors"));

    [Fact]
    public void UNet_IsTrained_Resumed_Sampled_Judged_AndShown()
    {
        CommandResult whole = Train("b", "--network", "unet", "--json").Expect(0);
        Train("a", "--network", "unet").Expect(0);
        File.Delete(_runner.PathOf("runs", "a", "checkpoints", "ckpt-00000012.safetensors"));
        File.Delete(_runner.PathOf("runs", "a", "weights.safetensors"));
        Assert.Contains("from step 8", _runner.Run("resume", "a").Expect(0).Out, StringComparison.Ordinal);
        Assert.Equal(Weights("b"), Weights("a"));

        _runner.Run("sample", "a", "-n", "3", "-o", "a.npy").Expect(0);
        NpyFile samples = NpyFile.Read(_runner.PathOf("a.npy"));
        Assert.Equal([3, 16, 4], samples.Shape.ToArray());
        Assert.True(samples.ToFloats().Distinct().Count() > 100);
        Assert.Equal(
            whole.Json.GetProperty("relativeScoreError").GetRawText(),
            _runner.Run("evaluate", "a", "--json").Expect(0).Json.GetProperty("relativeScoreError").GetRawText());
        Assert.Contains("A U-Net learnt 16 × 4 sequences", File.ReadAllText(_runner.PathOf("runs", "a", "report.html")), StringComparison.Ordinal);
        Assert.Equal("unet", _runner.Run("inspect", "runs/a/weights.safetensors", "--json").Expect(0).Json.GetProperty("metadata").GetProperty("puredit.network").GetString());
    }

    [Fact]
    public void UNet_RefusesWhatItHasNot_AndStaysOne()
    {
        Train("a", "--network", "unet", "--heads", "2").ExpectError(2, "heads: has no meaning for network 'unet'");
        Train("a", "--network", "unet", "--recompute").ExpectError(2, "recompute: has no meaning for network 'unet'");
        Train("a", "--network", "unet", "--frames", "15").ExpectError(2, "depth: expected 1 to 1 levels");
        Train("a", "--network", "gan").ExpectError(2, "network", "dit | unet");
        Assert.False(Directory.Exists(_runner.PathOf("runs")));
        Train("a", "--network", "unet").Expect(0);
        _runner.Run("resume", "a", "--network", "dit").ExpectError(2, "network was \"unet\" and is to be \"dit\"", "train a new run");
    }
}
