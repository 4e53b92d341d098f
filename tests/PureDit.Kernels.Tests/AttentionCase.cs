using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

/// <summary>An attention of any sizes and mask, on separate q, k, v in [batch, tokens, heads, headSize].</summary>
public sealed record AttentionCase(AttentionShape Shape, AttentionMask Mask, int Seed)
{
    public float[] Q { get; init; } = Values.Normal(Shape.OutputLength, Seed);

    public float[] K { get; init; } = Values.Normal(Shape.KeyLength, Seed + 1);

    public float[] V { get; init; } = Values.Normal(Shape.KeyLength, Seed + 2);

    public float[] DO { get; init; } = Values.Normal(Shape.OutputLength, Seed + 3);

    public HeadStrides QueryStrides => HeadStrides.TokenMajor(Shape.Tokens, Shape.Heads, Shape.HeadSize);

    public HeadStrides KeyStrides => HeadStrides.TokenMajor(Shape.Keys, Shape.Heads, Shape.HeadSize);

    private static Gen<int?> Side { get; } = Gen.Frequency(
        (1, Gen.Constant<int?>(null)), (3, Gen.Choose(0, 9).Select(n => (int?)n)), (1, Gen.Elements<int?>(64, 100, 1000)));

    private static Gen<AttentionMask> Masks { get; } = Gen.Frequency(
        (1, Gen.Constant(AttentionMask.None)),
        (2, Gen.Constant(AttentionMask.Causal)),
        (3, from left in Side from right in Side select AttentionMask.Window(left, right)));

    private static Gen<int> Tokens { get; } = Gen.Frequency((3, Gen.Choose(1, 20)), (1, Gen.Elements(47, 64, 65, 97)));

    public static Gen<AttentionCase> All { get; } =
        from batch in Gen.Choose(1, 2)
        from tokens in Tokens
        from keys in Gen.Frequency((1, Gen.Constant<int?>(null)), (2, Tokens.Select(n => (int?)n)), (1, Gen.Constant<int?>(0)))
        from heads in Gen.Choose(1, 3)
        from headSize in Gen.Elements(1, 3, 8, 16, 17, 40)
        from mask in Masks
        from seed in Gen.Choose(0, 1_000_000)
        select new AttentionCase(new AttentionShape(batch, tokens, heads, headSize, keys), mask, seed);

    /// <summary>More queries and keys than one block of either, so that maxima are rescaled and blocks are skipped.</summary>
    public static IEnumerable<AttentionCase> SeveralBlocks { get; } =
    [
        new(new(1, 401, 2, 19), AttentionMask.None, 11),
        new(new(1, 401, 1, 19), AttentionMask.Causal, 12),
        new(new(1, 401, 1, 19), AttentionMask.Window(70, 33), 13),
        new(new(1, 211, 1, 23, 443), AttentionMask.Causal, 14),
        new(new(1, 443, 1, 23, 211), AttentionMask.Causal, 15), // the first 232 queries see nothing
        new(new(1, 211, 1, 23, 443), AttentionMask.Window(5, null), 16),
    ];

    public (float[] O, float[] LogSumExp) Forward(Cpu cpu)
    {
        GuardedBuffer o = new(Shape.OutputLength), statistics = new(Shape.StatisticsLength);
        Attention.Forward(
            cpu, Shape, Mask, new(Q, QueryStrides), new(K, KeyStrides), new(V, KeyStrides), new(o.Span, QueryStrides), statistics.Span);
        o.AssertCanariesIntact();
        statistics.AssertCanariesIntact();
        return (o.Span.ToArray(), statistics.Span.ToArray());
    }

    /// <summary>dQ, dK, dV.</summary>
    public float[][] Backward(Cpu cpu)
    {
        (float[] o, float[] statistics) = Forward(cpu);
        GuardedBuffer[] gradients = [new(new float[Q.Length]), new(new float[K.Length]), new(new float[V.Length])];
        Attention.Backward(
            cpu, Shape, Mask, new(Q, QueryStrides), new(K, KeyStrides), new(V, KeyStrides), new(o, QueryStrides), statistics,
            new(DO, QueryStrides), new(gradients[0].Span, QueryStrides), new(gradients[1].Span, KeyStrides), new(gradients[2].Span, KeyStrides));
        foreach (GuardedBuffer gradient in gradients) gradient.AssertCanariesIntact();
        return Array.ConvertAll(gradients, gradient => gradient.Span.ToArray());
    }

    public double[] ReferenceForward()
    {
        double[] o = new double[Shape.OutputLength];
        Reference.Attention.Forward(Shape, Mask, Near.ToDouble(Q), Near.ToDouble(K), Near.ToDouble(V), o);
        return o;
    }

    public double[][] ReferenceBackward()
    {
        double[][] gradients = [new double[Q.Length], new double[K.Length], new double[V.Length]];
        Reference.Attention.Backward(
            Shape, Mask, Near.ToDouble(Q), Near.ToDouble(K), Near.ToDouble(V), Near.ToDouble(DO), gradients[0], gradients[1], gradients[2]);
        return gradients;
    }
}
