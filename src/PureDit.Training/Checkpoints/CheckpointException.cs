namespace PureDit.Training;

/// <summary>Checkpoints can no longer be written; the message says why, and which one is the last good one.</summary>
public sealed class CheckpointException : IOException
{
    /// <summary>Creates the error.</summary>
    public CheckpointException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
