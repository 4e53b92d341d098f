// Real SIGKILLs at random moments of a training process, one after the other in one run. Fifty here; as many as
// PUREDIT_KILLS says by tests/kill-training.sh, whose figures stand in docs/results.

using System.Diagnostics;
using System.Globalization;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Training;
using Xunit.Abstractions;

namespace PureDit.Cli.Tests;

public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const double LongestLife = 0.06; // seconds after the first checkpoint: tens of steps, each with its own
    private const int Early = 5;             // every fifth is killed while it begins
    private readonly CommandRunner _runner = new();

    // Every step writes a checkpoint, and the learning rate does not depend on when the run ends.
    private static readonly string[] s_fields =
    [
        "--frames", "2", "--channels", "1", "--training-sequences", "4", "--width", "8", "--depth", "1", "--heads", "1", "--batch", "2",
        "--minutes", "0", "--warmup-steps", "0", "--final-learning-rate", "1", "--checkpoint-every", "1", "--log-every", "7", "--threads", "1",
        "--samples", "8", "--evaluation-sequences", "8", "--sampler-steps", "2",
    ];

    public void Dispose() => _runner.Dispose();

    [Fact]
    public void KilledAtRandomMoments_NoCheckpointIsEverUnreadable_AndTheBitsAreThoseOfOneRun()
    {
        if (OperatingSystem.IsWindows()) return;
        int kills = Setting("PUREDIT_KILLS", 50), seed = Setting("PUREDIT_KILL_SEED", 1), whileWriting = 0, unreadable = 0;
        string folder = _runner.PathOf("runs", "killed"), checkpoints = Path.Combine(folder, "checkpoints");
        Philox random = new((ulong)seed, PhiloxStream.Evaluation);
        long step = 0, start = Stopwatch.GetTimestamp();
        for (int kill = 0; kill < kills; kill++)
        {
            string[] command = kill == 0 ? ["train", "gp", "--run", "killed", "--steps", "1000000000", .. s_fields] : ["resume", "killed"];
            using Child child = Child.Start(_runner.Folder, command);
            child.WaitFor("training");
            if (kill % Early != Early - 1) WaitForAnother(checkpoints, step);
            Thread.Sleep(TimeSpan.FromSeconds(LongestLife * random.Uniform(kill, 0)));
            child.Kill();
            if (Temporary(checkpoints).Length > 0) whileWriting++;

            List<string> notices = [];
            using CheckpointFolder opened = CheckpointFolder.Open(checkpoints, new() { Notices = new Relay<string>(notices.Add) });
            unreadable += notices.Count;
            Assert.Empty(Temporary(checkpoints));
            long now = opened.Latest?.Step ?? 0;
            Assert.True(now >= step, $"kill {kill}: from step {step} back to {now}");
            step = now;
        }

        long end = step + 3;
        _runner.Run("resume", "killed", "--steps", end.ToString(CultureInfo.InvariantCulture)).Expect(0);
        Assert.Equal(0, unreadable);
        Assert.True(step > kills / 2, "hardly any step was done");
        Assert.Empty(Temporary(folder));
        (byte[] weights, IReadOnlyList<TrainingProgress> log) = Uninterrupted(folder);
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(folder, "weights.safetensors")));
        Assert.Equal(log.Select(Line), RunFolder.Open(_runner.Folder, "killed").ReadLog().Select(Line));
        string figures = string.Create(CultureInfo.InvariantCulture,
            $"kills {kills}, while a checkpoint was being written {whileWriting}, unreadable checkpoints {unreadable}, temporary files after the next start 0, "
            + $"steps {end}, weights and log as without a kill: yes, seconds {Stopwatch.GetElapsedTime(start).TotalSeconds:0}");
        output.WriteLine(figures);
        if (Environment.GetEnvironmentVariable("PUREDIT_KILL_FIGURES") is { } file) File.AppendAllText(file, figures + "\n");
    }

    private static (byte[] Weights, IReadOnlyList<TrainingProgress> Log) Uninterrupted(string folder)
    {
        TrainingConfig config = RunFolder.Open(folder, ".").ReadConfig();
        SequenceData data = GaussianProcessData.Draw(config);
        DiffusionModel model = SequenceModel.Create(config, data);
        TrainingSummary summary = TrainingLoop.Run(config, model, data, TimeProvider.System);
        string path = Path.Combine(folder, "uninterrupted.safetensors");
        model.Save(path);
        return (File.ReadAllBytes(path), summary.History);
    }

    private static void WaitForAnother(string folder, long step)
    {
        string newest = string.Create(CultureInfo.InvariantCulture, $"ckpt-{step:D8}.safetensors");
        for (int look = 0; look < 60_000; look++)
        {
            if (Directory.EnumerateFiles(folder, "ckpt-*").Any(path => string.CompareOrdinal(Path.GetFileName(path), newest) > 0)) return;
            Thread.Sleep(1);
        }

        Assert.Fail("no checkpoint is written");
    }

    private static string Line(TrainingProgress report) => RunFolder.LogLine(report with { Seconds = 0, Done = 0 }); // of how many, only the last of the processes knew

    private static string[] Temporary(string folder) => Directory.Exists(folder) ? Directory.GetFiles(folder, ".*.tmp-*") : [];

    private static int Setting(string name, int standard) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;
}
