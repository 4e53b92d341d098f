namespace PureDit.Kernels;

/// <summary>Windows over the frames of sequences: what a 1-D convolution sees. All at least 1, but samples and padding, which may be 0.</summary>
/// <param name="Samples">Number of sequences.</param>
/// <param name="Frames">Frames of each sequence.</param>
/// <param name="Channels">Values of a frame.</param>
/// <param name="Size">Frames of a window.</param>
/// <param name="Stride">Frames between the starts of successive windows.</param>
/// <param name="Padding">Frames of zeros before the first frame and after the last one.</param>
public readonly record struct WindowShape(int Samples, int Frames, int Channels, int Size, int Stride = 1, int Padding = 0)
{
    /// <summary>Windows of a sequence; 0 where not even one fits.</summary>
    public int Windows => Frames + (2 * Padding) < Size ? 0 : ((Frames + (2 * Padding) - Size) / Stride) + 1;

    /// <summary>Size · Channels, the values of a window.</summary>
    public int Width => checked(Size * Channels);

    internal void Check()
    {
        Guard.NotNegative(Samples, nameof(Samples));
        Guard.Positive(Frames, nameof(Frames));
        Guard.Positive(Channels, nameof(Channels));
        Guard.Positive(Size, nameof(Size));
        Guard.Positive(Stride, nameof(Stride));
        Guard.NotNegative(Padding, nameof(Padding));
    }
}
