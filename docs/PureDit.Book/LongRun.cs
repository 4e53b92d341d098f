// Figures and tables of chapter 13's longest run, and the picture of chapter 0.

using PureDit.GaussianProcess;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Book;

internal static class LongRun
{
    public static void Write(BookOutput output, TrainingConfig config, IReadOnlyList<TrainingProgress> history, EvaluationResult result)
    {
        double[] steps = [.. history.Select(at => (double)at.Step)];
        output.Figure("13-loss", new LineChart
        {
            Title = "Loss of a run and the least loss that is possible",
            X = new Axis("step"),
            Y = new Axis("mean squared error per value", AxisScale.Log),
            Curves =
            [
                new("training loss", steps, [.. history.Select(at => at.Loss)]),
                new("closed-form minimum", steps, [.. history.Select(at => at.OptimalLoss)]) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
            ],
        }.ToSvg());

        (int Bin, string Name)[] shown = [(0, "least noise"), (2, "little noise"), (5, "much noise"), (7, "most noise")];
        output.Figure("13-excess", new LineChart
        {
            Title = "Loss above its minimum, by noise level",
            Subtitle = "Four of eight bins of equal width in log-SNR; means of 8 reports; values below 0 are not drawn.",
            X = new Axis("step"),
            Y = new Axis("excess loss per value", AxisScale.Log),
            Curves = [.. shown.Select(s => new Curve(
                s.Name, Means(steps), Means([.. history.Select(at => at.LossByTime[s.Bin] - at.OptimalLossByTime[s.Bin])])))],
        }.ToSvg());

        output.Table(
            "13-identity",
            [new("t"), new("loss of the network", "0.0000"), new("loss of the closed form, same draws", "0.0000"), new("difference", "0.00000"), new("(score error)²·(1 − minimum)", "0.00000")],
            [.. result.Score.Where((_, i) => i % 3 == 0 || i == 11).Select(at => (object[])
                [at.T, at.Loss, at.JudgeLoss, at.Loss - at.JudgeLoss, at.Value * at.Value * (1 - at.OptimalLoss)])]);

        SampleErrors model = result.Samples, sampler = result.ExactScoreSamples, data = result.TrainingSet;
        output.Table(
            "13-budget",
            [new("error"), new("model", "0.0000"), new($"floor of {result.SampleCount} samples", "0.0000"), new("sampler alone", "0.0000"), new("finite data alone", "0.0000")],
            [
                ["score", result.RelativeScoreError, "–", 0.0, result.PlugInScoreError],
                ["Γ", model.Gamma, result.Floors.Gamma, sampler.Gamma, data.Gamma],
                ["Σ", model.Sigma, result.Floors.Sigma, sampler.Sigma, data.Sigma],
                ["mean", model.Mean, result.Floors.Mean, sampler.Mean, data.Mean],
            ]);
        output.Numbers("13-run", ("score", result.RelativeScoreError), ("minimum", history[^1].OptimalLoss), ("steps", history[^1].Step));
        output.Figure("00-first-run", Sequences(config, result).ToSvg());
    }

    private static SequencePlot Sequences(TrainingConfig config, EvaluationResult result)
    {
        GaussianSequence judge = GaussianProcessData.Process(config);
        SequenceData data = GaussianProcessData.Draw(config with { TrainingSequences = 2 });
        float[] untrained = new float[4 * judge.Size];
        SamplingOptions options = new() { Sampler = config.Sampler, Steps = config.SamplerSteps };
        DiffusionModel fresh = SequenceModel.Create(config, data);
        new SampleDrawer(fresh.Denoiser(Cpu.AllCores), fresh.Schedule).Draw(options, untrained);
        return new()
        {
            Title = "Sequences of two channels",
            Subtitle = "Drawn from the process; from a fresh network; from the same network after training.",
            Rows = [Row("from the process", result.RealPaths), Row("fresh network", untrained), Row("trained network", result.GeneratedPaths)],
        };

        SequenceRow Row(string name, float[] paths) => new(
            name, [.. Enumerable.Range(0, 4).Select(k => SamplePath.From(paths.AsSpan(k * judge.Size, judge.Size), config.Frames, config.Channels))]);
    }

    // Means of eight values each, so that curves of single batches can be read.
    private static double[] Means(double[] values) => [.. values.Chunk(8).Select(chunk => chunk.Average())];
}
