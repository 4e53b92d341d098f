// What stands between data and codes: encode, decode. The linear ones are here; a network that is trained to do it
// implements the same two calls.

namespace PureDit.Latent;

/// <summary>Turns data into codes and codes into data.</summary>
public interface IAutoencoder
{
    /// <summary>D, values of a datum.</summary>
    int DataSize { get; }

    /// <summary>d₀, values of a code.</summary>
    int CodeSize { get; }

    /// <summary>Writes the codes of data.</summary>
    /// <param name="data">[n, D].</param>
    /// <param name="codes">Receives [n, d₀].</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    void Encode(ReadOnlySpan<float> data, Span<float> codes);

    /// <summary>Writes the data of codes.</summary>
    /// <param name="codes">[n, d₀].</param>
    /// <param name="data">Receives [n, D].</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    void Decode(ReadOnlySpan<float> codes, Span<float> data);
}

/// <summary>Codes that are the data.</summary>
/// <param name="size">D = d₀.</param>
public sealed class IdentityAutoencoder(int size) : IAutoencoder
{
    /// <inheritdoc/>
    public int DataSize { get; } = size >= 1 ? size : throw Expect.OutOfRange(nameof(size), size, "1 or more");

    /// <inheritdoc/>
    public int CodeSize => DataSize;

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<float> data, Span<float> codes) => Copy(data, codes, nameof(codes));

    /// <inheritdoc/>
    public void Decode(ReadOnlySpan<float> codes, Span<float> data) => Copy(codes, data, nameof(data));

    private void Copy(ReadOnlySpan<float> from, Span<float> to, string name)
    {
        Expect.Samples(from.Length, DataSize, name);
        Expect.Length(from.Length, to.Length, name);
        from.CopyTo(to);
    }
}
