// The fields `attention`, `attentionError` and `attentionBound` of a configuration, as the architecture has them, and what to
// do where a polynomial alone was asked for and there is none: the next numbers of heads, error and bound that would work.

using System.Globalization;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Training;

/// <summary>Attention as a configuration asks for it.</summary>
internal static class AttentionFields
{
    /// <summary>Softmax attention as published: no normalisation, no settings.</summary>
    public const string Plain = "plain";

    private const double LargestError = 0.5, LeastBound = 0.25;

    /// <summary>The values of the field.</summary>
    public static IReadOnlyList<string> Choices { get; } = [Plain, "exact", "polynomial", "auto"];

    /// <summary>What the architecture is to have; null for plain attention.</summary>
    public static AttentionSettings? Settings(TrainingConfig config) => config.Attention == Plain
        ? null
        : new(config.Attention switch { "exact" => AttentionMode.Exact, "polynomial" => AttentionMode.Polynomial, _ => AttentionMode.Auto }, config.AttentionError, config.AttentionBound);

    /// <summary>Why the attention cannot be had, and what could; null where it can.</summary>
    public static string? Problem(TrainingConfig config)
    {
        if (config.Attention != "polynomial" || Decide(config) is { PolynomialExists: true }) return null;
        List<string> others = [];
        TrainingConfig? heads = First(Enumerable.Range(1, TrainingFields.MostHeads).Where(h => h > config.Heads && config.Width % h == 0).Select(h => config with { Heads = h }));
        TrainingConfig? error = First(Multiples(config.AttentionError, 10, e => e <= LargestError).Select(e => config with { AttentionError = e }));
        TrainingConfig? bound = First(Multiples(config.AttentionBound, 0.5, r => r >= LeastBound).Select(r => config with { AttentionBound = r }));
        if (heads is not null) others.Add(string.Create(CultureInfo.InvariantCulture, $"heads {heads.Heads}"));
        if (error is not null) others.Add(string.Create(CultureInfo.InvariantCulture, $"attentionError {error.AttentionError}"));
        if (bound is not null) others.Add(string.Create(CultureInfo.InvariantCulture, $"attentionBound {bound.AttentionBound}"));
        others.Add("attention exact or auto");
        return $"attention: polynomial is out of reach: {Decide(config).Why}; {string.Join(", or ", others)} would work";
    }

    private static TrainingConfig? First(IEnumerable<TrainingConfig> candidates) => candidates.FirstOrDefault(candidate => Decide(candidate).PolynomialExists);

    // Automatically, nothing is refused: the reason comes as a result.
    private static AttentionDecision Decide(TrainingConfig config) => AttentionDecision.Of(SequenceModel.Architecture(config with { Attention = "auto" }))!;

    private static IEnumerable<double> Multiples(double value, double factor, Func<double, bool> within)
    {
        for (double next = value * factor; within(next); next *= factor)
        {
            yield return double.Parse(next.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture); // what will be read and typed
        }
    }
}
