namespace PureDit.Training;

/// <summary>
/// The loss or the gradient stopped being finite. It is thrown before the update, so the weights are those of the last
/// good step.
/// </summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="step">Number of the step, from 0.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="tensor">What was not finite: the loss, or the first parameter with such a gradient.</param>
    public TrainingDivergedException(long step, ulong seed, string tensor)
        : base($"Training diverged at step {step} (seed {seed}): {tensor} is not finite. Try a lower learning rate.") =>
        (Step, Seed, Tensor) = (step, seed, tensor);

    /// <summary>Number of the step, from 0.</summary>
    public long Step { get; }

    /// <summary>Seed of the run.</summary>
    public ulong Seed { get; }

    /// <summary>What was not finite.</summary>
    public string Tensor { get; }
}
