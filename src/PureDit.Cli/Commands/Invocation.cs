using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace PureDit.Cli;

/// <summary>A verb that is being run: where it writes, and whether that is JSON.</summary>
internal sealed class Invocation
{
    public Invocation(CliHost host, bool json)
    {
        (Host, Json) = (host, json);
        Screen = host.Screen(onError: json);
    }

    /// <summary>The world outside.</summary>
    public CliHost Host { get; }

    /// <summary>Whether standard output is kept for one JSON object.</summary>
    public bool Json { get; }

    /// <summary>For people.</summary>
    public IAnsiConsole Screen { get; }

    /// <summary>Whether the screen can be drawn over.</summary>
    public bool Live => (Json ? Host.ErrorDisplay : Host.OutDisplay).Terminal;

    /// <summary>An action that runs a verb.</summary>
    public static Func<ParseResult, int> Of(CommonOptions common, CliHost host, Func<ParseResult, Invocation, int> verb) =>
        parse => verb(parse, new Invocation(host, parse.GetValue(common.Json)));

    /// <summary>A line for people, without markup.</summary>
    public void Line(string text) => Screen.WriteLine(text);

    /// <summary>The result for programs, where it was asked for.</summary>
    public void Result<T>(T result, JsonTypeInfo<T> type)
    {
        if (Json) Host.Out.WriteLine(JsonSerializer.Serialize(result, type));
    }
}
