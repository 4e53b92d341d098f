namespace PureDit.Training;

/// <summary>
/// Too many updates in a row were skipped because a number was not finite. No such update was made: weights, moments and
/// average are those of the last good step.
/// </summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="last">The last of the skipped steps.</param>
    /// <param name="inARow">How many there were.</param>
    public TrainingDivergedException(SkippedStep last, int inARow)
        : base($"training diverged at step {last.Step} (seed {last.Seed}): {last.Tensor} is not finite, and {inARow} updates in a row were skipped for such a reason") =>
        Last = last;

    /// <summary>The last of the skipped steps.</summary>
    public SkippedStep Last { get; }
}
