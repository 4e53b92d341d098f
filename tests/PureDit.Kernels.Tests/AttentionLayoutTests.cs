using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

/// <summary>The same attention wherever its rows stand in memory.</summary>
public class AttentionLayoutTests
{
    /// <summary>Copies rows of [batch, tokens, heads, headSize] to where other strides put them; the rest of the memory is NaN.</summary>
    private static float[] Spread(float[] rows, AttentionShape shape, int tokens, HeadStrides to, int length)
    {
        float[] memory = new float[length];
        Array.Fill(memory, float.NaN);
        for (int i = 0; i < rows.Length; i++) memory[At(i, shape, tokens, to)] = rows[i];
        return memory;
    }

    private static float[] Gather(ReadOnlySpan<float> memory, AttentionShape shape, int tokens, HeadStrides from)
    {
        float[] rows = new float[shape.Batch * tokens * shape.Width];
        for (int i = 0; i < rows.Length; i++) rows[i] = memory[At(i, shape, tokens, from)];
        return rows;
    }

    private static int At(int i, AttentionShape shape, int tokens, HeadStrides strides)
    {
        int d = i % shape.HeadSize, head = i / shape.HeadSize % shape.Heads, token = i / shape.Width;
        return (int)((token / tokens * strides.Batch) + (token % tokens * strides.Token) + (head * strides.Head)) + d;
    }

    [Fact]
    public void AnyStrides_HaveTheBitsOfContiguousOperands() => Law.Holds(AttentionCase.All, x =>
    {
        AttentionShape shape = x.Shape;
        int gap = x.Seed % 5, size = shape.HeadSize;
        HeadStrides heads = HeadStrides.HeadMajor(shape.Keys, shape.Heads, size);
        HeadStrides padded = new((long)shape.Tokens * shape.Heads * (size + gap), (long)shape.Heads * (size + gap), size + gap);
        int paddedLength = shape.Batch * shape.Tokens * shape.Heads * (size + gap);
        float[] q = Spread(x.Q, shape, shape.Tokens, padded, paddedLength);
        float[] k = Spread(x.K, shape, shape.Keys, heads, x.K.Length), v = Spread(x.V, shape, shape.Keys, heads, x.V.Length);
        float[] dO = Spread(x.DO, shape, shape.Tokens, padded, paddedLength);
        GuardedBuffer o = new(paddedLength), dQ = new(new float[paddedLength]), dK = new(new float[x.K.Length]), dV = new(new float[x.V.Length]);
        float[] statistics = new float[shape.StatisticsLength];
        Cpu cpu = new(2);
        Attention.Forward(cpu, shape, x.Mask, new(q, padded), new(k, heads), new(v, heads), new(o.Span, padded), statistics);
        Attention.Backward(
            cpu, shape, x.Mask, new(q, padded), new(k, heads), new(v, heads), new(o.Span, padded), statistics, new(dO, padded),
            new(dQ.Span, padded), new(dK.Span, heads), new(dV.Span, heads));
        foreach (GuardedBuffer buffer in (GuardedBuffer[])[o, dQ, dK, dV]) buffer.AssertCanariesIntact();

        float[][] gradients = x.Backward(Cpu.Serial);
        Near.SameBits(x.Forward(Cpu.Serial).O, Gather(o.Span, shape, shape.Tokens, padded), "o");
        Near.SameBits(gradients[0], Gather(dQ.Span, shape, shape.Tokens, padded), "dQ");
        Near.SameBits(gradients[1], Gather(dK.Span, shape, shape.Keys, heads), "dK");
        Near.SameBits(gradients[2], Gather(dV.Span, shape, shape.Keys, heads), "dV");
        for (int i = 0; i < paddedLength; i++) if (i % (size + gap) >= size) Assert.True(float.IsNaN(o.Span[i]) && dQ.Span[i] == 0);
    }, cases: 60);

    [Fact]
    public void FusedQkv_HasTheBitsOfSeparateOperands() => Law.Holds(AttentionCase.All, x =>
    {
        AttentionShape shape = x.Shape with { KeyTokens = null };
        x = new AttentionCase(shape, x.Mask, x.Seed);
        float[] qkv = new float[shape.QkvLength], o = new float[shape.OutputLength], statistics = new float[shape.StatisticsLength];
        for (int i = 0; i < qkv.Length; i++)
        {
            float[] part = (i / shape.Width % 3) switch { 0 => x.Q, 1 => x.K, _ => x.V };
            qkv[i] = part[(i / (3 * shape.Width) * shape.Width) + (i % shape.Width)];
        }

        float[] dQkv = new float[qkv.Length];
        Attention.Forward(new Cpu(2), shape, qkv, o, statistics, x.Mask);
        Attention.Backward(new Cpu(2), shape, qkv, o, statistics, x.DO, dQkv, x.Mask);
        Near.SameBits(x.Forward(Cpu.Serial).O, o, "o");
        float[][] gradients = x.Backward(Cpu.Serial);
        for (int i = 0; i < dQkv.Length; i++)
        {
            Near.SameBits([gradients[i / shape.Width % 3][(i / (3 * shape.Width) * shape.Width) + (i % shape.Width)]], [dQkv[i]], $"dQkv {i}");
        }
    }, cases: 40);

    [Fact]
    public void ForwardAndBackward_Warm_AllocateNothing()
    {
        AttentionCase x = new(new(2, 70, 3, 17, 50), AttentionMask.Causal, 1);
        float[] o = new float[x.Q.Length], statistics = new float[x.Shape.StatisticsLength];
        float[] dQ = new float[x.Q.Length], dK = new float[x.K.Length], dV = new float[x.V.Length];
        HeadStrides queries = x.QueryStrides, keys = x.KeyStrides;
        foreach (Cpu cpu in (Cpu[])[Cpu.Serial, new Cpu(2)])
        {
            Assert.Equal(0, Allocations.Of(() =>
            {
                Attention.Forward(cpu, x.Shape, x.Mask, new(x.Q, queries), new(x.K, keys), new(x.V, keys), new(o, queries), statistics);
                Attention.Backward(
                    cpu, x.Shape, x.Mask, new(x.Q, queries), new(x.K, keys), new(x.V, keys), new(o, queries), statistics,
                    new(x.DO, queries), new(dQ, queries), new(dK, keys), new(dV, keys));
            }));
        }
    }

    [Fact]
    public void ShortOperands_AreNamedWithBothSizes()
    {
        AttentionShape shape = new(2, 3, 5, 7, 11);
        HeadStrides q = HeadStrides.TokenMajor(3, 5, 7), k = HeadStrides.TokenMajor(11, 5, 7);
        ArgumentException error = Assert.Throws<ArgumentException>(() => Attention.Forward(
            Cpu.Serial, shape, default, new(new float[210], q), new(new float[769], k), new(new float[770], k), new(new float[210], q), []));
        Assert.Contains("k: expected 770 values, got 769", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => Attention.Forward(
            Cpu.Serial, shape, default, new(new float[210], q with { Head = -7 }), new(new float[770], k), new(new float[770], k), new(new float[210], q), []));
        Assert.Contains("q: expected strides of 0 or more", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("shape", () => Attention.Forward(Cpu.Serial, shape, new float[1000], new float[1000], []));
    }
}
