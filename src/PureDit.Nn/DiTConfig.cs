// Everything that determines the architecture of a DiT and the shapes of its parameters; nothing about training.
// Peebles & Xie, Scalable Diffusion Models with Transformers, 2023, arXiv 2212.09748, table 1.

namespace PureDit.Nn;

/// <summary>Architecture of a diffusion transformer.</summary>
/// <param name="Input">What a sample looks like and how it is cut into tokens.</param>
/// <param name="Width">Width of the residual stream, D.</param>
/// <param name="Depth">Number of blocks.</param>
/// <param name="Heads">Attention heads; a divisor of the width.</param>
public sealed record DiTConfig(InputLayout Input, int Width, int Depth, int Heads)
{
    /// <summary>Width of the feed-forward layer over <see cref="Width"/>.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Number of classes; 0 for a model without labels.</summary>
    public int Classes { get; init; }

    /// <summary>Whether the output has twice the channels of the data, the second half for a learned variance.</summary>
    public bool LearnSigma { get; init; }

    /// <summary>Attention with bounded scores, exact or polynomial; null for plain exact attention, as published.</summary>
    public AttentionSettings? Attention { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    public int MlpWidth => (int)(Width * MlpRatio);

    /// <summary>Channels of the output.</summary>
    public int OutputChannels => Input.DataChannels * (LearnSigma ? 2 : 1);

    /// <summary>The label that stands for "no class"; the last row of the label table.</summary>
    public int NullLabel => Classes;

    /// <summary>Number of values of all parameters, the frozen position table included. Allocates none of them.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public long CountParameters() => DiT.Declare(this).Parameters.ValueCount;

    /// <summary>Checks that the sizes fit together.</summary>
    /// <exception cref="ArgumentException">They do not; the message has name, expected and actual.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(Input);
        Input.Validate();
        Expect.InRange(nameof(Width), Width, 2, 1 << 16);
        Expect.InRange(nameof(Depth), Depth, 1, 1000);
        Expect.InRange(nameof(Heads), Heads, 1, Width);
        Expect.InRange(nameof(Classes), Classes, 0, 1 << 24);
        if (Width % Heads != 0) throw new ArgumentException($"Heads: expected a divisor of Width {Width}, got {Heads}.");
        if (Width % Input.WidthMultiple != 0)
        {
            throw new ArgumentException($"Width: expected a multiple of {Input.WidthMultiple} for {Input.GetType().Name}, got {Width}.");
        }

        Attention?.Validate(Input.Tokens, Width / Heads);
        if (!(MlpRatio > 0 && MlpRatio <= 64 && MlpWidth >= 1))
        {
            throw new ArgumentException($"MlpRatio: expected a number above 0 and up to 64 that leaves at least one unit, got {MlpRatio}.");
        }
    }
}
