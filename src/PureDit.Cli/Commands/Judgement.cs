// Judges a run and leaves the result in its folder: the second half of `train`, and all of `evaluate`. Both judge the
// weights as they stand in the file, so they agree to the last digit.

using PureDit.Inference;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Cli;

/// <summary>Evaluates a run, writes evaluation.json and report.html, prints the headline numbers.</summary>
internal static class Judgement
{
    /// <summary>Judges.</summary>
    /// <exception cref="OperationCanceledException">The host asked to stop.</exception>
    public static void Run(Invocation invocation, RunFolder folder, TrainingConfig config, SequenceData data)
    {
        CliHost host = invocation.Host;
        IDiffusionModel model = ModelFile.Load(folder.WeightsPath);
        EvaluationResult result = ProgressView.Run(invocation, view => Evaluation.Run(
            config, model.Denoiser(CommonOptions.Cpu(config.Threads)), data, host.Clock,
            new Relay<EvaluationProgress>(at => view.Report(RunStatus.Of(at))), host.Stop.Token));
        IReadOnlyList<TrainingProgress> history = folder.ReadLog();
        RunLog log = RunLog.Of(history);
        folder.WriteEvaluation(result);
        RunFacts facts = new(
            Path.GetFileName(folder.FolderPath), log.Steps ?? 0, log.Seconds ?? 0, model.Network.Parameters.TrainedValueCount,
            Machine.Describe(config.Threads), Machine.Time(File.GetLastWriteTimeUtc(folder.WeightsPath)));
        folder.WriteReport(RunReport.Html(facts, config, history, result));

        Headline.Write(invocation, log);
        Headline.Write(invocation, result);
        invocation.Line($"report: {host.Shorten(folder.ReportPath)}");
        invocation.Result(Json(folder, config, log, result), CliJson.Default.RunJson);
    }

    /// <summary>The result for programs; without an evaluation, what training alone knows.</summary>
    public static RunJson Json(RunFolder folder, TrainingConfig config, RunLog log, EvaluationResult? result) => new(
        log.Steps, log.Seconds, log.StepsPerSecond, log.FinalLoss, log.OptimalLoss,
        result is null ? null : CliJson.Finite(result.RelativeScoreError),
        [.. result?.Score.Select(at => new ScoreErrorJson(at.T, CliJson.Finite(at.Value))) ?? []],
        result is null ? null : CliJson.Finite(result.Samples.Gamma),
        result is null ? null : CliJson.Finite(result.Samples.Sigma),
        result is null ? null : CliJson.Finite(result.Samples.Mean),
        result is null ? null : Floors(result),
        config.Seed, result is null ? null : folder.ReportPath, folder.WeightsPath);

    private static FloorsJson Floors(EvaluationResult result) => new(
        CliJson.Finite(result.Floors.Gamma), CliJson.Finite(result.Floors.Sigma), CliJson.Finite(result.Floors.Mean),
        CliJson.Finite(result.TrainingFloors.Gamma), CliJson.Finite(result.TrainingFloors.Sigma), CliJson.Finite(result.TrainingFloors.Mean),
        CliJson.Finite(result.PlugInScoreError));
}
