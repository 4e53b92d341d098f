using System.Text.Json;
using PureDit.Training;

namespace PureDit.Cli.Tests;

public sealed class ResumeTests : IDisposable
{
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    private string Checkpoints => _runner.PathOf("runs", "a", "checkpoints");

    private byte[] Weights(string run) => File.ReadAllBytes(_runner.PathOf("runs", run, "weights.safetensors"));

    [Fact]
    public void Resume_OfARunThatDied_LeavesTheSameRun()
    {
        CommandResult whole = _runner.Train("b", "--checkpoint-every", "4", "--json").Expect(0);
        _runner.Train("a", "--checkpoint-every", "4").Expect(0);
        File.Delete(Path.Combine(Checkpoints, "ckpt-00000020.safetensors")); // as if it had been killed after step 17
        File.Delete(_runner.PathOf("runs", "a", "weights.safetensors"));
        CommandResult gone = _runner.Run("resume", "a", "--json").Expect(0);
        Assert.Contains(", from step 16", gone.Error, StringComparison.Ordinal);
        Assert.Equal(Weights("b"), Weights("a"));
        string[] clock = ["seconds", "stepsPerSecond", "report", "weights"];
        foreach (JsonProperty property in whole.Json.EnumerateObject().Where(property => !clock.Contains(property.Name)))
        {
            Assert.Equal(property.Value.GetRawText(), gone.Json.GetProperty(property.Name).GetRawText());
        }

        Assert.Equal(
            RunFolder.Open(_runner.Folder, "b").ReadLog().Select(at => RunFolder.LogLine(at with { Seconds = 0 })),
            RunFolder.Open(_runner.Folder, "a").ReadLog().Select(at => RunFolder.LogLine(at with { Seconds = 0 })));
    }

    [Fact]
    public void Resume_WithMoreSteps_MakesARunLonger()
    {
        _runner.Train("a").Expect(0);
        Assert.Equal(25, _runner.Run("resume", "a", "--steps", "25", "--json").Expect(0).Json.GetProperty("steps").GetInt32());
        Assert.Equal(25, RunFolder.Open(_runner.Folder, "a").ReadConfig().Steps);
    }

    [Fact]
    public void Resume_WithAnotherValue_NamesTheField_AndHowToInsist()
    {
        _runner.Train("a", "--steps", "9").ExpectError(2); // an option twice is a usage error
        _runner.Train("a").Expect(0);
        _runner.Run("resume", "a", "--learning-rate", "1e-4", "--steps", "22").ExpectError(2, "learningRate was 0.006 and is to be 0.0001", "--override learning-rate");
        Assert.Equal(20, RunFolder.Open(_runner.Folder, "a").ReadConfig().Steps);
        _runner.Run("resume", "a", "--learning-rate", "1e-4", "--steps", "22", "--override", "learning-rate").Expect(0);
        _runner.Run("resume", "a", "--width", "32").ExpectError(2, "width", "cannot change", "train a new run");
        _runner.Run("resume", "a", "--override", "lerning-rate").ExpectError(2, "lerning-rate", "did you mean learning-rate?");
        _runner.Run("resume", "a", "--override", "threads").ExpectError(2, "threads");
        _runner.Run("resume", "nothing").ExpectError(2, "'nothing'");
    }

    [Fact]
    public void Resume_PastADamagedCheckpoint_SaysSo()
    {
        _runner.Train("a", "--checkpoint-every", "5").Expect(0);
        byte[] whole = Weights("a");
        string newest = Path.Combine(Checkpoints, "ckpt-00000020.safetensors");
        File.WriteAllBytes(newest, File.ReadAllBytes(newest)[..^1]);
        CommandResult gone = _runner.Run("resume", "a").Expect(0);
        Assert.Contains("puredit: warning: ", gone.Error, StringComparison.Ordinal);
        Assert.Contains("going on from ckpt-00000015.safetensors", gone.Error, StringComparison.Ordinal);
        Assert.Equal(whole, Weights("a"));
    }

    [Fact]
    public void Resume_WithoutACheckpoint_BeginsAnew()
    {
        _runner.Train("a").Expect(0);
        byte[] whole = Weights("a");
        Directory.Delete(Checkpoints, recursive: true);
        File.WriteAllText(_runner.PathOf("runs", "a", ".weights.safetensors.tmp-999999999-abcdefgh.ijk"), "");
        Assert.Contains("no checkpoint yet", _runner.Run("resume", "a").Expect(0).Out, StringComparison.Ordinal);
        Assert.Equal(whole, Weights("a"));
        Assert.Empty(Directory.GetFiles(_runner.PathOf("runs", "a"), ".*"));
    }

    [Fact]
    public void SecondTrainer_IsRefusedAtOnce()
    {
        _runner.Train("a").Expect(0);
        using CheckpointFolder held = CheckpointFolder.Open(Checkpoints);
        _runner.Run("resume", "a").ExpectError(2, $"process {Environment.ProcessId} on", "wait for it to end");
    }

    [Fact]
    public void FolderRemovedUnderTheRun_EndsItAfterThreeTries()
    {
        StringWriter output = new Tripwire("training", () => Directory.Delete(_runner.PathOf("runs", "a"), recursive: true));
        CommandResult gone = _runner.Run(output, ["train", "gp", "--run", "a", "--training-sequences", "64", "--checkpoint-every", "2", .. CommandRunner.Tiny]);
        gone.ExpectError(4, "ckpt-00000006.safetensors", "MB are needed", "3 failures in a row", "puredit resume");
        Assert.Equal(2, gone.Error.Split('\n').Count(line => line.StartsWith("puredit: warning: ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Folder_IsFlushed_OrSaidToBeGone()
    {
        if (FolderSync.Available is not { } flush) return; // Windows
        flush(_runner.Folder);
        Assert.Contains("cannot be opened", Assert.Throws<IOException>(() => flush(_runner.PathOf("gone"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreMemoryThanThereIs_IsRefusedWithNumbers()
    {
        _runner.AvailableMemory = 100_000_000;
        _runner.Train("a", "--recompute").Expect(0);
        _runner.Run("train", "gp", "--run", "large", "--width", "1024", "--depth", "64").ExpectError(6, "MB (model with gradients", "100 MB are available", "--batch");
        Assert.False(Directory.Exists(_runner.PathOf("runs", "large")));
    }

    [Theory]
    [InlineData("nul")]
    [InlineData("COM1")]
    [InlineData("lpt9.txt")]
    [InlineData("a.")]
    [InlineData("\u202e")]
    public void NamesThatAreNoPlainFolder_AreRefusedBeforeAnyWork(string name) =>
        _runner.Run("train", "gp", "--run", name, "--covariance", "nonsense").ExpectError(2, "run: expected a name");
}
