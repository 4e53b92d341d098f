using System.Numerics.Tensors;
using PureDit.GaussianProcess;

namespace PureDit.Training;

/// <summary>Sequences to train on, and the Gaussian process that judges what was learnt from them.</summary>
/// <param name="Training">Training sequences, [n, N, d], normalised if the data are a series.</param>
/// <param name="HeldOut">Sequences that were not trained on, [m, N, d]; empty where the judge can draw fresh ones.</param>
/// <param name="Judge">The true process, or for a series the one with the training set's own mean, Γ and Σ.</param>
/// <param name="PlugIn">The process with the training set's own mean, Γ and Σ: the best that a learner of Kronecker structure finds.</param>
/// <param name="JudgeIsTruth">Whether <paramref name="Judge"/> is what the sequences were drawn from.</param>
public sealed record SequenceData(
    float[] Training, float[] HeldOut, GaussianSequence Judge, GaussianSequence PlugIn, bool JudgeIsTruth)
{
    /// <summary>Sequences of one's own; the judge is the Gaussian process with their mean, Γ and Σ.</summary>
    /// <param name="sequences">[n, N, d], at least two.</param>
    /// <param name="heldOut">[m, N, d], to judge on sequences that were not trained on; empty for none.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or the sequences do not vary.</exception>
    public static SequenceData From(in ReadOnlyTensorSpan<float> sequences, in ReadOnlyTensorSpan<float> heldOut = default)
    {
        if (sequences.Rank != 3)
        {
            throw new ArgumentException($"sequences: expected [n, frames, channels], got rank {sequences.Rank}.", nameof(sequences));
        }

        (int frames, int channels) = ((int)sequences.Lengths[1], (int)sequences.Lengths[2]);
        if (!heldOut.IsEmpty && !(heldOut.Rank == 3 && heldOut.Lengths[1..].SequenceEqual(sequences.Lengths[1..])))
        {
            throw new ArgumentException($"heldOut: expected [m, {frames}, {channels}].", nameof(heldOut));
        }

        return From(Flat(sequences), heldOut.IsEmpty ? [] : Flat(heldOut), frames, channels);
    }

    /// <summary>Sequences of one's own, as arrays.</summary>
    /// <param name="training">[n, N, d], at least two; kept, not copied.</param>
    /// <param name="heldOut">[m, N, d]; may be empty.</param>
    /// <param name="frames">N.</param>
    /// <param name="channels">d.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or the sequences do not vary.</exception>
    public static SequenceData From(float[] training, float[] heldOut, int frames, int channels)
    {
        GaussianSequence judge = EstimatedProcess.Ratio(new SequenceStatistics(training, frames, channels));
        return new SequenceData(training, heldOut, judge, judge, JudgeIsTruth: false);
    }

    private static float[] Flat(in ReadOnlyTensorSpan<float> tensor)
    {
        float[] flat = new float[tensor.FlattenedLength];
        tensor.FlattenTo(flat);
        return flat;
    }

    /// <summary>Frames N of a sequence.</summary>
    public int Frames => Judge.Frames;

    /// <summary>Channels d of a frame.</summary>
    public int Channels => Judge.Channels;

    /// <summary>Number of training sequences n.</summary>
    public int Count => Training.Length / Judge.Size;

    /// <summary>Names of the channels.</summary>
    public IReadOnlyList<string> ChannelNames { get; init; } = [];

    /// <summary>How the values were normalised, per channel; null where they were not.</summary>
    public Inference.ChannelScale? Scale { get; init; }
}
