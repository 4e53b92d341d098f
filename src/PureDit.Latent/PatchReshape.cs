// The reshape R between a latent vector and tokens (Hu et al. 2024, arXiv 2407.01079, definition 3.1): a vector of
// d₀ = S·S values is an image, row by row; a token is a patch of P × P of its pixels, the patches row by row.
//   d₀ = d·L,   d = P² values of a token,   L = (S/P)² tokens
// A permutation, and so an isometry: noise stays noise, and losses keep their values.

namespace PureDit.Latent;

/// <summary>R: latent vectors to tokens and back.</summary>
public sealed class PatchReshape
{
    private readonly int[] _source; // of each value of the tokens, its place in the vector

    /// <summary>Creates the permutation.</summary>
    /// <param name="side">S: vectors have S·S values.</param>
    /// <param name="patch">P, a divisor of S.</param>
    /// <exception cref="ArgumentException">P does not divide S.</exception>
    public PatchReshape(int side, int patch)
    {
        Expect.Positive(side);
        Expect.Positive(patch);
        if (side % patch != 0) throw Expect.OutOfRange(nameof(patch), patch, $"a divisor of the side, {side}");
        (Side, Patch) = (side, patch);
        int across = side / patch;
        _source = new int[checked(side * side)];
        for (int i = 0; i < _source.Length; i++)
        {
            (int token, int value) = (i / TokenSize, i % TokenSize);
            int row = (token / across * patch) + (value / patch), column = (token % across * patch) + (value % patch);
            _source[i] = (row * side) + column;
        }
    }

    /// <summary>S.</summary>
    public int Side { get; }

    /// <summary>P.</summary>
    public int Patch { get; }

    /// <summary>d₀ = S².</summary>
    public int Size => _source.Length;

    /// <summary>d = P², values of a token.</summary>
    public int TokenSize => Patch * Patch;

    /// <summary>L, tokens of a vector.</summary>
    public int Tokens => Size / TokenSize;

    // [doc:latent-reshape]
    /// <summary>Writes R(h): [n, d₀] to [n, L, d].</summary>
    /// <param name="vectors">[n, d₀].</param>
    /// <param name="tokens">Receives [n, L, d]; not the same memory.</param>
    public void ToTokens<T>(ReadOnlySpan<T> vectors, Span<T> tokens)
    {
        Check(vectors.Length, tokens.Length);
        for (int i = 0; i < tokens.Length; i++) tokens[i] = vectors[(i / Size * Size) + _source[i % Size]];
    }

    /// <summary>Writes R⁻¹: [n, L, d] to [n, d₀].</summary>
    /// <param name="tokens">[n, L, d].</param>
    /// <param name="vectors">Receives [n, d₀]; not the same memory.</param>
    public void FromTokens<T>(ReadOnlySpan<T> tokens, Span<T> vectors)
    {
        Check(tokens.Length, vectors.Length);
        for (int i = 0; i < tokens.Length; i++) vectors[(i / Size * Size) + _source[i % Size]] = tokens[i];
    }
    // [/doc:latent-reshape]

    private void Check(int from, int to)
    {
        Expect.Samples(from, Size, "vectors");
        Expect.Length(from, to, "tokens");
    }
}
