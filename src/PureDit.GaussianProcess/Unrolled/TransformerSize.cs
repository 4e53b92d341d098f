// The size (D, L, M, B, R) of a constructed transformer beside the expressions of the theory for the same process. The
// text of arXiv 2407.16134 was not at hand: the expressions come from the follow-up by the same author (2510.02216) where
// marked so, else they are derived here, all of them without their unknown constants. They say how a size grows, not
// what it is, so no column of this comparison is a number of the paper.

using PureDit.Kernels;

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>One size of a constructed transformer and the expression it is compared with.</summary>
/// <param name="Symbol">D, L, M, B or R.</param>
/// <param name="Meaning">What it counts.</param>
/// <param name="Built">Its value, computed from the weights.</param>
/// <param name="Expression">The expression, constants left out.</param>
/// <param name="Value">The expression's value for this process.</param>
/// <param name="Source">Where the expression comes from.</param>
public sealed record SizeEntry(string Symbol, string Meaning, double Built, string Expression, double Value, string Source);

/// <summary>Sizes of constructed transformers.</summary>
public static class TransformerSize
{
    private const string Derived = "derived here", FollowUp = "arXiv 2510.02216";

    // [doc:transformer-size]
    /// <summary>The size of a transformer beside the theory's expressions at an accuracy.</summary>
    /// <param name="transformer">The constructed transformer.</param>
    /// <param name="accuracy">ε in (0, 1), the relative error of the score that the expressions are taken at.</param>
    /// <returns>D, L, M, B, R in this order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">ε is out of its range.</exception>
    public static IReadOnlyList<SizeEntry> Of(UnrolledTransformer transformer, double accuracy)
    {
        ArgumentNullException.ThrowIfNull(transformer);
        if (!(accuracy is > 0 and < 1)) throw Expect.OutOfRange(nameof(accuracy), accuracy, "a number in (0, 1)");
        GaussianSequence p = transformer.Process.Process;
        (double smallest, double largest) = transformer.Process.Spectrum(transformer.Options.Earliest);
        double kappa = largest / smallest, d = p.Channels, r = transformer.Positions.Radius;
        double logarithm = PortableMath.Log(p.Size * kappa / accuracy);
        double range = Math.Sqrt(p.Size) * p.TemporalEigen.ConditionNumber * p.SpatialEigen.ConditionNumber
            / transformer.Options.Earliest.Variance;
        ReluTransformer network = transformer.Network;
        return
        [
            new("D", "values of a token", network.Width, "12d + d_e + d_t + 3", (12 * d) + 2 + 4 + 3, FollowUp + ", for imputation"),
            new("L", "blocks", network.Blocks.Count, "κ ln²(Nd κ/ε)", kappa * logarithm * logarithm, Derived),
            new("M", "heads of a block", network.Heads, "4(J + 1)", 4 * (transformer.Process.Bandwidth + 1), Derived),
            new("B", "Frobenius norm of a weight", network.WeightNorm, "d(r² + ‖Σ‖)", d * ((r * r) + p.SpatialEigen.Values[^1]), FollowUp + ", in part"),
            new("R", "norm of the output", transformer.Bounds.OutputRange, "√(Nd) κ(Γ) κ(Σ)/σ₀²", range, FollowUp),
        ];
    }
    // [/doc:transformer-size]
}
