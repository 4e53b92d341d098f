// The report of a training run: what was learnt, held against the closed form; which share of each error the training,
// the sampler and the finite data have; and the pictures that show it. RunFigures.cs draws them.

using System.Globalization;
using PureDit.Training;

namespace PureDit.Reporting;

/// <summary>What a report says about the run beside its results.</summary>
/// <param name="Name">Name of the run.</param>
/// <param name="Steps">Optimiser steps done.</param>
/// <param name="Seconds">Time they took.</param>
/// <param name="Parameters">Number of trained values of the model.</param>
/// <param name="Machine">Processor, threads, vector width, runtime.</param>
/// <param name="Finished">When the run ended, for people.</param>
public sealed record RunFacts(string Name, long Steps, double Seconds, long Parameters, string Machine, string Finished);

/// <summary>Writes the report of a run as one self-contained HTML page.</summary>
public static class RunReport
{
    /// <summary>The page.</summary>
    /// <param name="facts">About the run.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="history">Its log; may be empty.</param>
    /// <param name="result">Its evaluation.</param>
    public static string Html(
        RunFacts facts, TrainingConfig config, IReadOnlyList<TrainingProgress> history, EvaluationResult result)
    {
        string truth = result.JudgeIsTruth
            ? "the Gaussian process that the data were drawn from, whose score is known exactly"
            : "the Gaussian process with the training set's own mean, Γ and Σ";
        string network = config.Network == "unet" ? "A U-Net" : "A diffusion transformer";
        HtmlPage page = new(
            $"PureDit run {facts.Name}",
            (facts.Steps == 0
                ? $"{network} for {config.Frames} × {config.Channels} sequences; no training is logged."
                : $"{network} learnt {config.Frames} × {config.Channels} sequences in {Number(facts.Steps)} steps and {Time(facts.Seconds)}.")
            + $" The judge is {truth}.");

        page.Section("How close it came")
            .Tiles(Tiles(result))
            .Paragraph(result.JudgeIsTruth
                ? "A floor is the error that as many samples of the true process itself would show; no sampler can be expected to go below it."
                : "The data are not Gaussian, so the closed form is a yardstick here and not the truth: a model may rightly differ from it.");
        page.Section("Where the errors come from")
            .Table(["source", "relative score error", "Γ error", "Σ error", "mean error"], Budget(result))
            .Paragraph(
                "Each row has one cause alone. The sampler row draws from the judge's own score with the same steps and noise; "
                + "the finite-data row takes the training set's own moments. What remains between them and the first row is training.");
        page.Section("Learning").Figures(RunFigures.Loss(history), RunFigures.LossByTime(history), RunFigures.ScoreError(result));
        page.Section("Covariance").Figures(
            RunFigures.Temporal(config, result), RunFigures.Spatial(config, result), RunFigures.LagCurve(config, result));
        page.Section("Sequences").Figures(RunFigures.Paths(config, result));
        page.Section("The score, noise level by noise level").Table(
            ["t", "relative score error", "of the plug-in", "loss", "closed-form minimum", "closed form on the same draws"],
            [.. result.Score.Select((at, i) => new[]
            {
                Number(at.T), Number(at.Value), Number(result.PlugInScore[i].Value), Number(at.Loss), Number(at.OptimalLoss), Number(at.JudgeLoss),
            })]);
        page.Section("The run").Table(["what", "value"], Facts(facts, config, result))
            .Details("Configuration", new HtmlFragment().Preformatted(TrainingFields.Write(config)));
        return page.ToHtml();
    }

    private static Tile[] Tiles(EvaluationResult result)
    {
        // Judged against what the data and the number of samples allow: within twice the floor is as good as it gets.
        Verdict Against(double value, double floor, double fair) =>
            !result.JudgeIsTruth ? Verdict.None : value <= 2 * floor ? Verdict.Good : value <= fair ? Verdict.Fair : Verdict.Poor;
        return
        [
            new("relative score error", Number(result.RelativeScoreError), $"plug-in of the training set {Number(result.PlugInScoreError)}",
                Against(result.RelativeScoreError, 0.02, 0.1)),
            new("Γ error", Number(result.Samples.Gamma), $"floor {Number(result.Floors.Gamma)}", Against(result.Samples.Gamma, result.Floors.Gamma, 0.1)),
            new("Σ error", Number(result.Samples.Sigma), $"floor {Number(result.Floors.Sigma)}", Against(result.Samples.Sigma, result.Floors.Sigma, 0.08)),
            new("mean error", Number(result.Samples.Mean), $"floor {Number(result.Floors.Mean)}", Against(result.Samples.Mean, result.Floors.Mean, 0.1)),
            new("KL of the fitted Gaussian", $"{Number(result.Samples.KullbackLeibler)} nats", $"training set {Number(result.TrainingSet.KullbackLeibler)}"),
            new("excess loss", Number(result.Score.Average(at => at.Loss - at.JudgeLoss)), "over the closed form on the same fresh draws"),
        ];
    }

    private static string[][] Budget(EvaluationResult result)
    {
        static string[] Row(string name, string score, SampleErrors e) => [name, score, Number(e.Gamma), Number(e.Sigma), Number(e.Mean)];
        return
        [
            Row("everything: the model's samples", Number(result.RelativeScoreError), result.Samples),
            Row("the sampler alone: exact score", "0", result.ExactScoreSamples),
            Row("the finite training set alone", Number(result.PlugInScoreError), result.TrainingSet),
            ["expected of the training set", "–", Number(result.TrainingFloors.Gamma), Number(result.TrainingFloors.Sigma), Number(result.TrainingFloors.Mean)],
            [$"expected of {Number(result.SampleCount)} perfect samples", "–", Number(result.Floors.Gamma), Number(result.Floors.Sigma), Number(result.Floors.Mean)],
        ];
    }

    private static string[][] Facts(RunFacts facts, TrainingConfig config, EvaluationResult result) =>
    [
        ["model", $"{Sizes(config)}, {Number(facts.Parameters)} trained values"],
        ["steps", $"{Number(facts.Steps)} of {config.Batch} sequences, {Number(facts.Steps / Math.Max(facts.Seconds, 1e-9))} per second"],
        ["training time", Time(facts.Seconds)],
        ["sampling", $"{Number(result.SampleCount)} samples by {config.Sampler} in {config.SamplerSteps} steps, {Time(result.SamplingSeconds)}"],
        ["condition number κ at t0", Number(result.ConditionNumber)],
        ["seed", Number(config.Seed)],
        ["machine", facts.Machine],
        ["finished", facts.Finished],
    ];

    private static string Sizes(TrainingConfig config) => config.Network == "unet"
        ? $"U-Net of {config.Depth} levels, width {config.Width}"
        : $"{config.Depth} blocks, width {config.Width}, {config.Heads} heads{Attention(config)}";

    private static string Attention(TrainingConfig config) => config.Attention == "plain" ? ""
        : string.Create(CultureInfo.InvariantCulture, $", attention {config.Attention} with scores within {config.AttentionBound}");

    private static string Time(double seconds) => seconds < 90
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(seconds / 60):0} min {seconds % 60:00} s");

    private static string Number(double value) => Math.Abs(value) >= 1000
        ? value.ToString("#,0", CultureInfo.InvariantCulture)
        : value.ToString("0.####", CultureInfo.InvariantCulture);
}
