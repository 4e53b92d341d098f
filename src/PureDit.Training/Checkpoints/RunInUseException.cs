namespace PureDit.Training;

/// <summary>Another process is training in the same folder.</summary>
public sealed class RunInUseException : Exception
{
    internal RunInUseException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
