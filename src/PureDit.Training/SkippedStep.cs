namespace PureDit.Training;

/// <summary>A step whose update was skipped, because a number was not finite.</summary>
/// <param name="Step">Number of the step, from 0.</param>
/// <param name="Seed">Seed of the run; with the step, it determines the batch.</param>
/// <param name="Tensor">What was not finite first: a parameter, the batch, the loss, or the gradient of a parameter.</param>
public readonly record struct SkippedStep(long Step, long Seed, string Tensor);
