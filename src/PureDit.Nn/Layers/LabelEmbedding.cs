// Class labels as vectors: a table of Classes + 1 rows, the last for "no class" (the null label).
// Label dropout (Ho & Salimans 2022, arXiv 2207.12598): during training a label is replaced by the null label with
// probability p, so that one network learns the conditional and the unconditional distribution. Whether sample n of
// step s loses its label depends on (seed, s, n) only, not on the batch or the number of threads.

using PureDit.Autodiff;
using PureDit.Kernels;

namespace PureDit.Nn;

/// <summary>Embeds class labels, and drops some of them during training.</summary>
public sealed class LabelEmbedding
{
    /// <summary>The published probability of dropping a label.</summary>
    public const double DefaultDropout = 0.1;

    private readonly Parameter _table;

    internal LabelEmbedding(ParameterStore store, string name, int classes, int width) =>
        _table = store.Add(name + ".embedding_table.weight", new Shape(classes + 1, width));

    // [doc:label-dropout]
    /// <summary>Replaces labels by the null label, each with the same probability.</summary>
    /// <param name="labels">Labels of the batch, [N]; changed in place.</param>
    /// <param name="nullLabel">What a dropped label becomes, see <see cref="DiTConfig.NullLabel"/>.</param>
    /// <param name="probability">Probability of dropping, 0 to 1.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="step">Training step.</param>
    /// <param name="firstSample">Index, within the step, of the first sample of this batch.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1].</exception>
    public static void DropLabels(Span<int> labels, int nullLabel, double probability, ulong seed, long step, long firstSample = 0)
    {
        if (!(probability is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, $"probability: expected 0 to 1, got {probability}.");
        }

        Philox random = new(seed, PhiloxStream.LabelDropout);
        for (int n = 0; n < labels.Length; n++)
        {
            if (random.Uniform(step, firstSample + n) < probability) labels[n] = nullLabel;
        }
    }
    // [/doc:label-dropout]

    /// <summary>labels [N] → [N, D].</summary>
    internal Variable Forward(Tape tape, ReadOnlySpan<int> labels) => tape.Embedding(tape.Use(_table), labels);

    internal void Initialize(Initializers random) => random.Normal(_table, 0.02);
}
