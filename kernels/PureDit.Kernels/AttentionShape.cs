namespace PureDit.Kernels;

/// <summary>Sizes of a multi-head self-attention; all at least 1.</summary>
/// <param name="Batch">Number of sequences.</param>
/// <param name="Tokens">Tokens of each sequence.</param>
/// <param name="Heads">Heads.</param>
/// <param name="HeadSize">Width of one head; the model's width is Heads · HeadSize.</param>
public readonly record struct AttentionShape(int Batch, int Tokens, int Heads, int HeadSize)
{
    /// <summary>Heads · HeadSize.</summary>
    public int Width => Heads * HeadSize;

    /// <summary>Values in q, k, v together: [Batch, Tokens, 3, Heads, HeadSize].</summary>
    public int QkvLength => checked(Batch * Tokens * 3 * Width);

    /// <summary>Values in the output: [Batch, Tokens, Heads, HeadSize].</summary>
    public int OutputLength => checked(Batch * Tokens * Width);

    /// <summary>Values in the saved statistics: [Batch, Heads, Tokens].</summary>
    public int StatisticsLength => checked(Batch * Heads * Tokens);
}
