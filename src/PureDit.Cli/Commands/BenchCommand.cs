using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PureDit.Benchmarking;
using PureDit.Formats;
using Spectre.Console;

namespace PureDit.Cli;

/// <summary><c>bench</c>: how fast the kernels are on this machine, as a page, a table, JSON, or lines.</summary>
internal static class BenchCommand
{
    private const string StandardFolder = "runs/bench", PageName = "bench.html", JsonName = "bench.json";

    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common, CliHost host)
    {
        BenchOptions options = new();
        Option<bool> lines = new("--lines") { Description = "print lines `puredit_NAME_tTHREADS value unit` and nothing else" };
        Option<string> against = new("--against") { Description = "results of other programs: lines `name value unit`, or JSON", HelpName = "file" };
        Option<string> output = new("--output", "-o") { Description = $"folder for {PageName} and {JsonName} [default {StandardFolder}]", HelpName = "folder" };
        Command command = new("bench", "Measure the kernels on this machine, against its limits and against other programs.") { lines, against, output };
        options.AddTo(command);
        command.SetAction(Invocation.Of(common, host, (parse, invocation) =>
        {
            BenchmarkPlan plan = options.Plan(parse, rivals: !parse.GetValue(lines));
            if (parse.GetValue(lines)) return Lines(host, plan);
            PeerResults? peers = parse.GetValue(against) is { } file ? Peers(host.FullPath(file)) : null;
            return Report(invocation, plan, peers, host.FullPath(parse.GetValue(output) ?? StandardFolder));
        }));
        return command;
    }

    private static int Lines(CliHost host, BenchmarkPlan plan)
    {
        BenchmarkRun.Run(plan, host.Clock, Write, progress: null, host.Stop.Token);
        return ExitCode.Done;

        void Write(Measurement found)
        {
            foreach (string line in found.Lines()) host.Out.WriteLine(line);
            host.Out.Flush();
        }
    }

    private static int Report(Invocation invocation, BenchmarkPlan asked, PeerResults? peers, string folder)
    {
        CliHost host = invocation.Host;
        Directory.CreateDirectory(folder); // before any work: a folder that cannot be made is said at once
        BenchmarkPlan plan = asked with { Workloads = [.. asked.Workloads.Where(work => work.Group != WorkloadGroup.Peak)] };
        List<Measurement> limits = [], found = [];
        bool complete = ProgressView.Run(new Invocation(host, json: true), view => Measure(view, host, plan, limits, found)); // on standard error
        BenchmarkReport report = new(Machine.Describe(plan.Threads.Max()), new MachinePeak(limits), found, peers);
        string page = Path.Combine(folder, PageName);
        BenchmarkJson json = BenchmarkJson.Of(report, complete, page);
        Save(page, BenchmarkPage.Html(report));
        Save(Path.Combine(folder, JsonName), JsonSerializer.Serialize(json, BenchmarkJsonContext.Default.BenchmarkJson) + "\n");

        Show(invocation, report);
        if (!complete) invocation.Line(string.Create(CultureInfo.InvariantCulture, $"stopped after {found.Count} of {plan.Count} measurements"));
        invocation.Line($"page: {host.Shorten(page)}");
        invocation.Result(json, BenchmarkJsonContext.Default.BenchmarkJson);
        return complete ? ExitCode.Done : host.Stop.ExitCode;
    }

    private static bool Measure(ProgressView view, CliHost host, BenchmarkPlan plan, List<Measurement> limits, List<Measurement> found)
    {
        BenchmarkPlan machine = new(PeakWork.All, plan.Threads, [Kernels.SimdLevels.Supported[0]], plan.Seconds);
        try
        {
            BenchmarkRun.Run(machine, host.Clock, limits.Add, Progress("limits of the machine"), host.Stop.Token);
            BenchmarkRun.Run(plan, host.Clock, found.Add, Progress("measuring"), host.Stop.Token);
            return true;
        }
        catch (OperationCanceledException) when (host.Stop.Token.IsCancellationRequested)
        {
            return false;
        }

        Relay<BenchmarkProgress> Progress(string stage) => new(at => view.Report(new(stage, (double)at.Done / at.Total, at.Name)));
    }

    private static void Show(Invocation invocation, BenchmarkReport report)
    {
        foreach (Measurement limit in report.Peak.Measurements)
        {
            invocation.Line($"{limit.Name,-28} {limit.ValueText,8} {limit.Work.UnitSymbol}");
        }

        string[] shown = ["kernel", "shape", "threads", "value", "unit", "% of limit", "limit", .. report.Peers is null ? Array.Empty<string>() : ["× peer", "peer"]];
        int[] columns = [.. shown.Select(name => Array.IndexOf([.. BenchmarkReport.Columns], name))];
        Table table = Shown.Table(shown);
        for (int i = 0; i < report.Measurements.Count; i++)
        {
            string[] row = report.Row(i);
            table.AddRow(columns.Select(column => new Text(row[column])));
        }

        invocation.Screen.Write(table);
    }

    private static PeerResults Peers(string path)
    {
        try
        {
            return PeerResults.Read(File.ReadAllText(path));
        }
        catch (FormatException e)
        {
            throw new UsageException($"--against: {path}: {e.Message}", "give what the other programs printed");
        }
    }

    private static void Save(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
