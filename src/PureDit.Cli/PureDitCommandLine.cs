// The one entry point: parse, run the verb, turn whatever goes wrong into two lines and an exit code.

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace PureDit.Cli;

/// <summary>The command line of PureDit.</summary>
internal static class PureDitCommandLine
{
    /// <summary>Runs a command line.</summary>
    /// <param name="args">Arguments without the program's name.</param>
    /// <param name="host">The world outside.</param>
    /// <returns>The exit code, see <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> args, CliHost host)
    {
        CommonOptions common = new();
        ParseResult parse = Root(common, host).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.Action is ParseErrorAction) return Report(UsageError.Of(parse), host);
        try
        {
            return parse.Invoke(new InvocationConfiguration
            {
                Output = host.Out,
                Error = host.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // signals are the host's
            });
        }
        catch (OperationCanceledException) when (host.Stop.Token.IsCancellationRequested)
        {
            return host.Stop.ExitCode;
        }
        catch (Exception e)
        {
            if (parse.GetValue(common.Verbose)) host.Error.WriteLine(e);
            return Report(Failure.Of(e), host);
        }
    }

    private static RootCommand Root(CommonOptions common, CliHost host)
    {
        RootCommand root = new("PureDit: diffusion transformers in managed C#, judged by closed forms.");
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help }) option.Action = new HelpWithExitCodes(help);
        }

        foreach (Option option in common.All) root.Add(option);
        root.Add(TrainCommand.Create(common, host));
        root.Add(ConstructCommand.Create(common, host));
        root.Add(ResumeCommand.Create(common, host));
        root.Add(SampleCommand.Create(common, host));
        root.Add(EvaluateCommand.Create(common, host));
        root.Add(InspectCommand.Create(common, host));
        root.Add(VerifyCommand.Create(common, host));
        root.Add(BenchCommand.Create(common, host));
        root.Add(LabCommand.Create(common, host));
        return root;
    }

    private static int Report(Failure failure, CliHost host)
    {
        failure.WriteTo(host.Error);
        return failure.Code;
    }

    private sealed class HelpWithExitCodes(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = help.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine(ExitCode.Table);
            return code;
        }
    }
}
