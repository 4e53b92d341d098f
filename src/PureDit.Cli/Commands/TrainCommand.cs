using System.CommandLine;
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
        if (name is not null) RunFolder.CheckName(host.WorkingDirectory, name); // before the work, and before there is a folder
        (TrainingConfig config, SequenceData data) = FolderTraining.Load(host, asked);
        RunFolder folder = RunFolder.Create(host.WorkingDirectory, name, config);
        using CheckpointFolder checkpoints = FolderTraining.Open(host, folder, overrides: []);
        return FolderTraining.Run(invocation, folder, config, data, checkpoints);
    }
}
