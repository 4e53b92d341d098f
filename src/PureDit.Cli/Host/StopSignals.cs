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

    /// <summary>Begins to listen.</summary>
    /// <param name="stop">Asked by the first signal.</param>
    /// <param name="error">Told so.</param>
    /// <param name="exit">Ends the process, for the second.</param>
    public StopSignals(StopRequest stop, TextWriter error, Action<int> exit) =>
        _registrations = Array.ConvertAll(Handled, handled => PosixSignalRegistration.Create(handled.Signal, context =>
        {
            context.Cancel = true;
            if (!stop.Ask(handled.ExitCode)) exit(handled.ExitCode);
            else error.WriteLine("stopping after the running step; a second signal ends at once");
        }));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
    }
}
