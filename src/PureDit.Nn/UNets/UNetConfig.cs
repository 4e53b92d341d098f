// Everything that determines the architecture of a U-Net for sequences and the shapes of its parameters.
// Ho, Jain & Abbeel 2020, arXiv 2006.11239, appendix B, with the residual blocks of Dhariwal & Nichol 2021,
// arXiv 2105.05233, section 3; one dimension instead of two, and convolutions only: no attention at any level.

namespace PureDit.Nn;

/// <summary>Architecture of a 1-D convolutional U-Net.</summary>
/// <param name="Input">What a sample looks like; its frames a multiple of 2 to the power of Levels − 1.</param>
/// <param name="Width">Channels of the first level; doubled from level to level. A multiple of the groups.</param>
public sealed record UNetConfig(SequenceLayout Input, int Width)
{
    /// <summary>Number of resolutions: every level after the first has half the frames of the one before.</summary>
    public int Levels { get; init; } = 2;

    /// <summary>Residual blocks of a level on the way down; on the way up there is one more.</summary>
    public int Blocks { get; init; } = 1;

    /// <summary>Groups of the normalisations.</summary>
    public int Groups { get; init; } = 4;

    /// <summary>Width of the embedding of the diffusion time.</summary>
    public int EmbeddingWidth { get; init; } = 64;

    /// <summary>Frames that a convolution sees; odd.</summary>
    public int KernelSize { get; init; } = 3;

    /// <summary>Channels of a level, from 0.</summary>
    public int WidthAt(int level) => Width << level;

    /// <summary>Number of values of all parameters. Allocates none of them.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public long CountParameters() => UNet.Declare(this).Parameters.ValueCount;

    /// <summary>Checks that the sizes fit together.</summary>
    /// <exception cref="ArgumentException">They do not; the message has name, expected and actual.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(Input);
        Input.Validate();
        Expect.InRange(nameof(Width), Width, 1, 1 << 14);
        Expect.InRange(nameof(Levels), Levels, 1, 12);
        Expect.InRange(nameof(Blocks), Blocks, 1, 100);
        Expect.InRange(nameof(Groups), Groups, 1, Width);
        Expect.InRange(nameof(EmbeddingWidth), EmbeddingWidth, 1, 1 << 16);
        Expect.InRange(nameof(KernelSize), KernelSize, 1, 101);
        if (Width % Groups != 0) throw new ArgumentException($"Groups: expected a divisor of Width {Width}, got {Groups}.");
        if (KernelSize % 2 == 0) throw new ArgumentException($"KernelSize: expected an odd number, got {KernelSize}.");
        int halvings = 1 << (Levels - 1);
        if (Input.Frames % halvings != 0)
        {
            throw new ArgumentException($"Input: expected a multiple of {halvings} frames for {Levels} levels, got {Input.Frames}.");
        }
    }
}
