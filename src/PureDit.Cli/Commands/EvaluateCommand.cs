using System.CommandLine;
using PureDit.Training;

namespace PureDit.Cli;

/// <summary><c>evaluate RUN</c>: judges a run anew.</summary>
internal static class EvaluateCommand
{
    private static readonly string[] Fields = ["samples", "sampler", "samplerSteps", "evaluationSequences", "threads"];

    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common, CliHost host)
    {
        Argument<string> run = new("run") { Description = "name of a run in runs/, or the path of its folder" };
        FieldOptions fields = new(name => Fields.Contains(name));
        Command command = new("evaluate", "Judge a run anew; rewrites its evaluation.json and report.html.") { run };
        foreach (Option option in fields.All) command.Add(option);
        command.SetAction(Invocation.Of(common, host, (parse, invocation) =>
            Run(invocation, RunFolder.Open(host.WorkingDirectory, parse.GetRequiredValue(run)), fields.Given(parse))));
        return command;
    }

    private static int Run(Invocation invocation, RunFolder folder, Dictionary<string, string> overrides)
    {
        (TrainingConfig config, SequenceData data) = SequenceSource.Load(TrainingFields.With(folder.ReadConfig(), overrides));
        Judgement.Run(invocation, folder, config, data);
        return ExitCode.Done;
    }
}
