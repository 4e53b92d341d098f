// Ctrl-C, kill and a closed terminal: the first one asks the command to finish what it is at, the second ends the
// process on the spot. .NET 10 handles none of them by itself: the process would die without saving anything.

using System.Runtime.InteropServices;

namespace PureDit.Cli;

/// <summary>Turns signals into a <see cref="StopRequest"/> for as long as it lives.</summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly (PosixSignal Signal, int ExitCode)[] Handled =
        [(PosixSignal.SIGINT, ExitCode.Interrupted), (PosixSignal.SIGTERM, ExitCode.Terminated), (PosixSignal.SIGHUP, ExitCode.HungUp)];

    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals(StopRequest stop, TextWriter error) =>
        _registrations = Array.ConvertAll(Handled, handled => PosixSignalRegistration.Create(handled.Signal, context =>
        {
            context.Cancel = true;
            if (!stop.Ask(handled.ExitCode)) Environment.Exit(handled.ExitCode);
            error.WriteLine("stopping after the running step; a second signal ends at once");
        }));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
    }
}
