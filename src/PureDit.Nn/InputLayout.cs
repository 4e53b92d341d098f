// How data become tokens. The transformer sees T tokens of a width; a layout says where they come from.
//   image     [N, C, S, S]: a token per P × P patch, T = (S/P)², row by row
//   sequence  [N, F, C]: a token per frame, T = F

using PureDit.Autodiff;

namespace PureDit.Nn;

/// <summary>The shape of one sample and how it is cut into tokens: an <see cref="ImageLayout"/> or a <see cref="SequenceLayout"/>.</summary>
public abstract record InputLayout
{
    private protected InputLayout()
    {
    }

    /// <summary>Number of tokens of a sample, T.</summary>
    public abstract int Tokens { get; }

    /// <summary>Channels of the data, C.</summary>
    public abstract int DataChannels { get; }

    /// <summary>Values of one token per channel: P² for patches, 1 for frames.</summary>
    public abstract int ValuesPerChannel { get; }

    /// <summary>The width has to be a multiple of this for the sin-cos position table: 2 per axis.</summary>
    public abstract int WidthMultiple { get; }

    /// <summary>Shape of a batch with some number of channels: those of the data, or of the model's output.</summary>
    /// <param name="batch">N.</param>
    /// <param name="channels">Number of channels.</param>
    public abstract Shape BatchShape(int batch, int channels);

    internal abstract void Validate();
}

/// <summary>Square images, [N, C, S, S], cut into patches.</summary>
/// <param name="Size">Height and width in pixels (or latent cells), S.</param>
/// <param name="Channels">C.</param>
/// <param name="Patch">Side of a patch, P; divides S.</param>
public sealed record ImageLayout(int Size, int Channels, int Patch) : InputLayout
{
    /// <inheritdoc/>
    public override int Tokens => Size / Patch * (Size / Patch);

    /// <inheritdoc/>
    public override int DataChannels => Channels;

    /// <inheritdoc/>
    public override int ValuesPerChannel => Patch * Patch;

    /// <inheritdoc/>
    public override int WidthMultiple => 4;

    /// <inheritdoc/>
    public override Shape BatchShape(int batch, int channels) => new(batch, channels, Size, Size);

    internal override void Validate()
    {
        Expect.InRange(nameof(Size), Size, 1, 4096);
        Expect.InRange(nameof(Channels), Channels, 1, 65536);
        Expect.InRange(nameof(Patch), Patch, 1, 256);
        if (Size % Patch != 0) throw new ArgumentException($"Patch: expected a divisor of Size {Size}, got {Patch}.");
    }
}

/// <summary>Sequences of frames, [N, F, C].</summary>
/// <param name="Frames">Length, F.</param>
/// <param name="Channels">Values of a frame, C.</param>
public sealed record SequenceLayout(int Frames, int Channels) : InputLayout
{
    /// <inheritdoc/>
    public override int Tokens => Frames;

    /// <inheritdoc/>
    public override int DataChannels => Channels;

    /// <inheritdoc/>
    public override int ValuesPerChannel => 1;

    /// <inheritdoc/>
    public override int WidthMultiple => 2;

    /// <inheritdoc/>
    public override Shape BatchShape(int batch, int channels) => new(batch, Frames, channels);

    internal override void Validate()
    {
        Expect.InRange(nameof(Frames), Frames, 1, 1 << 20);
        Expect.InRange(nameof(Channels), Channels, 1, 1 << 20);
    }
}
