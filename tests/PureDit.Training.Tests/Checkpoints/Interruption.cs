using PureDit.Inference;

namespace PureDit.Training.Tests;

/// <summary>What a run left: the newest checkpoint's bytes, the log's lines, the weights.</summary>
internal sealed record Left(byte[] Checkpoint, string[] Log, float[] Weights, TrainingSummary Summary);

/// <summary>Runs that are interrupted and go on, on a disk in memory. Their clock stands still, so that whole files can be compared.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("puredit-");

    /// <summary>A run as small as can be: for tests that repeat it hundreds of times.</summary>
    public static TrainingConfig Least { get; } = Tiny.Config with
    {
        Frames = 2,
        Channels = 1,
        TrainingSequences = 4,
        Width = 8,
        Heads = 1,
        Batch = 2,
        Steps = 6,
        CheckpointEvery = 2,
        LogEvery = 4,
        WarmupSteps = 0,
    };

    /// <summary>Where the folder of checkpoints is said to be; only its lock is.</summary>
    public string Folder => _folder.FullName;

    public List<string> Notices { get; } = [];

    public void Dispose() => _folder.Delete(recursive: true);

    public string PathOf(long step) => Path.Combine(Folder, $"ckpt-{step:D8}.safetensors");

    public CheckpointFolder Open(RecordingFiles disk, params string[] overrides) =>
        CheckpointFolder.Open(Folder, new() { Files = disk, Notices = new Told(Notices.Add), Overrides = overrides });

    /// <summary>Trains to the end, or from a checkpoint of the disk on, or until it is cancelled.</summary>
    public Left Train(TrainingConfig config, RecordingFiles disk, SequenceData? data = null, IEnumerable<string>? log = null, string[]? overrides = null, CancellationToken cancellation = default)
    {
        data ??= GaussianProcessData.Draw(config);
        using CheckpointFolder checkpoints = Open(disk, overrides ?? []);
        List<string> lines = [.. (log ?? []).Where(line => RunFolder.Report(line)!.Step <= (checkpoints.Latest?.ReportedStep ?? 0))];
        IDiffusionModel model = SequenceModel.CreateAny(config, data);
        TrainingSummary summary = TrainingLoop.Run(
            config, model, data, new StandingClock(), new Told<TrainingProgress>(at => lines.Add(RunFolder.LogLine(at))), checkpoints, cancellation);
        return new(disk[checkpoints.Latest!.Path], [.. lines], Tiny.Weights(model), summary);
    }

    /// <summary>A disk that holds one checkpoint of another.</summary>
    public RecordingFiles Only(RecordingFiles disk, params IEnumerable<long> steps) => new(steps.Select(step => (PathOf(step), disk[PathOf(step)])));

    private sealed class StandingClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    private sealed class Told(Action<string> action) : IProgress<string>
    {
        public void Report(string value) => action(value);
    }

    private sealed class Told<T>(Action<T> action) : IProgress<T>
    {
        public void Report(T value) => action(value);
    }
}
