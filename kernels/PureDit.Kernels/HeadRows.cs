// Where the rows of q, k, v, o and of their gradients stand in memory. A row is one head of one token: HeadSize values
// next to one another. Three distances say where each row begins, so one kernel serves every layout without a copy:
//   [batch, tokens, heads, headSize]      HeadStrides.TokenMajor(tokens, heads, headSize)
//   [batch, heads, tokens, headSize]      HeadStrides.HeadMajor(tokens, heads, headSize)
//   [batch, tokens, 3, heads, headSize]   HeadStrides.Fused(tokens, heads, headSize), k and v beginning 1 and 2 widths on

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Distances, in values, between successive sequences, tokens and heads.</summary>
/// <param name="Batch">From a sequence to the next.</param>
/// <param name="Token">From a token to the next.</param>
/// <param name="Head">From a head to the next.</param>
public readonly record struct HeadStrides(long Batch, long Token, long Head)
{
    /// <summary>[batch, tokens, heads, headSize].</summary>
    public static HeadStrides TokenMajor(int tokens, int heads, int headSize) =>
        new((long)tokens * heads * headSize, (long)heads * headSize, headSize);

    /// <summary>[batch, heads, tokens, headSize], or [batch · heads, tokens, headSize].</summary>
    public static HeadStrides HeadMajor(int tokens, int heads, int headSize) =>
        new((long)tokens * heads * headSize, headSize, (long)tokens * headSize);

    /// <summary>Each of q, k and v in [batch, tokens, 3, heads, headSize].</summary>
    public static HeadStrides Fused(int tokens, int heads, int headSize) =>
        new(3L * tokens * heads * headSize, 3L * heads * headSize, headSize);
}

/// <summary>Rows that attention reads: q, k, v, o, dO.</summary>
/// <param name="values">Begins with the first sequence's first token's first head.</param>
/// <param name="strides">Where the other rows are.</param>
public readonly ref struct HeadRows(ReadOnlySpan<float> values, HeadStrides strides)
{
    /// <summary>The memory.</summary>
    public ReadOnlySpan<float> Values { get; } = values;

    /// <summary>Where rows are in it.</summary>
    public HeadStrides Strides { get; } = strides;

    internal void Check(AttentionShape shape, int tokens, [CallerArgumentExpression(nameof(tokens))] string name = "")
    {
        if (Strides.Batch < 0 || Strides.Token < 0 || Strides.Head < 0)
        {
            throw new ArgumentException($"{name}: expected strides of 0 or more, got {Strides}.", name);
        }

        if (shape.Batch == 0 || shape.Heads == 0 || tokens == 0) return;
        long last = checked(((shape.Batch - 1) * Strides.Batch) + ((tokens - 1) * Strides.Token) + ((shape.Heads - 1) * Strides.Head));
        Guard.Length(Values, last + shape.HeadSize, name);
    }
}

/// <summary>Rows that attention writes, o, or adds to, dQ, dK and dV; no two of them may overlap.</summary>
/// <param name="values">Begins with the first sequence's first token's first head.</param>
/// <param name="strides">Where the other rows are.</param>
public readonly ref struct WritableHeadRows(Span<float> values, HeadStrides strides)
{
    /// <summary>The memory.</summary>
    public Span<float> Values { get; } = values;

    /// <summary>Where rows are in it.</summary>
    public HeadStrides Strides { get; } = strides;

    /// <summary>The same rows, to read.</summary>
    public static implicit operator HeadRows(WritableHeadRows rows) => new(rows.Values, rows.Strides);
}
