using System.CommandLine;
using System.Globalization;
using PureDit.Autodiff;
using PureDit.Inference;
using PureDit.Training;

namespace PureDit.Cli;

/// <summary><c>train gp</c>, <c>train series</c>, <c>train config.json</c>: trains, saves, judges.</summary>
internal static class TrainCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common, CliHost host)
    {
        Argument<string> what = new("what")
        {
            Description = "gp: sequences of a Gaussian process; series: windows of a CSV file; or the path of a configuration, as a run leaves it",
            HelpName = "gp|series|config.json",
        };
        Option<string> run = new("--run") { Description = "name of the run, the folder runs/NAME [default: the first free number]", HelpName = "name" };
        FieldOptions fields = new(name => name != "data"); // `what` says it
        Command command = new("train", "Train a diffusion transformer, save it and judge it against the closed form.") { what, run };
        foreach (Option option in fields.All) command.Add(option);
        command.SetAction(Invocation.Of(common, host, (parse, invocation) =>
            Run(invocation, TrainConfiguration.Read(host, parse.GetRequiredValue(what), fields.Given(parse)), parse.GetValue(run))));
        return command;
    }

    private static int Run(Invocation invocation, TrainingConfig asked, string? name)
    {
        CliHost host = invocation.Host;
        (TrainingConfig config, SequenceData data) = SequenceSource.Load(asked); // before there is a folder: bad data leave none
        DiffusionModel model = SequenceModel.Create(config, data);
        RunFolder folder = RunFolder.Create(host.WorkingDirectory, name, prefix: config.Data);
        folder.WriteConfig(config);
        invocation.Line(string.Create(CultureInfo.InvariantCulture,
            $"run: {host.Shorten(folder.FolderPath)} ({data.Count:#,0} sequences of {data.Frames} × {data.Channels}, "
            + $"{model.Network.Parameters.TrainedValueCount:#,0} trained values, seed {config.Seed})"));

        TrainingSummary summary;
        try
        {
            summary = Train(invocation, folder, config, model, data);
        }
        catch (TrainingDivergedException)
        {
            // of the last good step
            model.Save(folder.WeightsPath, model.Network.Parameters.HasAverage ? ParameterBlock.Average : ParameterBlock.Weights);
            throw;
        }

        model.Save(folder.WeightsPath);
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
        Invocation invocation, RunFolder folder, TrainingConfig config, DiffusionModel model, SequenceData data)
    {
        using StreamWriter log = folder.OpenLog();
        return ProgressView.Run(invocation, view =>
        {
            view.Report(new("training", 0));
            return TrainingLoop.Run(config, model, data, invocation.Host.Clock, new Relay<TrainingProgress>(Report), invocation.Host.Stop.Token);

            void Report(TrainingProgress at)
            {
                log.WriteLine(RunFolder.LogLine(at));
                view.Report(RunStatus.Of(at));
            }
        });
    }

    private static int Stopped(Invocation invocation, RunFolder folder, TrainingConfig config)
    {
        RunLog log = RunLog.Of(folder.ReadLog());
        Headline.Write(invocation, log);
        invocation.Line($"stopped; what was learnt is in {invocation.Host.Shorten(folder.WeightsPath)}, and "
            + $"`puredit evaluate {Path.GetFileName(folder.FolderPath)}` judges it");
        invocation.Result(Judgement.Json(folder, config, log, result: null), CliJson.Default.RunJson);
        return invocation.Host.Stop.ExitCode;
    }
}
