namespace PureDit.Cli;

/// <summary>The command line asks for something that cannot be.</summary>
/// <param name="message">What is wrong; names the option.</param>
/// <param name="hint">What to do about it.</param>
internal sealed class UsageException(string message, string hint) : Exception(message)
{
    /// <summary>What to do about it.</summary>
    public string Hint => hint;
}
