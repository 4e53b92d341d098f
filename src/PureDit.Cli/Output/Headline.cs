// The numbers that a run is judged by, each beside the floor that no run can be expected to go below, and beside the
// two sources of error that have nothing to do with training.

using System.Globalization;
using PureDit.Training;
using Spectre.Console;

namespace PureDit.Cli;

/// <summary>Prints the result of training and of an evaluation.</summary>
internal static class Headline
{
    /// <summary>What training came to.</summary>
    public static void Write(Invocation invocation, RunLog log)
    {
        if (log.Steps is not { } steps) return;
        invocation.Line(string.Create(CultureInfo.InvariantCulture,
            $"{steps:#,0} steps in {Shown.Duration(log.Seconds ?? 0)} ({log.StepsPerSecond:0.0} steps/s): "
            + $"loss {log.FinalLoss:0.0000}, closed-form minimum {log.OptimalLoss:0.0000}"));
    }

    /// <summary>The errors and where they come from.</summary>
    public static void Write(Invocation invocation, EvaluationResult result)
    {
        SampleErrors model = result.Samples, sampler = result.ExactScoreSamples, data = result.TrainingSet;
        Table table = Shown.Table("", "model", "floor", "sampler", "data"); // fits 70 columns
        Add("relative score error", result.RelativeScoreError, null, 0, result.PlugInScoreError);
        Add("Γ, relative error", model.Gamma, result.Floors.Gamma, sampler.Gamma, data.Gamma);
        Add("Σ, relative error", model.Sigma, result.Floors.Sigma, sampler.Sigma, data.Sigma);
        Add("mean, rms error", model.Mean, result.Floors.Mean, sampler.Mean, data.Mean);
        Add("KL of the fit, nats", model.KullbackLeibler, null, sampler.KullbackLeibler, data.KullbackLeibler);
        invocation.Screen.Write(table);
        invocation.Line(string.Create(CultureInfo.InvariantCulture, $"floor: expected of {result.SampleCount:#,0} perfect samples"));
        invocation.Line("sampler, data: what the sampler alone and the finite training set alone cost");
        if (!result.JudgeIsTruth)
        {
            invocation.Line("The judge is the Gaussian process with the training set's own moments: a yardstick, not the truth.");
            double loss = result.Score.Average(at => at.Loss), judge = result.Score.Average(at => at.JudgeLoss);
            invocation.Line($"Held-out denoising loss {Shown.Number(loss)}; that Gaussian process on the same draws {Shown.Number(judge)}.");
        }

        void Add(string name, double value, double? floor, double sampler, double data) => table.AddRow(
            new Text(name), new Text(Shown.Number(value)), new Text(floor is { } f ? Shown.Number(f) : "–"),
            new Text(Shown.Number(sampler)), new Text(Shown.Number(data)));
    }
}
