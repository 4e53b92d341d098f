// What the attention of a model comes to, for those who have to look at it: exact or polynomial, why, and the numbers that
// led there. It depends on the architecture alone, so it is known before there are weights, and is the same in training,
// after a resume and in sampling.

using System.Globalization;
using PureDit.Kernels;

namespace PureDit.Nn;

/// <summary>The decision between exact and polynomial attention for a model with bounded scores.</summary>
/// <param name="Settings">What was asked.</param>
/// <param name="Plan">The kernels' decision: degree, features, errors, speed-up.</param>
public sealed record AttentionDecision(AttentionSettings Settings, AttentionPlan Plan)
{
    /// <summary>The decision for an architecture; null for plain attention, where there is none.</summary>
    /// <exception cref="ArgumentException">Numbers out of range, or only the polynomial is allowed and cannot keep the error.</exception>
    public static AttentionDecision? Of(DiTConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Attention is { } settings
            ? new(settings, settings.PlanFor(new AttentionShape(1, config.Input.Tokens, config.Heads, config.Width / config.Heads)))
            : null;
    }

    /// <summary>Whether there is a polynomial that keeps the error, taken or not.</summary>
    public bool PolynomialExists => Plan.Degree >= 0;

    /// <summary>Bound of the relative error of a weight of that polynomial, rounding included; 0 where there is none.</summary>
    public double PolynomialError => Plan.ApproximationError + Plan.RoundingError;

    /// <summary>Exact or polynomial, in a word.</summary>
    public string Taken => Plan.IsPolynomial ? "polynomial" : "exact";

    /// <summary>Why, in a few words.</summary>
    public string Why => Plan.Reason switch
    {
        PlanReason.PolynomialIsFaster => string.Create(CultureInfo.InvariantCulture, $"{Tokens:#,0} tokens are above {Crossover}"),
        PlanReason.ExactIsFaster => string.Create(CultureInfo.InvariantCulture, $"{Tokens:#,0} tokens are below {Crossover}"),
        PlanReason.RadiusOutOfReach => string.Create(CultureInfo.InvariantCulture, $"no polynomial reaches scores of {Settings.LargestScore:G4}"),
        PlanReason.TooManyFeatures => string.Create(CultureInfo.InvariantCulture, $"heads of {Plan.Shape.HeadSize} have too many features for an error of {Settings.Error:G3} with scores up to {Settings.LargestScore:G4}"),
        PlanReason.ErrorOutOfReach => string.Create(CultureInfo.InvariantCulture, $"rounding alone exceeds an error of {Settings.Error:G3} with scores up to {Settings.LargestScore:G4}"),
        _ => "as asked",
    };

    private int Tokens => Plan.Shape.Tokens;

    private string Crossover => string.Create(CultureInfo.InvariantCulture, $"the crossover of {Math.Ceiling(Plan.Crossover):#,0}");

    /// <summary>What was decided and why, with the numbers of the polynomial where there is one: one line.</summary>
    public override string ToString()
    {
        string head = string.Create(CultureInfo.InvariantCulture, $"{Taken} ({Why}), R {Settings.LargestScore:G4}");
        return !PolynomialExists ? head : string.Create(CultureInfo.InvariantCulture,
            $"{head}; {(Plan.IsPolynomial ? "" : "the polynomial would have ")}degree {Plan.Degree}, {Plan.Features:#,0} features, "
            + $"error up to {PolynomialError:G3}, predicted speed-up {Plan.PredictedSpeedup:G2}");
    }
}
