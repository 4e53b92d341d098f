// Figures and tables of chapter 13's longest run, and the picture of chapter 0.

using System.Globalization;
using PureDit.GaussianProcess;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Book;

/// <summary>A run that was watched: every time the number of steps has doubled, its score is measured.</summary>
/// <param name="Config">Its configuration.</param>
/// <param name="History">Its log.</param>
/// <param name="Result">Its evaluation.</param>
/// <param name="Watched">Score errors of the unaveraged weights on fresh sequences, by step.</param>
/// <param name="OnTraining">Score errors of the trained network on sequences that it was trained on.</param>
internal sealed record LongRun(
    TrainingConfig Config, IReadOnlyList<TrainingProgress> History, EvaluationResult Result,
    IReadOnlyList<(long Step, ScoreErrorAt[] Score)> Watched, ScoreErrorAt[] OnTraining)
{
    private static readonly int[] s_shown = [0, 4, 7, 10]; // of the twelve times

    private sealed class Watch(DiffusionModel model, SequenceData fresh) : IProgress<TrainingProgress>
    {
        private long _next = 25;

        public List<(long, ScoreErrorAt[])> Seen { get; } = [];

        public void Report(TrainingProgress value)
        {
            if (value.Step < _next) return;
            _next *= 2;
            Seen.Add((value.Step, ScoreEvaluation.Run(model.Denoiser(Cpu.Serial), fresh.Judge, fresh.Training, seed: 1000)));
        }
    }

    public static LongRun Of(TrainingConfig config)
    {
        SequenceData data = GaussianProcessData.Draw(config), fresh = GaussianProcessData.Draw(config with { TrainingSequences = 512, Seed = 1000 });
        DiffusionModel model = SequenceModel.Create(config, data);
        Watch watch = new(model, fresh);
        TrainingSummary summary = TrainingLoop.Run(config, model, data, TimeProvider.System, watch);
        DiTDenoiser denoiser = model.Denoiser(Cpu.Serial);
        return new(
            config, summary.History, Evaluation.Run(config, denoiser, data, TimeProvider.System), watch.Seen,
            ScoreEvaluation.Run(denoiser, data.Judge, data.Training.AsSpan(0, Math.Min(data.Training.Length, config.EvaluationSequences * denoiser.Size)), (ulong)config.Seed));
    }

    public void Write(BookOutput output)
    {
        double[] steps = [.. History.Select(at => (double)at.Step)];
        output.Figure("13-loss", new LineChart
        {
            Title = "Loss of a run and the least loss that is possible",
            X = new Axis("step"),
            Y = new Axis("mean squared error per value", AxisScale.Log),
            Curves =
            [
                new("training loss", steps, [.. History.Select(at => at.Loss)]),
                new("closed-form minimum", steps, [.. History.Select(at => at.OptimalLoss)]) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
            ],
        }.ToSvg());

        double[] seen = [.. Watched.Select(w => (double)w.Step)];
        output.Figure("13-excess", new LineChart
        {
            Title = "Excess loss by diffusion time, on fresh sequences",
            Subtitle = "Loss of the network minus loss of the closed form on the same draws.",
            X = new Axis("step", AxisScale.Log),
            Y = new Axis("excess loss per value", AxisScale.Log),
            Curves = [.. s_shown.Select(i => new Curve(
                string.Create(CultureInfo.InvariantCulture, $"t = {Watched[0].Score[i].T:0.##}"), seen, [.. Watched.Select(w => w.Score[i].Loss - w.Score[i].JudgeLoss)])
            { Mark = CurveMark.LineAndPoints })],
        }.ToSvg());

        object[] Fresh(string name, IReadOnlyList<ScoreErrorAt> score) =>
            [name, score.Average(at => at.Loss), score.Average(at => at.JudgeLoss), score.Average(at => at.Loss - at.JudgeLoss)];
        output.Table(
            "13-fresh", [new("4096 sequences"), new("loss of the network", "0.00000"), new("loss of the closed form", "0.00000"), new("difference", "0.00000")],
            [Fresh("fresh", Result.Score), Fresh("trained on", OnTraining)]);

        output.Table(
            "13-identity",
            [new("t"), new("loss of the network", "0.0000"), new("loss of the closed form, same draws", "0.0000"), new("difference", "0.00000"), new("(score error)²·(1 − minimum)", "0.00000")],
            [.. Result.Score.Where((_, i) => i % 3 == 0 || i == 11).Select(at => (object[])
                [at.T, at.Loss, at.JudgeLoss, at.Loss - at.JudgeLoss, at.Value * at.Value * (1 - at.OptimalLoss)])]);

        SampleErrors model = Result.Samples, sampler = Result.ExactScoreSamples, data = Result.TrainingSet;
        output.Table(
            "13-budget",
            [new("error"), new("model", "0.0000"), new($"floor of {Result.SampleCount} samples", "0.0000"), new("sampler alone", "0.0000"), new("finite data alone", "0.0000")],
            [
                ["score", Result.RelativeScoreError, "–", 0.0, Result.PlugInScoreError],
                ["Γ", model.Gamma, Result.Floors.Gamma, sampler.Gamma, data.Gamma],
                ["Σ", model.Sigma, Result.Floors.Sigma, sampler.Sigma, data.Sigma],
                ["mean", model.Mean, Result.Floors.Mean, sampler.Mean, data.Mean],
            ]);
        output.Numbers("13-run", ("score", Result.RelativeScoreError), ("minimum", History[^1].OptimalLoss), ("steps", History[^1].Step));
        output.Figure("00-first-run", Sequences().ToSvg());
    }

    private SequencePlot Sequences()
    {
        GaussianSequence judge = GaussianProcessData.Process(Config);
        SequenceData data = GaussianProcessData.Draw(Config with { TrainingSequences = 2 });
        float[] untrained = new float[4 * judge.Size];
        SamplingOptions options = new() { Sampler = Config.Sampler, Steps = Config.SamplerSteps };
        DiffusionModel fresh = SequenceModel.Create(Config, data);
        new SampleDrawer(fresh.Denoiser(Cpu.AllCores), fresh.Schedule).Draw(options, untrained);
        return new()
        {
            Title = "Sequences of two channels",
            Subtitle = "Drawn from the process; from a fresh network; from the same network after training.",
            Rows = [Row("from the process", Result.RealPaths), Row("fresh network", untrained), Row("trained network", Result.GeneratedPaths)],
        };

        SequenceRow Row(string name, float[] paths) => new(
            name, [.. Enumerable.Range(0, 4).Select(k => SamplePath.From(paths.AsSpan(k * judge.Size, judge.Size), Config.Frames, Config.Channels))]);
    }
}
