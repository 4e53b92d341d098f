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
