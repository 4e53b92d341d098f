// The process: console, clock, environment and signals end here; everything behind takes them as arguments.

using PureDit.Cli;

using StopRequest stop = new();
using StopSignals signals = new(stop, Console.Error);
bool noColor = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
bool dumb = Environment.GetEnvironmentVariable("TERM") is "dumb";
return PureDitCommandLine.Run(args, new CliHost
{
    Out = Console.Out,
    Error = Console.Error,
    OutDisplay = new(Terminal: !Console.IsOutputRedirected && !dumb, Color: !noColor),
    ErrorDisplay = new(Terminal: !Console.IsErrorRedirected && !dumb, Color: !noColor),
    WorkingDirectory = Environment.CurrentDirectory,
    Clock = TimeProvider.System,
    Stop = stop,
});
