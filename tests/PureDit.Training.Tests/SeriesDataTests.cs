using System.Globalization;
using PureDit.Series;

namespace PureDit.Training.Tests;

public sealed class SeriesDataTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    private TrainingConfig Config(int rows, int window)
    {
        IEnumerable<string> lines = Enumerable.Range(0, rows).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"{Math.Sin(0.3 * i)},{100 + Math.Cos(1.1 * i)},{i * i % 17}"));
        File.WriteAllLines(_file, ["a,b,c", .. lines]);
        return Tiny.Config with { Data = "series", Csv = _file, Columns = ["c", "a"], Frames = window };
    }

    [Fact]
    public void Load_TakesTheColumnsInOrder_AndKeepsTheEndForJudging()
    {
        (TrainingConfig config, SequenceData data) = SequenceSource.Load(Config(rows: 100, window: 7));
        Assert.Equal((2, 7), (config.Channels, data.Frames));
        Assert.Equal(["c", "a"], data.ChannelNames);
        Assert.Equal(80 - 7 + 1, data.Count);
        Assert.Equal((20 - 7 + 1) * 7 * 2, data.HeldOut.Length);
        Assert.False(data.JudgeIsTruth);
        Assert.Equal(2, data.Scale!.Mean.Count);
    }

    [Fact]
    public void TrainAndEvaluate_OnASeries_JudgesAgainstTheTrainingSetsOwnMoments()
    {
        (TrainingConfig config, SequenceData data) = SequenceSource.Load(Config(rows: 200, window: 5));
        Inference.DiffusionModel model = SequenceModel.Create(config, data);
        TrainingLoop.Run(config, model, data, TimeProvider.System);
        EvaluationResult result = Evaluation.Run(config, model.Denoiser(Kernels.Cpu.Serial), data, TimeProvider.System);
        Assert.Equal(data.Judge.Temporal.ToArray(), result.Temporal);
        Assert.InRange(result.TrainingSet.Gamma, 0, 1e-9);
        Assert.All(result.Score, at => Assert.True(double.IsFinite(at.Value)));
        Assert.InRange(result.RealPaths.Max(), 10, 16.5f); // in the units of column c, 0 to 16
    }

    [Fact]
    public void Load_TooFewRows_SaysHowMany()
    {
        SeriesException error = Assert.Throws<SeriesException>(() => SequenceSource.Load(Config(rows: 12, window: 5)));
        Assert.Contains("12 rows", error.Message, StringComparison.Ordinal);
    }
}
