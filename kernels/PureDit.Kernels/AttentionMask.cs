// Which keys a query may attend to: those in a band around its own position. Query i of n stands at the position of key
// i + (keys − n): the sequences are aligned at their ends, so that the last query of a causal cross attention (a new
// token after a cache of old ones) sees every key.

namespace PureDit.Kernels;

/// <summary>The keys that a query sees: all, all up to its own position, or a window around it. The default is all.</summary>
public readonly record struct AttentionMask
{
    private AttentionMask(int? left, int? right) => (Left, Right) = (left, right);

    /// <summary>Every query sees every key.</summary>
    public static AttentionMask None => default;

    /// <summary>A query sees the key at its own position and those before it; sequences of unequal length end together.</summary>
    public static AttentionMask Causal => new(null, 0);

    /// <summary>Number of keys before a query's own position that it sees; null for all.</summary>
    public int? Left { get; }

    /// <summary>Number of keys after a query's own position that it sees; null for all.</summary>
    public int? Right { get; }

    /// <summary>A query sees its own position, <paramref name="left"/> keys before it and <paramref name="right"/> after it.</summary>
    /// <param name="left">At least 0; null for all.</param>
    /// <param name="right">At least 0; null for all.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is negative.</exception>
    public static AttentionMask Window(int? left, int? right)
    {
        Guard.NotNegative(left ?? 0, nameof(left));
        Guard.NotNegative(right ?? 0, nameof(right));
        return new AttentionMask(left, right);
    }

    /// <summary>Whether a query sees a key.</summary>
    /// <param name="shape">Sizes; the alignment of queries and keys depends on them.</param>
    /// <param name="query">Index of the query.</param>
    /// <param name="key">Index of the key.</param>
    public bool Sees(AttentionShape shape, int query, int key)
    {
        long ahead = key - ((long)query + shape.Keys - shape.Tokens);
        return -ahead <= (Left ?? long.MaxValue) && ahead <= (Right ?? long.MaxValue);
    }
}
