using System.CommandLine;
using System.Globalization;
using PureDit.Laboratory;
using PureDit.Training;
using Spectre.Console;

namespace PureDit.Cli;

/// <summary><c>lab SUBJECT WHAT</c>: runs experiments and judges them.</summary>
internal static class LabCommand
{
    private const string All = "all";
    private const int StandardSeeds = 3, MostSeeds = 1000;

    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common, CliHost host)
    {
        Command lab = new("lab", "Experiments that hold claims about diffusion transformers against closed forms.");
        foreach (LaboratorySubject subject in LaboratorySubject.All) lab.Add(Create(subject, common, host));
        return lab;
    }

    private static Command Create(LaboratorySubject subject, CommonOptions common, CliHost host)
    {
        string[] names = [.. subject.Experiments.Select(experiment => experiment.Name), All];
        Argument<string> what = new("what") { Description = string.Join(", ", names), HelpName = "what" };
        Option<bool> quick = new("--quick") { Description = "small sizes, under a minute each [default: full]" };
        Option<string> seeds = new("--seeds") { Description = $"seeds per experiment, 1 to {MostSeeds} [default {StandardSeeds}]", HelpName = "number" };
        Option<string> output = new("--out", "-o")
        {
            Description = $"folder of the results; experiments that it holds with the same options, by the same code, are not run again [default: runs/lab-{subject.Name}-001 or the next that is free]",
            HelpName = "folder",
        };
        Command command = new(subject.Name,
            $"Run an experiment on {subject.About}: criteria with verdicts, CSV, SVG, one HTML page. The exit code is 0 when the run is done, whatever "
            + "the verdicts; with --json a line {experiment, criterion, value, bound, pass, seed} per criterion and a last line {experiments, criteria, passed, seconds, report}.")
        { what, quick, seeds, output };
        command.SetAction(Invocation.Of(common, host, (parse, invocation) => Run(
            invocation, subject, Experiments(subject, parse.GetRequiredValue(what), names), parse.GetRequiredValue(what),
            new(parse.GetValue(quick), (int)Numbers.Whole(parse.GetValue(seeds), "--seeds", 1, MostSeeds, StandardSeeds)), parse.GetValue(output))));
        return command;
    }

    private static IExperiment[] Experiments(LaboratorySubject subject, string what, string[] names)
    {
        IExperiment[] found = [.. subject.Experiments.Where(experiment => what is All || experiment.Name == what)];
        if (found.Length > 0) return found;
        string there = $"there are {string.Join(", ", names)}";
        throw new UsageException($"unknown experiment '{what}'", Nearest.To(what, names) is { } near ? $"did you mean {near}? {there}" : there);
    }

    private static int Run(Invocation invocation, LaboratorySubject subject, IExperiment[] experiments, string what, ExperimentOptions options, string? output)
    {
        CliHost host = invocation.Host;
        LaboratoryFolder folder = new(output is null ? LaboratoryFolder.FirstFree(host.FullPath("runs"), $"lab-{subject.Name}") : host.FullPath(output));
        List<FinishedExperiment> done = [];
        long start = host.Clock.GetTimestamp();
        bool complete = ProgressView.Run(new Invocation(host, json: true), view => // on standard error
        {
            string running = "";
            TimeLeft left = new(host.Clock);
            void Report(LaboratoryProgress at)
            {
                if (at.Experiment != running) (running, left) = (at.Experiment, new(host.Clock));
                view.Report(new(at.Experiment, at.Done, left.At(at.Done) is { } seconds ? $"{Shown.Time(seconds)} left" : ""));
            }

            try
            {
                LaboratoryRun.Run(
                    experiments, options, folder, host.Clock, done.Add, new Relay<LaboratoryProgress>(Report),
                    new Relay<string>(text => Failure.Warn(host.Error, text)), host.Stop.Token);
                return true;
            }
            catch (OperationCanceledException) when (host.Stop.Token.IsCancellationRequested)
            {
                return false;
            }
        });
        double seconds = host.Clock.GetElapsedTime(start).TotalSeconds;
        string command = string.Create(CultureInfo.InvariantCulture, $"puredit lab {subject.Name} {what}{(options.Quick ? " --quick" : "")} --seeds {options.Seeds}");
        folder.Write(done, LaboratoryReport.Html(subject, done, command, Machine.Describe(threads: 1)));

        Criterion[] criteria = [.. done.SelectMany(d => d.Result.Criteria)];
        int passed = criteria.Count(criterion => criterion.Pass);
        Show(invocation, done);
        if (!complete)
        {
            invocation.Line($"stopped after {done.Count} of {experiments.Length} experiments; `{command} --out {host.Shorten(folder.FolderPath)}` goes on");
        }

        invocation.Line($"{criteria.Length} criteria, {passed} passed, {criteria.Length - passed} failed; {Shown.Duration(seconds)}");
        invocation.Line($"report: {host.Shorten(folder.ReportPath)}");
        foreach (FinishedExperiment at in done)
        {
            foreach (Criterion c in at.Result.Criteria)
            {
                invocation.Result(
                    new(at.Result.Experiment, c.Name, CliJson.Finite(c.Value), CliJson.Finite(c.Bound), c.Pass, c.Seed),
                    LabJson.Default.CriterionJson);
            }
        }

        invocation.Result(new(done.Count, criteria.Length, passed, seconds, folder.ReportPath), LabJson.Default.LabSummaryJson);
        return complete ? ExitCode.Done : host.Stop.ExitCode;
    }

    private static void Show(Invocation invocation, IReadOnlyList<FinishedExperiment> done)
    {
        foreach (FinishedExperiment at in done)
        {
            Table table = Shown.Table(at.Result.Experiment, "measured", "bound", "");
            foreach (Criterion c in at.Result.Criteria)
            {
                table.AddRow(new Text(c.Name), new Text(c.Value.ToString("G3", CultureInfo.InvariantCulture)), new Text(c.BoundText), new Text(c.Verdict));
            }

            invocation.Screen.Write(table);
            if (at.Reused) invocation.Line("  from an earlier run of this folder");
        }
    }
}
