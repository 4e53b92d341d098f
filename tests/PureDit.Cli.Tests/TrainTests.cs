using System.Text.Json;

namespace PureDit.Cli.Tests;

public sealed class TrainTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    private static readonly string[] Keys =
    [
        "steps", "seconds", "stepsPerSecond", "finalLoss", "optimalLoss", "relativeScoreError", "relativeScoreErrorByTime",
        "gammaRelativeError", "sigmaRelativeError", "meanError", "floors", "seed", "report", "weights",
    ];

    private static readonly string[] Numbers = [.. Keys.Where(key => key is not ("relativeScoreErrorByTime" or "floors" or "report" or "weights"))];

    [Fact]
    public void Train_LeavesEveryFile()
    {
        foreach (string file in new[] { "config.json", "log.jsonl", "weights.safetensors", "evaluation.json", "report.html" })
        {
            Assert.True(new FileInfo(run.Runner.PathOf("runs", "tiny", file)).Length > 0, file);
        }

        string[] log = File.ReadAllLines(run.Runner.PathOf("runs", "tiny", "log.jsonl"));
        Assert.Equal([5, 10, 15, 20], log.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt32()));
    }

    [Fact]
    public void Train_JsonHasEveryKeyOfTheContract()
    {
        JsonElement json = run.Training.Json;
        Assert.Equal(Keys, json.EnumerateObject().Select(property => property.Name));
        foreach (string key in Numbers) Assert.Equal(JsonValueKind.Number, json.GetProperty(key).ValueKind);
        JsonElement[] byTime = [.. json.GetProperty("relativeScoreErrorByTime").EnumerateArray()];
        Assert.Equal(12, byTime.Length);
        Assert.Equal(json.GetProperty("relativeScoreError").GetDouble(), byTime.Average(at => at.GetProperty("value").GetDouble()), 1e-12);
        Assert.Equal(0.01, byTime[0].GetProperty("t").GetDouble(), 1e-12);
        foreach (string floor in new[] { "gamma", "sigma", "mean", "trainingGamma", "trainingSigma", "trainingMean", "plugInScoreError" })
        {
            Assert.True(json.GetProperty("floors").GetProperty(floor).GetDouble() > 0, floor);
        }

        Assert.Equal(20, json.GetProperty("steps").GetInt32());
        Assert.Equal(run.Weights, json.GetProperty("weights").GetString());
        Assert.True(File.Exists(json.GetProperty("report").GetString()));
    }

    [Fact]
    public void Train_WhoseTimeIsTooShort_SaysThatTheClockHadASay()
    {
        const string Said = "brought the learning rate down early";
        using CommandRunner runner = new();
        Assert.DoesNotContain(Said, run.Training.Error, StringComparison.Ordinal);
        CommandResult hurried = runner.Run(["train", "gp", "--run", "hurried", "--training-sequences", "64", "--steps", "1000000", "--minutes", "0.01", .. CommandRunner.Tiny[2..]]).Expect(0);
        Assert.Contains(Said, hurried.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_WithJson_KeepsStandardOutputForIt()
    {
        Assert.Single(run.Training.Out.TrimEnd('\n').Split('\n'));
        Assert.Contains("training 100 %", run.Training.Error, StringComparison.Ordinal);
        Assert.Contains("closed-form minimum", run.Training.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_GivesTrainsNumbers()
    {
        JsonElement again = run.Runner.Run("evaluate", "tiny", "--json").Expect(0).Json;
        foreach (string key in Keys.Except(["seconds", "stepsPerSecond"])) Assert.Equal(run.Training.Json.GetProperty(key).GetRawText(), again.GetProperty(key).GetRawText());
        Assert.Equal(64, JsonDocument.Parse(File.ReadAllText(run.Runner.PathOf("runs", "tiny", "evaluation.json"))).RootElement.GetProperty("sampleCount").GetInt32());
    }

    [Fact]
    public void Evaluate_TakesOtherNumbersOfSamples()
    {
        JsonElement few = run.Runner.Run("evaluate", run.Runner.PathOf("runs", "tiny"), "--samples", "16", "--sampler", "ddpm", "--json").Expect(0).Json;
        Assert.True(few.GetProperty("floors").GetProperty("gamma").GetDouble() > run.Training.Json.GetProperty("floors").GetProperty("gamma").GetDouble());
        run.Runner.Run("evaluate", "tiny").Expect(0);
    }

    [Fact]
    public void Train_IntoAnExistingRun_IsRefused()
    {
        byte[] before = File.ReadAllBytes(run.Weights);
        run.Runner.Train("tiny").ExpectError(2, "runs/tiny", "exists already");
        Assert.Equal(before, File.ReadAllBytes(run.Weights));
    }

    [Fact]
    public void Train_SameSeed_SameWeightsForAnyNumberOfThreads()
    {
        using CommandRunner runner = new();
        runner.Train("two", "--threads", "2").Expect(2); // an option twice is a usage error, not a guess
        string[] tiny = [.. CommandRunner.Tiny[..^2], "--training-sequences", "64"];
        runner.Run(["train", "gp", "--run", "two", .. tiny, "--threads", "2"]).Expect(0);
        runner.Run(["train", "gp", "--run", "other", .. tiny, "--threads", "2", "--seed", "1"]).Expect(0);
        byte[] one = File.ReadAllBytes(run.Weights);
        Assert.Equal(one, File.ReadAllBytes(runner.PathOf("runs", "two", "weights.safetensors")));
        Assert.NotEqual(one, File.ReadAllBytes(runner.PathOf("runs", "other", "weights.safetensors")));
    }

    [Fact]
    public void Train_FromTheConfigurationOfARun_RepeatsIt()
    {
        using CommandRunner runner = new();
        runner.Run("train", run.Runner.PathOf("runs", "tiny", "config.json"), "--samples", "16").Expect(0);
        Assert.Equal(File.ReadAllBytes(run.Weights), File.ReadAllBytes(runner.PathOf("runs", "gp-001", "weights.safetensors")));
    }

    [Fact]
    public void Train_Cancelled_LeavesUsableWeights()
    {
        using CommandRunner runner = new();
        StringWriter output = new Tripwire("training", () => runner.Stop.Ask(130));
        CommandResult stopped = runner.Run(
            output, ["train", "gp", "--run", "stopped", "--training-sequences", "64", .. CommandRunner.Tiny[2..], "--steps", "100000"]).Expect(130);
        Assert.Contains("puredit evaluate stopped", stopped.Out, StringComparison.Ordinal);

        using CommandRunner after = new();
        string folder = runner.PathOf("runs", "stopped");
        after.Run("evaluate", folder, "--json").Expect(0);
        after.Run("sample", folder, "-n", "2", "-o", "samples.npy").Expect(0);
    }

    [Fact]
    public void Train_Diverging_SavesTheLastGoodWeights()
    {
        using CommandRunner runner = new();
        runner.Run(["train", "gp", "--run", "wild", "--training-sequences", "64", .. CommandRunner.Tiny[2..], "--steps", "200", "--learning-rate", "10", "--weight-decay", "10", "--clip-norm", "0", "--warmup-steps", "0"])
            .ExpectError(5, "diverged at step", "not finite", "--learning-rate");
        runner.Run("sample", "wild", "-n", "1", "-o", "a.csv").Expect(0);
    }
}
