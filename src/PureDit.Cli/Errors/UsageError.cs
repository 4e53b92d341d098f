// The parser's complaints in the form of all errors, with the nearest known name for a mistyped one.

using System.CommandLine;
using System.CommandLine.Parsing;
using PureDit.Training;

namespace PureDit.Cli;

/// <summary>Explains why a command line was not understood.</summary>
internal static class UsageError
{
    /// <summary>The failure that a parse result with errors stands for.</summary>
    public static Failure Of(ParseResult result)
    {
        Command command = result.CommandResult.Command;
        string help = $"{Path(result)} --help lists what there is";
        if (result.UnmatchedTokens.Count > 0)
        {
            // A mistyped option may have been taken for an argument, which leaves its value over.
            string word = result.CommandResult.Tokens.Select(token => token.Value).FirstOrDefault(text => text.StartsWith("--", StringComparison.Ordinal))
                ?? result.UnmatchedTokens[0];
            bool option = word.StartsWith('-');
            string kind = option ? "option" : command.Subcommands.Count > 0 ? "verb" : "argument";
            IEnumerable<string> known = option ? Options(result) : command.Subcommands.Select(verb => verb.Name);
            string? nearest = Nearest.To(word, known);
            return new(
                ExitCode.Usage, $"unknown {kind} '{word}'",
                nearest is null ? help : $"did you mean {nearest}? {help}");
        }

        return new(ExitCode.Usage, command.Subcommands.Count > 0 ? "no verb given" : result.Errors[0].Message.TrimEnd('.'), help);
    }

    private static IEnumerable<string> Options(ParseResult result) =>
        result.CommandResult.Command.Options
            .Concat(result.RootCommandResult.Command.Options.Where(option => option.Recursive))
            .SelectMany(option => option.Aliases.Append(option.Name));

    private static string Path(ParseResult result)
    {
        string path = "";
        for (SymbolResult? at = result.CommandResult; at is CommandResult command && at != result.RootCommandResult; at = at.Parent)
        {
            path = $" {command.Command.Name}{path}";
        }

        return $"puredit{path}";
    }
}
