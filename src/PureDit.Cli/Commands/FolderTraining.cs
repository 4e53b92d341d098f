// Training in a run's folder: what `train` begins and `resume` goes on with, up to the judgement. Only the checkpoint
// that the folder holds, or does not, tells the two apart.

using System.Globalization;
using PureDit.Autodiff;
using PureDit.Inference;
using PureDit.Nn;
using PureDit.Training;

namespace PureDit.Cli;

/// <summary>Trains in a folder, saves, judges.</summary>
internal static class FolderTraining
{
    /// <summary>Draws or reads the data, if there is memory for the run.</summary>
    /// <exception cref="InsufficientMemoryException">There is not.</exception>
    public static (TrainingConfig Config, SequenceData Data) Load(CliHost host, TrainingConfig asked)
    {
        MemoryEstimate.Of(asked).Require(host.AvailableMemory);
        (TrainingConfig config, SequenceData data) = SequenceSource.Load(asked);
        MemoryEstimate.Of(config).Require(host.AvailableMemory); // a series has told its channels
        return (config, data);
    }

    /// <summary>Opens the checkpoints of a run; what they complain of goes to standard error.</summary>
    public static CheckpointFolder Open(CliHost host, RunFolder folder, IReadOnlyCollection<string> overrides) => CheckpointFolder.Open(
        folder.CheckpointsPath, new() { Files = host.Files, Overrides = overrides, Notices = new Relay<string>(text => Failure.Warn(host.Error, text)) });

    /// <summary>Trains from the newest checkpoint, or from the beginning.</summary>
    public static int Run(Invocation invocation, RunFolder folder, TrainingConfig config, SequenceData data, CheckpointFolder checkpoints)
    {
        CliHost host = invocation.Host;
        IDiffusionModel model = SequenceModel.CreateAny(config, data);
        string from = checkpoints.Latest is { } latest ? string.Create(CultureInfo.InvariantCulture, $", from step {latest.Step:#,0}") : "";
        invocation.Line(string.Create(CultureInfo.InvariantCulture,
            $"run: {host.Shorten(folder.FolderPath)} ({data.Count:#,0} sequences of {data.Frames} × {data.Channels}, "
            + $"{model.Network.Parameters.TrainedValueCount:#,0} trained values, seed {config.Seed}{from})"));
        if (model.Network is DiT network && AttentionDecision.Of(network.Config) is { } attention) invocation.Line($"attention: {attention}");

        TrainingSummary summary;
        try
        {
            summary = Train(invocation, folder, config, model, data, checkpoints);
        }
        catch (Exception e) when (e is TrainingDivergedException or CheckpointException)
        {
            TrySave(model, folder); // of the last good step
            throw;
        }

        model.Save(folder.WeightsPath);
        if (summary.History.Any(at => at.Done > (1 + 1e-9) * at.Step / config.Steps))
        {
            invocation.Line(string.Create(CultureInfo.InvariantCulture,
                $"the limit of {config.Minutes} minutes brought the learning rate down early: a faster machine learns more; --minutes 0 gives the same bits everywhere"));
        }

        if (summary.End == TrainingEnd.Cancelled) return Stopped(invocation, folder, config);
        try
        {
            Judgement.Run(invocation, folder, config, data);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (host.Stop.Token.IsCancellationRequested)
        {
            return Stopped(invocation, folder, config);
        }
    }

    private static TrainingSummary Train(
        Invocation invocation, RunFolder folder, TrainingConfig config, IDiffusionModel model, SequenceData data, CheckpointFolder checkpoints)
    {
        using LogFile log = folder.OpenLog(checkpoints.Latest?.ReportedStep ?? 0);
        return ProgressView.Run(invocation, view =>
        {
            view.Report(new("training", checkpoints.Latest is { } latest ? Math.Min(1, (double)latest.Step / config.Steps) : 0));
            return TrainingLoop.Run(config, model, data, invocation.Host.Clock, new Relay<TrainingProgress>(Report), checkpoints, invocation.Host.Stop.Token);

            void Report(TrainingProgress at)
            {
                log.Add(at);
                view.Report(RunStatus.Of(at));
            }
        });
    }

    // Why training ended is what is to be said, not that this failed for the same reason.
    private static void TrySave(IDiffusionModel model, RunFolder folder)
    {
        try
        {
            model.Save(folder.WeightsPath, model.Network.Parameters.HasAverage ? ParameterBlock.Average : ParameterBlock.Weights);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static int Stopped(Invocation invocation, RunFolder folder, TrainingConfig config)
    {
        RunLog log = RunLog.Of(folder.ReadLog());
        Headline.Write(invocation, log);
        string name = Path.GetFileName(folder.FolderPath);
        invocation.Line($"stopped; `puredit resume {name}` goes on; what was learnt is in {invocation.Host.Shorten(folder.WeightsPath)}, and `puredit evaluate {name}` judges it");
        invocation.Result(Judgement.Json(folder, config, log, result: null), CliJson.Default.RunJson);
        return invocation.Host.Stop.ExitCode;
    }
}
