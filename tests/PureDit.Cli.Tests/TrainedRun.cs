namespace PureDit.Cli.Tests;

/// <summary>One tiny trained run for the tests that only read it.</summary>
public sealed class TrainedRun : IDisposable
{
    public TrainedRun() => Training = Runner.Train("tiny", "--json").Expect(0);

    public CommandRunner Runner { get; } = new();

    public CommandResult Training { get; }

    public string Weights => Runner.PathOf("runs", "tiny", "weights.safetensors");

    public void Dispose() => Runner.Dispose();
}
