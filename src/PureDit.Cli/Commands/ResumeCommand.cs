using System.CommandLine;
using System.Text.Json;
using PureDit.Training;

namespace PureDit.Cli;

/// <summary><c>resume RUN</c>: goes on with a run that was stopped or killed, or makes a finished one longer.</summary>
internal static class ResumeCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common, CliHost host)
    {
        Argument<string> run = new("run") { Description = "name of a run in runs/, or the path of its folder" };
        FieldOptions fields = new(name => name != "data");
        Option<string[]> overrides = new("--override")
        {
            Description = "a field that decides numbers and may all the same have another value than before; also sequences, for other data",
            HelpName = "field",
            Arity = ArgumentArity.OneOrMore,
        };
        Command command = new("resume", "Go on with a run from its newest checkpoint, to the same bits as without the interruption; more --steps make a finished one longer.") { run, overrides };
        foreach (Option option in fields.All) command.Add(option);
        command.SetAction(Invocation.Of(common, host, (parse, invocation) => Run(
            invocation, RunFolder.Open(host.WorkingDirectory, parse.GetRequiredValue(run)), fields.Given(parse),
            [.. (parse.GetValue(overrides) ?? []).SelectMany(names => names.Split(',')).Select(Field)])));
        return command;
    }

    private static int Run(Invocation invocation, RunFolder folder, Dictionary<string, string> given, string[] overrides)
    {
        CliHost host = invocation.Host;
        TrainingConfig asked = TrainConfiguration.Over(host, folder.ReadConfig(), given);
        if (File.Exists(folder.WeightsPath) && !Directory.Exists(folder.CheckpointsPath))
        {
            throw new ConfigurationException(
                $"run: {host.Shorten(folder.FolderPath)} has weights but no checkpoints: it was constructed, or they were removed; begin another with train.");
        }

        using CheckpointFolder checkpoints = FolderTraining.Open(host, folder, overrides);
        folder.RemoveStaleFiles();
        checkpoints.Latest?.Check(asked, overrides); // before the data are drawn
        if (checkpoints.Latest is null) invocation.Line("no checkpoint yet: training from the beginning");
        (TrainingConfig config, SequenceData data) = FolderTraining.Load(host, asked);
        folder.WriteConfig(config);
        return FolderTraining.Run(invocation, folder, config, data, checkpoints);
    }

    // Named as on the command line or as in config.json.
    private static string Field(string name)
    {
        string[] known = [.. TrainingFields.All.Where(field => field.Change == FieldChange.Overridden).Select(field => field.Name), .. CheckpointOptions.OtherOverrides];
        return known.FirstOrDefault(field => name == field || name.TrimStart('-') == JsonNamingPolicy.KebabCaseLower.ConvertName(field))
            ?? throw new UsageException(
                $"--override: expected a field that decides numbers, got '{name}'",
                Nearest.To(name, known.Select(JsonNamingPolicy.KebabCaseLower.ConvertName)) is { } nearest ? $"did you mean {nearest}?" : "puredit resume --help");
    }
}
