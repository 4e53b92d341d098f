namespace PureDit.Kernels;

/// <summary>Sizes of a multi-head attention; all at least 1.</summary>
/// <param name="Batch">Number of sequences.</param>
/// <param name="Tokens">Tokens of each sequence: queries, and rows of the output.</param>
/// <param name="Heads">Heads.</param>
/// <param name="HeadSize">Width of one head; the model's width is Heads · HeadSize.</param>
/// <param name="KeyTokens">Tokens attended to, keys and values, where they are another sequence (cross attention); null for as many as Tokens.</param>
public readonly record struct AttentionShape(int Batch, int Tokens, int Heads, int HeadSize, int? KeyTokens = null)
{
    /// <summary>Number of keys and values per sequence.</summary>
    public int Keys => KeyTokens ?? Tokens;

    /// <summary>Heads · HeadSize.</summary>
    public int Width => Heads * HeadSize;

    /// <summary>Values in q, k, v together, where all have as many tokens: [Batch, Tokens, 3, Heads, HeadSize].</summary>
    public int QkvLength => checked(Batch * Tokens * 3 * Width);

    /// <summary>Values in the queries, and in the output: [Batch, Tokens, Heads, HeadSize].</summary>
    public int OutputLength => checked(Batch * Tokens * Width);

    /// <summary>Values in the keys alone, and in the values alone: [Batch, Keys, Heads, HeadSize].</summary>
    public int KeyLength => checked(Batch * Keys * Width);

    /// <summary>Values in the saved statistics: [Batch, Heads, Tokens].</summary>
    public int StatisticsLength => checked(Batch * Heads * Tokens);
}
