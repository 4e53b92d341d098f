// The README's picture and numbers, taken from the folder of a finished run of `train gp`.

using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Book;

/// <summary>Writes what the README shows of the default run.</summary>
public static class DefaultRun
{
    /// <summary>Reads a run and writes its picture, its table and its numbers.</summary>
    public static void Write(string folder, BookOutput output)
    {
        RunFolder run = RunFolder.Open(Directory.GetCurrentDirectory(), folder);
        TrainingConfig config = run.ReadConfig();
        EvaluationResult result = run.ReadEvaluation();
        TrainingProgress last = run.ReadLog()[^1];

        output.Figure("train-gp", Picture(config, result));
        output.Table(
            "readme-accuracy",
            [new("error, relative to the truth"), new("PureDit", "0.0000"), new("goal", "0.00"), new("floor", "0.0000")],
            [
                ["score, mean over twelve times from 0.01 to 5", result.RelativeScoreError, 0.04, "–"],
                ["score of the training set's own covariance (plug-in)", result.PlugInScoreError, "–", "–"],
                [$"Γ of {config.Samples:#,0} samples", result.Samples.Gamma, 0.10, result.Floors.Gamma],
                [$"Σ of {config.Samples:#,0} samples", result.Samples.Sigma, 0.08, result.Floors.Sigma],
                ["Γ by the same sampler with the exact score", result.ExactScoreSamples.Gamma, "–", result.Floors.Gamma],
                ["Γ of the training set", result.TrainingSet.Gamma, "–", result.TrainingFloors.Gamma],
            ]);
        output.Numbers(
            "train-gp-run",
            ("machine", $"{Environment.ProcessorCount} cores, {SimdLevels.Best}"),
            ("steps", last.Step),
            ("seconds", last.Seconds),
            ("stepsPerSecond", last.StepsPerSecond),
            ("relativeScoreError", result.RelativeScoreError));
    }

    private static string Picture(TrainingConfig config, EvaluationResult result)
    {
        double[] lags = [.. Enumerable.Range(0, config.Frames).Select(lag => (double)lag)];
        return new LineChart
        {
            Title = "What the DiT learnt of a Gaussian process",
            Subtitle = $"Covariance between frames of {config.Samples:#,0} generated sequences",
            X = new Axis("lag in frames"),
            Y = new Axis("covariance"),
            Curves =
            [
                new("true", lags, SequenceStatistics.LagCurve(result.Temporal, config.Frames)) { Color = PlotColor.Ink, Mark = CurveMark.Dashed },
                new("generated", lags, SequenceStatistics.LagCurve(result.Samples.Temporal, config.Frames)) { Mark = CurveMark.LineAndPoints },
            ],
        }.ToSvg();
    }
}
