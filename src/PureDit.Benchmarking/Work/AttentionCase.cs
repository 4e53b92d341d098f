// Multi-head attention of a shape, forward or forward and backward, perhaps masked, by the tiled kernel or by the naive
// one that stores the matrix of weights. Masked pairs do not count as work.

using System.Globalization;

namespace PureDit.Benchmarking;

/// <summary>How attention is computed.</summary>
public enum AttentionMethod
{
    /// <summary>The library's kernel: block by block, nothing of size tokens × tokens is stored.</summary>
    Tiled,

    /// <summary>Three steps over a stored matrix: product, softmax, product.</summary>
    Naive,
}

/// <summary>Which keys a position sees: from Left before it to Right after it; null is no limit.</summary>
/// <param name="Left">Keys before the query.</param>
/// <param name="Right">Keys after the query; 0 is causal.</param>
public readonly record struct AttentionBand(int? Left, int? Right)
{
    /// <summary>Whether there is no limit on either side.</summary>
    public bool IsFull => Left is null && Right is null;

    /// <summary>The first key that a query sees.</summary>
    public int First(int query, int keys) => Left is int left ? Math.Clamp(query - left, 0, keys) : 0;

    /// <summary>One past the last key that a query sees; never below <see cref="First"/>.</summary>
    public int End(int query, int keys) =>
        Math.Max(First(query, keys), Right is int right ? (int)Math.Min(keys, (long)query + right + 1) : keys);
}

/// <summary>An attention to be measured.</summary>
/// <param name="Batch">Sequences.</param>
/// <param name="Heads">Heads of each.</param>
/// <param name="Tokens">Queries of each.</param>
/// <param name="HeadSize">Width of a head.</param>
public sealed record AttentionCase(int Batch, int Heads, int Tokens, int HeadSize)
{
    /// <summary>Keys and values of each sequence; 0 for as many as queries.</summary>
    public int KeyTokens { get; init; }

    /// <summary>Which keys a query sees.</summary>
    public AttentionBand Band { get; init; }

    /// <summary>Whether backward follows.</summary>
    public bool Backward { get; init; }

    /// <summary>How it is computed.</summary>
    public AttentionMethod Method { get; init; }

    /// <summary>Keys and values of each sequence.</summary>
    public int Keys => KeyTokens == 0 ? Tokens : KeyTokens;

    /// <summary>The name that the peers give it.</summary>
    public string Name
    {
        get
        {
            string keys = Keys == Tokens ? "" : string.Create(CultureInfo.InvariantCulture, $"_k{Keys}");
            string band = Band switch
            {
                { IsFull: true } => "",
                { Left: null, Right: 0 } => "_causal",
                _ => string.Create(CultureInfo.InvariantCulture, $"_w{Band.Left?.ToString(CultureInfo.InvariantCulture) ?? "all"}_{Band.Right?.ToString(CultureInfo.InvariantCulture) ?? "all"}"),
            };
            return string.Create(CultureInfo.InvariantCulture, $"attn_bh{Batch * Heads}_n{Tokens}_d{HeadSize}{keys}{band}_{(Backward ? "fwdbwd" : "fwd")}");
        }
    }

    /// <summary>Reads <c>HEADSxTOKENSxSIZE</c>, one sequence.</summary>
    /// <exception cref="ArgumentException">It is no such shape, or too large.</exception>
    public static AttentionCase Parse(string text)
    {
        int[] size = Sizes.Parse(text, 'x', "attention", "HEADSxTOKENSxSIZE", "10x777x48");
        Sizes.Fits(text, 3L * size[0] * size[1] * size[2]);
        return new(1, size[0], size[1], size[2]);
    }

    /// <summary>Pairs of a query and a key that it sees, of one head.</summary>
    public double Pairs
    {
        get
        {
            double pairs = 0;
            for (int i = 0; i < Tokens; i++) pairs += Seen(i).Count;
            return pairs;
        }
    }

    /// <summary>The keys that a query sees: queries and keys are aligned at their ends.</summary>
    public (int First, int Count) Seen(int query)
    {
        int position = query + Keys - Tokens, first = Band.First(position, Keys);
        return (first, Band.End(position, Keys) - first);
    }

    /// <summary>The workload. Backward costs twice the forward pass: four products, recomputed scores not counted.</summary>
    public Workload ToWorkload()
    {
        double heads = (double)Batch * Heads, query = heads * Tokens * HeadSize, key = heads * Keys * HeadSize;
        return new(
            Name + (Method == AttentionMethod.Naive ? "_naive" : ""), WorkloadGroup.Attention, Describe(),
            (Backward ? 3 : 1) * 4 * heads * Pairs * HeadSize,
            4 * (Backward ? (6 * query) + (6 * key) : (2 * query) + (2 * key)),
            cpu => Method == AttentionMethod.Naive ? NaiveAttention.Prepare(this, cpu) : TiledAttention.Prepare(this, cpu))
        {
            Contest = Name,
            Rival = Method == AttentionMethod.Naive ? null : (this with { Method = AttentionMethod.Naive }).ToWorkload(),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Batch * Heads}x{Tokens}x{HeadSize}");

    private string Describe() => string.Create(
        CultureInfo.InvariantCulture, $"{Batch * Heads} × {Tokens}{(Keys == Tokens ? "" : $"/{Keys}")} × {HeadSize}{(Backward ? ", backward" : "")}");
}
