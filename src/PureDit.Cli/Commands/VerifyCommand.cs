using System.CommandLine;
using System.Globalization;
using PureDit.Kernels;
using PureDit.Nn;
using Spectre.Console;

namespace PureDit.Cli;

/// <summary><c>verify FILE.safetensors</c>: computes a stored reference anew and compares every tensor.</summary>
internal static class VerifyCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common, CliHost host)
    {
        Argument<string> file = new("file") { Description = "weights, inputs and expected results, with the architecture in the metadata" };
        Option<string> threads = CommonOptions.Threads();
        Command command = new("verify", "Recompute a stored reference and compare every activation, output and gradient.") { file, threads };
        command.SetAction(Invocation.Of(common, host, (parse, invocation) =>
            Run(parse.GetRequiredValue(file), CommonOptions.Cpu(parse.GetValue(threads)), invocation)));
        return command;
    }

    private static int Run(string path, Cpu cpu, Invocation invocation)
    {
        GoldenReport report = GoldenVerification.Run(
            invocation.Host.FullPath(path), cpu, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, invocation.Host.Stop.Token);
        Table table = Shown.Table("tensor", "largest difference", "tolerance", "");
        foreach (GoldenComparison comparison in report.Comparisons)
        {
            table.AddRow(
                new Text(Shown.Name(comparison.Tensor)), new Text(Scientific(comparison.Relative)),
                new Text(Scientific(comparison.Tolerance)), new Text(comparison.Passed ? "" : "beyond"));
        }

        GoldenComparison worst = report.Worst;
        int beyond = report.Comparisons.Count(comparison => !comparison.Passed);
        invocation.Screen.Write(table);
        invocation.Line("Differences are relative to the largest value of their tensor.");
        invocation.Line($"{report.Comparisons.Count} tensors, worst {Scientific(worst.Relative)} of {Scientific(worst.Tolerance)} in {Shown.Name(worst.Tensor)}: "
            + (report.Passed ? "passed" : $"{beyond} beyond tolerance"));
        invocation.Result(new(report.Comparisons.Count, CliJson.Finite(worst.Relative), worst.Tensor, report.Passed), CliJson.Default.VerifyJson);
        return report.Passed ? ExitCode.Done : ExitCode.BadFile;
    }

    private static string Scientific(double value) => value.ToString("0.0e-0", CultureInfo.InvariantCulture);
}
