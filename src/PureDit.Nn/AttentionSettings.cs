// Attention whose scores are bounded by design: queries and keys are scaled to the length of a learned gain per head, and
// gains are clipped so that |q·k|/√d ≤ LargestScore (QueryKeyNorm in the kernels). Then polynomial attention can promise its error
// before it has seen a value, and a sample's prediction does not depend on the batch it is part of.

using PureDit.Kernels;

namespace PureDit.Nn;

/// <summary>How blocks attend, where it is not plain exact attention.</summary>
/// <param name="Mode">Exact, polynomial, or whichever is predicted to be faster at the model's length.</param>
/// <param name="Error">Largest relative error of an attention weight; see <see cref="AttentionRequest"/>.</param>
/// <param name="LargestScore">R: the bound of all scores; 1 to 2 for heads of 8, up to 4 for heads of 4 or less.</param>
public sealed record AttentionSettings(AttentionMode Mode, double Error = 1e-3, double LargestScore = 2)
{
    private const double RoundingOfScores = 1e-5;

    /// <summary>The largest gain, √(R·√d).</summary>
    public float LargestGain(int headSize) => (float)Math.Sqrt(LargestScore * Math.Sqrt(headSize));

    /// <summary>The decision for a model's sequences.</summary>
    /// <param name="shape">Sizes of its attention.</param>
    /// <exception cref="ArgumentException">Numbers out of range, or only the polynomial is allowed and cannot keep the error.</exception>
    public AttentionPlan PlanFor(AttentionShape shape) =>
        AttentionPlan.ForRadius(shape, LargestScore * (1 + RoundingOfScores), new AttentionRequest(Error, Mode));

    internal void Validate(int tokens, int headSize)
    {
        if (!Enum.IsDefined(Mode)) throw new ArgumentException($"Attention.Mode: expected one of {string.Join(", ", Enum.GetNames<AttentionMode>())}, got {Mode}.");
        if (!(LargestScore > 0 && LargestScore <= 64))
        {
            throw new ArgumentException($"Attention.LargestScore: expected a number above 0 and up to 64, got {LargestScore}.");
        }

        if (!(Error > 0 && Error < 1)) throw new ArgumentException($"Attention.Error: expected a number above 0 and below 1, got {Error}.");
        PlanFor(new AttentionShape(1, tokens, 1, headSize));
    }
}
