namespace PureDit.Cli;

/// <summary>A wish to stop early, and the exit code that says who had it.</summary>
internal sealed class StopRequest : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private int _code;

    /// <summary>Cancelled when stopping is asked for.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Exit code of a command that stopped for it: 128 + the signal's number.</summary>
    public int ExitCode => _code;

    /// <summary>Asks to stop.</summary>
    /// <returns>Whether this is the first time.</returns>
    public bool Ask(int exitCode)
    {
        if (Interlocked.CompareExchange(ref _code, exitCode, 0) != 0) return false;
        _source.Cancel();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
