using PureDit.Training;

namespace PureDit.Laboratory.Tests;

/// <summary>Experiments that train: how far they are is told within a seed, and an interruption changes no bit of a result.</summary>
public sealed class ResumptionTests : IDisposable
{
    private const int Steps = 12;
    private static readonly ExperimentOptions s_quick = new(Quick: true, Seeds: 2), s_full = s_quick with { Quick = false };
    private static readonly TrainingConfig s_tiny = TrainedNetwork.Small with { Steps = Steps, Batch = 4, Width = 8, Heads = 2, TrainingSequences = 64, EvaluationSequences = 16, SamplerSteps = 4, CheckpointEvery = 5 };
    private readonly LaboratoryFolder _folder = new(Directory.CreateTempSubdirectory("puredit-lab-").FullName);

    public void Dispose() => Directory.Delete(_folder.FolderPath, recursive: true);

    public static TheoryData<string> Names => ["samples", "length", "decay", "attention", "unet", "video"];

    private static ITrainingExperiment Tiny(string name) => name switch
    {
        "samples" => new SamplesExperiment { Setting = new(4, 2, [16, 32], 32, s_tiny) },
        "length" => new LengthExperiment { Setting = new([3, 5], 1, 4, 32, s_tiny) },
        "decay" => new DecayExperiment { Setting = new(4, [(1, 1), (1, 4)], s_tiny) },
        "attention" => new AttentionExperiment { Setting = new(5, [2, 4], s_tiny) },
        "unet" => new UNetExperiment { Trial = TrainedNetwork.Trial(64, Steps, 4, 32, 4) },
        _ => new VideoExperiment { Trial = TrainedNetwork.Trial(32, Steps, 4, 8, 4) },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Progress_ComesFromWithinASeed_NeverFalls_AndEndsAtOne(string name)
    {
        List<double> told = [];
        ITrainingExperiment experiment = Tiny(name);
        experiment.Run(s_quick, new Workbench(new Heard<double>(told.Add)));
        Assert.Equal(told.Order(), told);
        Assert.Equal(1, told[^1]);
        Assert.True(told[0] > 0, $"{told[0]}");
        double longest = told.Zip(told.Skip(1), (a, b) => b - a).Append(told[0]).Max();
        Assert.True(longest < 0.5 / s_quick.Seeds, $"nothing was told for {longest:P0} of the experiment");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Interrupted_AndRunAgain_GivesTheSameResult(string name)
    {
        ExperimentResult whole = Tiny(name).Run(s_quick);
        foreach (double end in (double[])[0.1, 0.6]) // within a network of the first seed, and later
        {
            using CancellationTokenSource stop = new();
            Assert.Throws<OperationCanceledException>(() => Run(end, stop));
        }

        ExperimentResult resumed = Run(2, new());
        Assert.Equal(whole.Criteria, resumed.Criteria);
        Assert.Equal(whole.Tables.Select(table => table.ToCsv()), resumed.Tables.Select(table => table.ToCsv()));
        Assert.Equal(whole.Figures, resumed.Figures);

        ExperimentResult Run(double end, CancellationTokenSource stop) =>
            Tiny(name).Run(s_quick, new Workbench(new Heard<double>(done => Stop(done, end, stop)), network => _folder.Checkpoints(name, network), stop.Token));
    }

    [Fact]
    public void FullRun_KeepsItsNetworks_UntilItIsFinished()
    {
        using CancellationTokenSource stop = new();
        List<FinishedExperiment> done = [];
        Assert.Throws<OperationCanceledException>(() => Run(s_full, 0.52, done, stop));
        Assert.Empty(done);
        string unfinished = Path.Combine(_folder.FolderPath, "unfinished");
        string[] kept = Directory.GetDirectories(Path.Combine(unfinished, "decay", LaboratoryCode.Identity));
        Assert.Equal(["kernel-0-seed-0", "kernel-0-seed-1", "kernel-1-seed-0"], kept.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using (CheckpointFolder first = _folder.Checkpoints("decay", "kernel-0-seed-0")) Assert.Equal(Steps, first.Latest!.Step);

        Run(s_full, 2, done, new());
        Assert.Single(done);
        Assert.False(Directory.Exists(unfinished), "what was trained is kept beside the result");
    }

    [Fact]
    public void QuickRun_KeepsNoNetworks()
    {
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(() => Run(s_quick, 0.3, [], stop));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FolderPath));
    }

    [Fact]
    public void Parts_AreSharesOfTheirCost_OneAfterTheOther()
    {
        List<double> told = [];
        Workbench[] parts = new Workbench(new Heard<double>(told.Add)).Parts(3, 0, 1);
        Workbench[] inner = parts[0].Parts(1, 2);
        inner[0].Report(1);
        inner[1].Report(0.5);
        inner[1].Hears<int>(n => n / 4.0).Report(3);
        parts[1].Report(0.3);
        parts[2].Report(0);
        parts[2].Report(0.5);
        parts[2].Report(1);
        Assert.Equal([0.25, 0.5, 0.625, 0.75, 0.75, 0.875, 1], told);
    }

    private static void Stop(double done, double end, CancellationTokenSource stop)
    {
        if (done >= end) stop.Cancel();
    }

    private void Run(ExperimentOptions options, double end, List<FinishedExperiment> done, CancellationTokenSource stop) => LaboratoryRun.Run(
        [Tiny("decay")], options, _folder, TimeProvider.System, done.Add, new Heard<LaboratoryProgress>(at => Stop(at.Done, end, stop)), cancellation: stop.Token);

    private sealed class Heard<T>(Action<T> hear) : IProgress<T>
    {
        public void Report(T value) => hear(value);
    }
}
