// Arrays of an attention, [batch, heads, tokens, headSize] each but o and dO, which are [batch, tokens, heads, headSize].
//
// dO is zero but for some queries of every head, the first and the last among them: then the gradients of all keys and
// values follow from those queries alone, and can be computed in double for long sequences too (AttentionOracle.cs).
// How long a kernel takes does not depend on it.

namespace PureDit.Benchmarking;

internal sealed class AttentionArrays
{
    private const double CheckedOperations = 4e8; // about a second of naive loops

    private readonly AttentionCase _which;

    public AttentionArrays(AttentionCase which)
    {
        _which = which;
        int heads = which.Batch * which.Heads, query = heads * which.Tokens * which.HeadSize, key = heads * which.Keys * which.HeadSize;
        Inputs = [Buffers.Normal(query, 0), Buffers.Normal(key, 1), Buffers.Normal(key, 2)];
        O = Buffers.Zeros(query);
        double perQuery = 12.0 * heads * which.Keys * which.HeadSize;
        int count = (int)Math.Clamp(CheckedOperations / perQuery, 2, which.Tokens);
        CheckedQueries = [.. Enumerable.Range(0, count).Select(i => (int)((long)i * (which.Tokens - 1) / Math.Max(1, count - 1))).Distinct()];
        if (!which.Backward) return;
        Gradients = [Buffers.Zeros(query), Buffers.Zeros(key), Buffers.Zeros(key)];
        DO = Buffers.Zeros(query);
        Memory<float> normal = Buffers.Normal(query, 3);
        foreach (int token in CheckedQueries)
        {
            for (int head = 0; head < heads; head++)
            {
                int at = Output(head, token);
                normal.Span.Slice(at, which.HeadSize).CopyTo(DO.Span[at..]);
            }
        }
    }

    /// <summary>q, k, v.</summary>
    public Memory<float>[] Inputs { get; }

    /// <summary>The result.</summary>
    public Memory<float> O { get; }

    /// <summary>Gradient with respect to <see cref="O"/>.</summary>
    public Memory<float> DO { get; }

    /// <summary>dq, dk, dv.</summary>
    public Memory<float>[] Gradients { get; } = [];

    /// <summary>The queries whose results are compared.</summary>
    public int[] CheckedQueries { get; }

    /// <summary>First place of a query in o.</summary>
    public int Output(int head, int token)
    {
        (int sequence, int h) = Math.DivRem(head, _which.Heads);
        return ((((sequence * _which.Tokens) + token) * _which.Heads) + h) * _which.HeadSize;
    }
}
