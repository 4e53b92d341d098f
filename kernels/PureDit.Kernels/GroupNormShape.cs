namespace PureDit.Kernels;

/// <summary>Sizes of a group normalisation; all at least 1, but samples, which may be 0.</summary>
/// <param name="Samples">Number of samples, each with statistics of its own.</param>
/// <param name="Frames">Frames (or pixels) of a sample.</param>
/// <param name="Channels">Values of a frame.</param>
/// <param name="Groups">Groups of neighbouring channels, each with statistics of its own; a divisor of the channels.</param>
public readonly record struct GroupNormShape(int Samples, int Frames, int Channels, int Groups)
{
    /// <summary>Values of all samples.</summary>
    public int Count => checked(Samples * Frames * Channels);

    /// <summary>Values in the mean, and in the inverse standard deviation: [Samples, Groups].</summary>
    public int StatisticsLength => checked(Samples * Groups);

    internal void Check()
    {
        Guard.NotNegative(Samples, nameof(Samples));
        Guard.Positive(Frames, nameof(Frames));
        Guard.Positive(Channels, nameof(Channels));
        Guard.Positive(Groups, nameof(Groups));
        if (Channels % Groups != 0) throw new ArgumentException($"Groups: expected a divisor of {Channels} channels, got {Groups}.");
    }

    /// <summary>Checks one chunk of channels per sample, or with a stride of 0 one for all.</summary>
    internal void Chunks<T>(ReadOnlySpan<T> span, int stride, string name)
    {
        if (span.IsEmpty) return;
        if (stride == 0) Guard.Length(span, Channels, name);
        else Guard.Chunks(span, Samples, Channels, 1, stride, name);
    }
}
