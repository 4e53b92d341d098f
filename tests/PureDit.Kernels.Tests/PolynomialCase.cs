using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

/// <summary>Polynomial attention of some queries and keys: offset by any mean, scaled so that R is as asked.</summary>
public sealed record PolynomialCase(AttentionShape Shape, double Radius, double Offset, int Seed, double Error = 1e-3)
{
    public bool KeepMeans { get; init; }

    public static Gen<PolynomialCase> All { get; } =
        from batch in Gen.Choose(1, 2)
        from tokens in Gen.Frequency((3, Gen.Choose(1, 20)), (1, Gen.Elements(63, 64, 65, 131)))
        from heads in Gen.Choose(1, 3)
        from headSize in Gen.Elements(1, 2, 3, 4, 5, 8)
        from radius in Gen.Elements(0.3, 1.0, 2.0, 5.0)
        from offset in Gen.Elements(0, 0, 1.5)
        from keep in Gen.Elements(false, false, false, true)
        from seed in Gen.Choose(0, 1_000_000)
        select new PolynomialCase(new AttentionShape(batch, tokens, heads, headSize), headSize > 5 ? Math.Min(radius, 1) : radius, keep ? 0 : offset, seed, radius > 4 ? 1e-2 : 1e-3)
        {
            KeepMeans = keep,
        };

    /// <summary>Three parts, of lengths that are multiples of nothing.</summary>
    public static PolynomialCase SeveralParts { get; } = new(new AttentionShape(1, 12_313, 1, 3), 1, 0.5, 5);

    private float[]? _qkv;

    // A changed copy makes its own values.
    private PolynomialCase(PolynomialCase other) =>
        (Shape, Radius, Offset, Seed, Error, KeepMeans) = (other.Shape, other.Radius, other.Offset, other.Seed, other.Error, other.KeepMeans);

    public float[] Qkv => _qkv ??= Make();

    public float[] DO => Values.Normal(Shape.OutputLength, Seed + 1);

    public double LargestValue => Enumerable.Range(0, Qkv.Length).Where(i => i / Shape.Width % 3 == 2).Max(i => Math.Abs((double)Qkv[i]));

    public double LargestRange => 2 * LargestValue;

    /// <summary>A float tolerance, as it is at R = 1, or the one of double features.</summary>
    public double Tolerance(double ofFloats) => Radius > 4 ? 2e-6 : ofFloats;

    public AttentionPlan Plan(AttentionGradient gradient = AttentionGradient.Antiderivative) => AttentionPlan.Measure(
        Cpu.Serial, Shape, Qkv, new AttentionRequest(Error, AttentionMode.Polynomial, gradient) { KeepMeans = KeepMeans });

    public (float[] O, float[] LogSumExp) Forward(Cpu cpu, AttentionPlan plan)
    {
        GuardedBuffer o = new(Shape.OutputLength), statistics = new(Shape.StatisticsLength);
        PolynomialAttention.Forward(cpu, plan, Qkv, o.Span, statistics.Span);
        o.AssertCanariesIntact();
        statistics.AssertCanariesIntact();
        return (o.Span.ToArray(), statistics.Span.ToArray());
    }

    public float[] Backward(Cpu cpu, AttentionPlan plan)
    {
        float[] o = Forward(cpu, plan).O;
        GuardedBuffer dQkv = new(new float[Shape.QkvLength]);
        PolynomialAttention.Backward(cpu, plan, Qkv, o, [], DO, dQkv.Span);
        dQkv.AssertCanariesIntact();
        return dQkv.Span.ToArray();
    }

    public (float[] O, float[] LogSumExp) Exact()
    {
        float[] o = new float[Shape.OutputLength], statistics = new float[Shape.StatisticsLength];
        Attention.Forward(new Cpu(2), Shape, Qkv, o, statistics);
        return (o, statistics);
    }

    // Normal queries and keys around a mean of `Offset` in every coordinate, scaled to R.
    private float[] Make()
    {
        float[] qkv = Values.Normal(Shape.QkvLength, Seed);
        for (int i = 0; i < qkv.Length; i++) if (i / Shape.Width % 3 < 2) qkv[i] += (float)Offset;
        double measured = PolynomialAttention.Radius(Cpu.Serial, Shape, qkv, KeepMeans);
        if (measured == 0) return qkv;
        float scale = (float)Math.Sqrt(Radius / measured);
        for (int i = 0; i < qkv.Length; i++) if (i / Shape.Width % 3 < 2) qkv[i] *= scale;
        return qkv;
    }
}
