using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class AttentionTests
{
    // reliability bounds for float32 attention: 5e-6 of the largest output, 1e-5 of the largest gradient.
    private const double ForwardTolerance = 5e-6;
    private const double BackwardTolerance = 1e-5;

    private sealed record Case(AttentionShape Shape, int Seed)
    {
        public float[] Qkv => Values.Normal(Shape.QkvLength, Seed);

        public float[] DO => Values.Normal(Shape.OutputLength, Seed + 1);
    }

    private static readonly Gen<Case> Cases =
        from batch in Gen.Choose(1, 3)
        from tokens in Gen.Frequency((3, Gen.Choose(1, 20)), (1, Gen.Elements(47, 48, 49, 63, 64, 65, 97)))
        from heads in Gen.Choose(1, 3)
        from headSize in Gen.Elements(1, 3, 5, 8, 15, 16, 17, 32)
        from seed in Gen.Choose(0, 1_000_000)
        select new Case(new AttentionShape(batch, tokens, heads, headSize), seed);

    // More keys than one block, so that the running maximum has to be rescaled; not a multiple of anything.
    private static readonly Case SeveralBlocks = new(new AttentionShape(1, 401, 2, 19), 11);

    private static (float[] O, float[] LogSumExp) Forward(Cpu cpu, AttentionShape shape, float[] qkv)
    {
        GuardedBuffer o = new(shape.OutputLength), statistics = new(shape.StatisticsLength);
        Attention.Forward(cpu, shape, qkv, o.Span, statistics.Span);
        o.AssertCanariesIntact();
        statistics.AssertCanariesIntact();
        return (o.Span.ToArray(), statistics.Span.ToArray());
    }

    private static float[] Backward(Cpu cpu, Case x)
    {
        (float[] o, float[] statistics) = Forward(cpu, x.Shape, x.Qkv);
        GuardedBuffer dQkv = new(new float[x.Shape.QkvLength]);
        Attention.Backward(cpu, x.Shape, x.Qkv, o, statistics, x.DO, dQkv.Span);
        dQkv.AssertCanariesIntact();
        return dQkv.Span.ToArray();
    }

    private static void MatchesReference(Case x)
    {
        double[] o = new double[x.Shape.OutputLength], dQkv = new double[x.Shape.QkvLength];
        Reference.Attention.Forward(x.Shape, Near.ToDouble(x.Qkv), o);
        Reference.Attention.Backward(x.Shape, Near.ToDouble(x.Qkv), Near.ToDouble(x.DO), dQkv);
        Near.EqualToMaximum(o, Forward(new Cpu(2), x.Shape, x.Qkv).O, ForwardTolerance, "o");
        Near.EqualToMaximum(dQkv, Backward(new Cpu(2), x), BackwardTolerance, "dQkv");
    }

    private static void HasTheSameBitsEverywhere(Case x)
    {
        (float[] o, float[] statistics) = Forward(Cpu.Serial, x.Shape, x.Qkv);
        float[] dQkv = Backward(Cpu.Serial, x);
        foreach (Cpu cpu in Values.Cpus)
        {
            (float[] o2, float[] statistics2) = Forward(cpu, x.Shape, x.Qkv);
            Near.SameBits(o, o2, $"o at {cpu.Simd} on {cpu.Threads} threads");
            Near.SameBits(statistics, statistics2, "logSumExp");
            Near.SameBits(dQkv, Backward(cpu, x), $"dQkv at {cpu.Simd} on {cpu.Threads} threads");
        }
    }

    [Fact]
    public void Attention_MatchesReference() => Law.Holds(Cases, MatchesReference);

    [Fact]
    public void Attention_OverSeveralKeyBlocks_MatchesReference() => MatchesReference(SeveralBlocks);

    [Fact]
    public void Attention_HasTheSameBitsAtEveryWidthAndThreadCount()
    {
        Law.Holds(Cases, HasTheSameBitsEverywhere, cases: 30);
        HasTheSameBitsEverywhere(SeveralBlocks);
    }

    [Fact]
    public void ReferenceBackward_MatchesCentralDifferences() => Law.Holds(Cases, x =>
    {
        AttentionShape shape = x.Shape with { Batch = 1, Tokens = Math.Min(x.Shape.Tokens, 7) };
        double[] qkv = Near.ToDouble(Values.Normal(shape.QkvLength, x.Seed)), dO = Near.ToDouble(Values.Normal(shape.OutputLength, x.Seed + 1));
        double[] gradient = new double[shape.QkvLength], o = new double[shape.OutputLength];
        Reference.Attention.Backward(shape, qkv, dO, gradient);
        double Objective()
        {
            Reference.Attention.Forward(shape, qkv, o);
            return o.Zip(dO, (a, b) => a * b).Sum();
        }

        for (int i = 0; i < qkv.Length; i += 3)
        {
            const double h = 1e-5;
            double middle = qkv[i];
            qkv[i] = middle + h;
            double above = Objective();
            qkv[i] = middle - h;
            double below = Objective();
            qkv[i] = middle;
            Near.Equal((above - below) / (2 * h), gradient[i], 1e-6, 1e-8, $"dQkv[{i}]");
        }
    }, cases: 15);

    [Fact]
    public void Backward_Accumulates() => Law.Holds(Cases, x =>
    {
        (float[] o, float[] statistics) = Forward(Cpu.Serial, x.Shape, x.Qkv);
        float[] once = Backward(Cpu.Serial, x), twice = new float[x.Shape.QkvLength];
        for (int i = 0; i < 2; i++) Attention.Backward(Cpu.Serial, x.Shape, x.Qkv, o, statistics, x.DO, twice);
        Near.SameBits(Array.ConvertAll(once, g => g + g), twice);
    });

    [Fact]
    public void Forward_EqualValues_AreTheOutput() => Law.Holds(Cases, x =>
    {
        float[] qkv = x.Qkv;
        int width = x.Shape.Width;
        for (int token = 0; token < x.Shape.Batch * x.Shape.Tokens; token++) qkv.AsSpan((token * 3 * width) + (2 * width), width).Fill(1.5f);
        double[] expected = new double[x.Shape.OutputLength];
        Array.Fill(expected, 1.5);
        Near.Equal(expected, Forward(Cpu.Serial, x.Shape, qkv).O, 2e-6, 0, "o"); // probabilities sum to 1
    });

    [Fact]
    public void Forward_PermutingTokens_PermutesTheOutput() => Law.Holds(Cases, x =>
    {
        AttentionShape shape = x.Shape with { Batch = 1 };
        float[] qkv = Values.Normal(shape.QkvLength, x.Seed), reversed = new float[qkv.Length];
        int row = 3 * shape.Width;
        for (int t = 0; t < shape.Tokens; t++) qkv.AsSpan(t * row, row).CopyTo(reversed.AsSpan((shape.Tokens - 1 - t) * row));
        float[] o = Forward(Cpu.Serial, shape, qkv).O, o2 = Forward(Cpu.Serial, shape, reversed).O;
        double[] expected = new double[o.Length];
        for (int i = 0; i < o.Length; i++) expected[i] = o[((shape.Tokens - 1 - (i / shape.Width)) * shape.Width) + (i % shape.Width)];
        Near.EqualToMaximum(expected, o2, 1e-5, "o");
    });

    [Fact]
    public void Forward_ScalingValuesByAPowerOfTwo_ScalesTheBits() => Law.Holds(Cases, x =>
    {
        float[] qkv = x.Qkv, o = Forward(Cpu.Serial, x.Shape, qkv).O;
        int width = x.Shape.Width;
        for (int i = 0; i < qkv.Length; i++) if (i / width % 3 == 2) qkv[i] *= 8;
        Near.SameBits(Array.ConvertAll(o, v => v * 8), Forward(Cpu.Serial, x.Shape, qkv).O);
    });

    [Fact]
    public void Forward_OneSequenceOfABatch_HasTheBitsOfThatSequenceAlone()
    {
        AttentionShape shape = new(5, 13, 3, 7), one = shape with { Batch = 1 };
        float[] qkv = Values.Normal(shape.QkvLength, 3), o = Forward(new Cpu(2), shape, qkv).O;
        for (int i = 0; i < shape.Batch; i++)
        {
            float[] alone = Forward(new Cpu(2), one, qkv.AsSpan(i * one.QkvLength, one.QkvLength).ToArray()).O;
            Near.SameBits(alone, o.AsSpan(i * one.OutputLength, one.OutputLength), $"sequence {i}");
        }
    }

    [Fact]
    public void Forward_HugeScores_DoNotOverflow()
    {
        AttentionShape shape = new(1, 5, 1, 2);
        float[] qkv = Array.ConvertAll(Values.Normal(shape.QkvLength, 4), v => v * 1e4f);
        double[] expected = new double[shape.OutputLength];
        Reference.Attention.Forward(shape, Near.ToDouble(qkv), expected);
        Near.EqualToMaximum(expected, Forward(Cpu.Serial, shape, qkv).O, 1e-3, "o"); // scores of 1e8 carry an error of about 8
    }

    [Fact]
    public void Forward_Warm_AllocatesNothing()
    {
        AttentionShape shape = new(2, 16, 4, 16);
        float[] qkv = Values.Normal(shape.QkvLength, 1), o = new float[shape.OutputLength], statistics = new float[shape.StatisticsLength];
        Assert.Equal(0, Allocations.Of(() => Attention.Forward(Cpu.Serial, shape, qkv, o, statistics)));
    }

    [Fact]
    public void Forward_ShortOutput_NamesItAndBothSizes()
    {
        AttentionShape shape = new(2, 3, 5, 7);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => Attention.Forward(Cpu.Serial, shape, new float[shape.QkvLength], new float[209], []));
        Assert.Contains("o: expected 210 values, got 209", error.Message, StringComparison.Ordinal);
    }
}
