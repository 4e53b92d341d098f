// Where things are in a token of the constructed DiT, and how linear layers read them:
//
//   sample c | score z | sum h | carried g | mean μ | frame, one of N | 0 | +C −C | …zeros
//
// The first layer of every branch is a layer norm, which is not linear. Two slots ±C, C far above all others, make it so
// up to ‖rest‖²/4C², about 1e-6: the standard deviation of a token is then C√(2/D) whatever it holds, and the modulation
// multiplies by that. What the norm subtracts, the mean of the token, stands in the slot that holds 0; every reading of a
// slot subtracts the reading of that one.

using PureDit.Autodiff;
using PureDit.Nn;

namespace PureDit.Training;

/// <summary>The slots of a token of the constructed DiT.</summary>
public sealed record ConstructedTokens
{
    /// <summary>A C far above all else, at which the layer norm is linear up to float32's rounding.</summary>
    public const float StandardConstant = 4096;

    private const int WidthMultiple = 8;
    private const int LeastWidth = 40; // as many knots make gates that are right to five digits

    /// <summary>Lays out tokens.</summary>
    /// <param name="frames">N.</param>
    /// <param name="channels">d.</param>
    /// <param name="constant">C, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or C is not finite.</exception>
    public ConstructedTokens(int frames, int channels, float constant = StandardConstant)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(frames);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        if (!(constant > 0 && float.IsFinite(constant)))
        {
            throw new ArgumentOutOfRangeException(nameof(constant), constant, $"constant: expected a finite number above 0, got {constant}.");
        }

        (Frames, Channels, Constant) = (frames, channels, constant);
        int head = Math.Max(frames, 3 * channels), slots = Math.Max(LeastWidth, Math.Max((5 * channels) + frames + 3, 2 * head));
        Width = (slots + WidthMultiple - 1) / WidthMultiple * WidthMultiple;
    }

    /// <summary>C.</summary>
    public float Constant { get; }

    /// <summary>N.</summary>
    public int Frames { get; }

    /// <summary>d.</summary>
    public int Channels { get; }

    /// <summary>D.</summary>
    public int Width { get; }

    /// <summary>First slot of c = x − αμ.</summary>
    public int Sample => 0 * Channels;

    /// <summary>First slot of z = σs, the iterate.</summary>
    public int Score => 1 * Channels;

    /// <summary>First slot of h = ηα²(D⁻¹Γ zΣ), what the heads collected.</summary>
    public int Sum => 2 * Channels;

    /// <summary>First slot of g = ησc.</summary>
    public int Carried => 3 * Channels;

    /// <summary>First slot of μ.</summary>
    public int Mean => 4 * Channels;

    /// <summary>First of N slots that say which frame the token is.</summary>
    public int Frame => 5 * Channels;

    /// <summary>The slot that holds 0, and after the norm minus the mean of the token.</summary>
    public int Zero => Frame + Frames;

    /// <summary>The slot of +C; that of −C follows.</summary>
    public int Large => Zero + 1;

    /// <summary>The standard deviation of a token, C√(2/D).</summary>
    public double Deviation => Constant * Math.Sqrt(2.0 / Width);

    /// <summary>Adds a weight with which an output reads a slot of the normalised token.</summary>
    internal void Read(Parameter weight, int output, int slot, double factor)
    {
        Span<float> row = weight.Data.Slice(output * Width, Width);
        row[slot] += (float)factor;
        row[Zero] -= (float)factor;
    }
}
