using System.Text.Json;
using PureDit.Training;

namespace PureDit.Cli.Tests;

/// <summary><c>--attention</c> from the command line to the file and back.</summary>
public sealed class AttentionTests : IDisposable
{
    private static readonly string[] s_tiny =
    [
        "--steps", "12", "--width", "16", "--depth", "1", "--batch", "8", "--samples", "64", "--training-sequences", "64", "--minutes", "0",
        "--evaluation-sequences", "32", "--sampler-steps", "4", "--log-every", "5", "--threads", "1", "--checkpoint-every", "4",
    ];

    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    private CommandResult Train(string name, params string[] more) => _runner.Run(["train", "gp", "--run", name, .. s_tiny, .. more]);

    private byte[] Weights(string run) => File.ReadAllBytes(_runner.PathOf("runs", run, "weights.safetensors"));

    [Fact]
    public void Polynomial_IsTrained_Resumed_Sampled_Judged_AndShown()
    {
        string said = Train("b", "--heads", "4", "--attention", "polynomial", "--attention-error", "0.01").Expect(0).Out;
        string line = said.Split('\n').Single(text => text.StartsWith("attention: ", StringComparison.Ordinal));
        Assert.StartsWith("attention: polynomial (as asked), R 2; degree ", line, StringComparison.Ordinal);

        Train("a", "--heads", "4", "--attention", "polynomial", "--attention-error", "0.01").Expect(0);
        File.Delete(_runner.PathOf("runs", "a", "checkpoints", "ckpt-00000012.safetensors"));
        File.Delete(_runner.PathOf("runs", "a", "weights.safetensors"));
        string resumed = _runner.Run("resume", "a").Expect(0).Out;
        Assert.Contains("from step 8", resumed, StringComparison.Ordinal);
        Assert.Contains(line, resumed, StringComparison.Ordinal);
        Assert.Equal(Weights("b"), Weights("a"));

        _runner.Run("sample", "a", "-n", "2", "-o", "a.npy").Expect(0);
        _runner.Run("sample", "b", "-n", "2", "-o", "b.npy", "--threads", "2").Expect(0);
        Assert.Equal(File.ReadAllBytes(_runner.PathOf("b.npy")), File.ReadAllBytes(_runner.PathOf("a.npy")));
        _runner.Run("evaluate", "a").Expect(0);
        Assert.Contains("attention polynomial with scores within 2", File.ReadAllText(_runner.PathOf("runs", "a", "report.html")), StringComparison.Ordinal);

        CommandResult shown = _runner.Run("inspect", "runs/a/weights.safetensors", "--json").Expect(0);
        Assert.Contains(line, shown.Error, StringComparison.Ordinal);
        JsonElement attention = shown.Json.GetProperty("attention");
        Assert.Equal(("polynomial", "polynomial", 2), (attention.GetProperty("asked").GetString(), attention.GetProperty("taken").GetString(), attention.GetProperty("largestScore").GetDouble()));
        Assert.InRange(attention.GetProperty("certifiedError").GetDouble(), 1e-6, 0.01);
        foreach (string number in new[] { "degree", "features", "predictedSpeedup", "crossover", "tokens", "headSize", "errorAsked" }) Assert.True(attention.GetProperty(number).GetDouble() > 0, number);
    }

    [Fact]
    public void Auto_SaysWhatWasDecidedAndWhy()
    {
        CommandResult run = Train("a", "--heads", "4", "--attention", "auto").Expect(0);
        Assert.Contains("attention: exact (16 tokens are below the crossover of ", run.Out, StringComparison.Ordinal);
        Assert.Equal("auto", RunFolder.Open(_runner.Folder, "a").ReadConfig().Attention);
        _runner.Run("resume", "a", "--attention", "polynomial").ExpectError(2, "attention was \"auto\" and is to be \"polynomial\"", "cannot change", "train a new run");
        _runner.Run("resume", "a", "--attention-bound", "1", "--steps", "14").ExpectError(2, "attentionBound was 2 and is to be 1", "--override attention-bound");
        _runner.Run("resume", "a", "--attention-bound", "1", "--steps", "14", "--override", "attention-bound").Expect(0);
    }

    [Fact]
    public void Plain_IsNotMentioned()
    {
        Assert.DoesNotContain("attention", Train("a", "--heads", "4").Expect(0).Out, StringComparison.Ordinal);
        CommandResult shown = _runner.Run("inspect", "runs/a/weights.safetensors", "--json").Expect(0);
        Assert.DoesNotContain("attention:", shown.Error, StringComparison.Ordinal);
        Assert.False(shown.Json.TryGetProperty("attention", out _));
    }

    [Fact]
    public void OutOfReach_IsRefusedBeforeAnyWork_WithWhatWouldWork()
    {
        Train("a", "--heads", "1", "--attention", "polynomial").ExpectError(2, "heads of 16 have too many features", "heads 2, or ", "exact or auto would work");
        Train("a", "--heads", "4", "--attention", "linear").ExpectError(2, "attention", "plain | exact | polynomial | auto");
        Train("a", "--heads", "4", "--attention-error", "0.1").ExpectError(2, "attentionError: has no meaning for attention 'plain'");
        Assert.False(Directory.Exists(_runner.PathOf("runs")));
    }

    [Fact]
    public void Series_TakesItToo()
    {
        File.WriteAllLines(_runner.PathOf("s.csv"), ["a,b", .. Enumerable.Range(0, 90).Select(i => $"{i % 7},{i % 5}")]);
        string[] options = [.. s_tiny.Where((_, i) => i / 2 != 5)]; // without training-sequences
        CommandResult run = _runner.Run(["train", "series", "--csv", "s.csv", "--columns", "a,b", "--window", "6", "--run", "s", "--heads", "8", "--attention", "polynomial", .. options]);
        Assert.Contains("attention: polynomial (as asked)", run.Expect(0).Out, StringComparison.Ordinal);
        _runner.Run("sample", "s", "-n", "1", "-o", "s.npy").Expect(0);
    }
}
