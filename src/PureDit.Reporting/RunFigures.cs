// The figures of a run's report.

using PureDit.GaussianProcess;
using PureDit.Training;

namespace PureDit.Reporting;

internal static class RunFigures
{
    public static Figure Loss(IReadOnlyList<TrainingProgress> history)
    {
        double[] steps = [.. history.Select(at => (double)at.Step)];
        LineChart chart = new()
        {
            Title = "Loss",
            X = new Axis("step"),
            Y = new Axis("mean squared error per value", AxisScale.Log),
            Curves =
            [
                new("training loss", steps, [.. history.Select(at => at.Loss)]),
                new("closed-form minimum", steps, [.. history.Select(at => at.OptimalLoss)]) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
            ],
        };
        return new(chart.ToSvg(), "No predictor can get below the dashed line on fresh data.");
    }

    public static Figure LossByTime(IReadOnlyList<TrainingProgress> history)
    {
        int bins = history.Count == 0 ? 0 : history[0].LossByTime.Count;
        double[] steps = [.. history.Select(at => (double)at.Step)];
        int[] shown = bins == 0 ? [] : [0, bins / 3, 2 * bins / 3, bins - 1];
        string[] names = ["least noise", "little noise", "much noise", "most noise"];
        LineChart chart = new()
        {
            Title = "Loss above its minimum, by noise level",
            X = new Axis("step"),
            Y = new Axis("excess loss", AxisScale.Log),
            Curves = [.. shown.Select((bin, i) => new Curve(
                names[i], steps, Smooth([.. history.Select(at => at.LossByTime[bin] - at.OptimalLossByTime[bin])])))],
        };
        return new(chart.ToSvg(), "Bins of equal width in log-SNR, averaged over a twentieth of the run, since batches vary; cut at 10⁻⁵.");
    }

    // Mean over the reports before and after, a twentieth of the run in all.
    private static double[] Smooth(double[] values)
    {
        int reach = values.Length / 40;
        return [.. values.Select((_, i) =>
        {
            int first = Math.Max(0, i - reach), last = Math.Min(values.Length - 1, i + reach);
            return Math.Max(1e-5, values[first..(last + 1)].Average());
        })];
    }

    public static Figure ScoreError(EvaluationResult result)
    {
        double[] times = [.. result.Score.Select(at => at.T)];
        LineChart chart = new()
        {
            Title = "Relative score error",
            X = new Axis("diffusion time t", AxisScale.Log),
            Y = new Axis("‖ŝ − s*‖ / ‖s*‖", AxisScale.Log),
            Curves =
            [
                new("the model", times, [.. result.Score.Select(at => at.Value)]) { Mark = CurveMark.LineAndPoints },
                .. result.JudgeIsTruth
                    ? [new("plug-in of the training set", times, [.. result.PlugInScore.Select(at => at.Value)]) { Mark = CurveMark.Dashed, Color = PlotColor.Ink }]
                    : Array.Empty<Curve>(),
            ],
        };
        return new(chart.ToSvg(), "On sequences that were not trained on. The plug-in knows the structure of the data and only estimates its numbers.");
    }

    public static Figure Temporal(TrainingConfig config, EvaluationResult result) =>
        Matrices("Γ, covariance between frames", config.Frames, result.Temporal, result.Samples.Temporal);

    public static Figure Spatial(TrainingConfig config, EvaluationResult result) =>
        Matrices("Σ, covariance between channels", config.Channels, result.Spatial, result.Samples.Spatial);

    public static Figure LagCurve(TrainingConfig config, EvaluationResult result)
    {
        double[] lags = [.. Enumerable.Range(0, config.Frames).Select(lag => (double)lag)];
        Curve Of(string name, double[] temporal, PlotColor color, CurveMark mark) =>
            new(name, lags, SequenceStatistics.LagCurve(temporal, config.Frames)) { Color = color, Mark = mark };
        LineChart chart = new()
        {
            Title = "Covariance against lag",
            X = new Axis("lag in frames"),
            Y = new Axis("mean of Γ at that lag"),
            Curves =
            [
                Of(result.JudgeIsTruth ? "true" : "training set", result.Temporal, PlotColor.Ink, CurveMark.Dashed),
                .. result.JudgeIsTruth
                    ? [Of("training set", result.TrainingSet.Temporal, PlotColor.Orange, CurveMark.Points)]
                    : Array.Empty<Curve>(),
                Of("samples", result.Samples.Temporal, PlotColor.Blue, CurveMark.LineAndPoints),
            ],
        };
        return new(chart.ToSvg());
    }

    public static Figure Paths(TrainingConfig config, EvaluationResult result)
    {
        int size = config.Frames * config.Channels;
        SamplePath[] Of(float[] paths) =>
            [.. Enumerable.Range(0, paths.Length / size).Select(k => SamplePath.From(paths.AsSpan(k * size, size), config.Frames, config.Channels))];
        SequencePlot plot = new()
        {
            Title = "Real and generated sequences",
            Rows = [new("real, not trained on", Of(result.RealPaths)), new("generated", Of(result.GeneratedPaths))],
            ChannelNames = result.ChannelNames,
            PanelsPerRow = 3,
        };
        return new(plot.ToSvg());
    }

    private static Figure Matrices(string title, int size, double[] truth, double[] learnt)
    {
        HeatMap map = new()
        {
            Title = title,
            Panels =
            [
                new("judge", size, size, truth),
                new("samples", size, size, learnt),
                new("difference", size, size, [.. learnt.Zip(truth, (a, b) => a - b)]),
            ],
        };
        return new(map.ToSvg());
    }
}
