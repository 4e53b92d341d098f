using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

/// <summary>Masks, cross attention and layouts: what holds for any sizes. Self-attention on fused qkv: AttentionTests.</summary>
public class AttentionMaskTests
{
    private const double ForwardTolerance = 5e-6, BackwardTolerance = 1e-5; // of the largest value, as in AttentionTests

    private static void MatchesReference(AttentionCase x)
    {
        Near.EqualToMaximum(x.ReferenceForward(), x.Forward(new Cpu(2)).O, ForwardTolerance, "o");
        double[][] expected = x.ReferenceBackward();
        float[][] actual = x.Backward(new Cpu(2));
        // One bound for all three: with one key, dK is exactly 0 and in float only nearly.
        double largest = expected.Max(gradient => gradient.Length == 0 ? 0 : gradient.Max(Math.Abs));
        for (int i = 0; i < 3; i++) Near.Equal(expected[i], actual[i], 0, (BackwardTolerance * largest) + 1e-6, "d" + "qkv"[i]);
    }

    private static void HasTheSameBitsEverywhere(AttentionCase x)
    {
        (float[] o, float[] statistics) = x.Forward(Cpu.Serial);
        float[][] gradients = x.Backward(Cpu.Serial);
        foreach (Cpu cpu in Values.Cpus)
        {
            string where = $" at {cpu.Simd} on {cpu.Threads} threads";
            (float[] o2, float[] statistics2) = x.Forward(cpu);
            Near.SameBits(o, o2, "o" + where);
            Near.SameBits(statistics, statistics2, "logSumExp" + where);
            float[][] gradients2 = x.Backward(cpu);
            for (int i = 0; i < 3; i++) Near.SameBits(gradients[i], gradients2[i], "d" + "qkv"[i] + where);
        }
    }

    [Fact]
    public void Attention_AnyMaskAndKeyLength_MatchesReference()
    {
        Law.Holds(AttentionCase.All, MatchesReference);
        foreach (AttentionCase x in AttentionCase.SeveralBlocks) MatchesReference(x);
    }

    [Fact]
    public void Attention_AnyMaskAndKeyLength_HasTheSameBitsAtEveryWidthAndThreadCount()
    {
        Law.Holds(AttentionCase.All, HasTheSameBitsEverywhere, cases: 30);
        foreach (AttentionCase x in AttentionCase.SeveralBlocks) HasTheSameBitsEverywhere(x);
    }

    [Fact]
    public void ReferenceBackward_UnderAMask_MatchesCentralDifferences() => Law.Holds(AttentionCase.All, x =>
    {
        AttentionShape shape = x.Shape with { Batch = 1, Tokens = Math.Min(x.Shape.Tokens, 5), KeyTokens = Math.Min(x.Shape.Keys, 7) };
        x = new AttentionCase(shape, x.Mask, x.Seed);
        double[][] inputs = [Near.ToDouble(x.Q), Near.ToDouble(x.K), Near.ToDouble(x.V)], gradients = x.ReferenceBackward();
        double[] o = new double[shape.OutputLength];
        double Objective()
        {
            Reference.Attention.Forward(shape, x.Mask, inputs[0], inputs[1], inputs[2], o);
            return o.Zip(x.DO, (a, b) => a * b).Sum();
        }

        for (int which = 0; which < 3; which++)
        {
            for (int i = 0; i < inputs[which].Length; i += 5)
            {
                const double h = 1e-5;
                double middle = inputs[which][i];
                inputs[which][i] = middle + h;
                double above = Objective();
                inputs[which][i] = middle - h;
                double below = Objective();
                inputs[which][i] = middle;
                Near.Equal((above - below) / (2 * h), gradients[which][i], 1e-6, 1e-8, $"input {which}, gradient {i}");
            }
        }
    }, cases: 15);

    [Fact]
    public void Causal_EveryQuery_IsTheLastOneOfAnUnmaskedPrefix() => Law.Holds(AttentionCase.All, x =>
    {
        AttentionShape shape = x.Shape with { Batch = 1, KeyTokens = null };
        x = new AttentionCase(shape, AttentionMask.Causal, x.Seed);
        double[] causal = Near.ToDouble(x.Forward(new Cpu(2)).O);
        for (int prefix = 1; prefix <= shape.Tokens; prefix++)
        {
            AttentionShape cut = shape with { Tokens = prefix };
            AttentionCase unmasked = new(cut, AttentionMask.None, 0) { Q = x.Q[..cut.OutputLength], K = x.K[..cut.KeyLength], V = x.V[..cut.KeyLength] };
            Range last = ((prefix - 1) * shape.Width)..(prefix * shape.Width);
            Near.EqualToMaximum(causal[last], unmasked.Forward(Cpu.Serial).O[last], ForwardTolerance, $"o of token {prefix - 1}");
        }
    }, cases: 30);

    [Fact]
    public void Window_WithoutLimits_HasTheBitsOfNone() => Law.Holds(AttentionCase.All, x =>
    {
        float[] none = (x with { Mask = AttentionMask.None }).Forward(Cpu.Serial).O;
        int all = x.Shape.Tokens + x.Shape.Keys;
        Near.SameBits(none, (x with { Mask = AttentionMask.Window(null, null) }).Forward(Cpu.Serial).O, "o, no sides");
        Near.SameBits(none, (x with { Mask = AttentionMask.Window(all, all) }).Forward(Cpu.Serial).O, "o, long sides");
    });

    [Fact]
    public void AHiddenKey_ChangesNoBit_AndGetsNoGradient() => Law.Holds(AttentionCase.All, x =>
    {
        if (x.Shape.Keys == 0) return;
        AttentionShape shape = x.Shape;
        int key = x.Seed % shape.Keys, width = shape.Width;
        AttentionCase changed = x with { K = [.. x.K], V = [.. x.V] };
        for (int n = 0; n < shape.Batch; n++)
        {
            Range row = (((n * shape.Keys) + key) * width)..(((n * shape.Keys) + key + 1) * width);
            changed.K.AsSpan(row).Fill(3.25f);
            changed.V.AsSpan(row).Fill(-1.75f);
        }

        (float[] o, float[] statistics) = x.Forward(Cpu.Serial);
        (float[] o2, float[] statistics2) = changed.Forward(Cpu.Serial);
        bool seen = false;
        for (int i = 0; i < shape.Tokens; i++)
        {
            if (x.Mask.Sees(shape, i, key))
            {
                seen = true;
                continue;
            }

            for (int n = 0; n < shape.Batch; n++)
            {
                Range row = (((n * shape.Tokens) + i) * width)..(((n * shape.Tokens) + i + 1) * width);
                Near.SameBits(o.AsSpan(row), o2.AsSpan(row), $"o of query {i}");
                for (int h = 0; h < shape.Heads; h++)
                {
                    int at = (((n * shape.Heads) + h) * shape.Tokens) + i;
                    Near.SameBits([statistics[at]], [statistics2[at]], $"logSumExp of query {i}");
                }
            }
        }

        if (seen) return;
        float[][] gradients = x.Backward(Cpu.Serial);
        for (int i = 0; i < x.K.Length; i++) if (i / width % shape.Keys == key) Assert.Equal((0f, 0f), (gradients[1][i], gradients[2][i]));
    });

    [Fact]
    public void AQueryThatSeesNothing_GetsZeros_AndGivesNone()
    {
        // Five queries, two keys, ends aligned: queries 0, 1 and 2 come before the first key.
        AttentionCase x = new(new(2, 5, 3, 7, 2), AttentionMask.Causal, 5);
        (float[] o, float[] statistics) = x.Forward(new Cpu(2));
        float[] dQ = x.Backward(new Cpu(2))[0];
        for (int i = 0; i < o.Length; i++) if (i / x.Shape.Width % 5 < 3) Assert.Equal((0f, 0f), (o[i], dQ[i]));
        for (int i = 0; i < statistics.Length; i++) Assert.Equal(i % 5 < 3, float.IsNegativeInfinity(statistics[i]));
        Assert.All(x.Backward(new Cpu(2)), gradient => Assert.All(gradient, value => Assert.True(float.IsFinite(value))));
    }

    [Fact]
    public void CrossAttention_OfEqualLengths_HasTheBitsOfSelfAttention() => Law.Holds(AttentionCase.All, x =>
    {
        AttentionShape self = x.Shape with { KeyTokens = null };
        x = new AttentionCase(self, x.Mask, x.Seed);
        AttentionCase cross = x with { Shape = self with { KeyTokens = self.Tokens } };
        Near.SameBits(x.Forward(Cpu.Serial).O, cross.Forward(new Cpu(2)).O, "o");
    });

    [Fact]
    public void PermutingHeads_PermutesTheOutput() => Law.Holds(AttentionCase.All, x =>
    {
        float[] Reversed(float[] rows)
        {
            float[] result = new float[rows.Length];
            int size = x.Shape.HeadSize, heads = x.Shape.Heads;
            for (int i = 0; i < rows.Length / size; i++)
            {
                int to = (i / heads * heads) + heads - 1 - (i % heads);
                rows.AsSpan(i * size, size).CopyTo(result.AsSpan(to * size));
            }

            return result;
        }

        AttentionCase reversed = x with { Q = Reversed(x.Q), K = Reversed(x.K), V = Reversed(x.V) };
        Near.SameBits(Reversed(x.Forward(Cpu.Serial).O), reversed.Forward(new Cpu(2)).O, "o");
    });

    [Fact]
    public void Forward_NaNInAQuery_StaysInItsRow()
    {
        AttentionCase x = new(new(1, 5, 1, 3), AttentionMask.None, 8);
        x.Q[7] = float.NaN; // query 2
        float[] o = x.Forward(Cpu.Serial).O;
        for (int i = 0; i < o.Length; i++) Assert.Equal(i / 3 == 2, float.IsNaN(o[i]));
    }

    [Fact]
    public void Window_NegativeSide_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>("right", () => AttentionMask.Window(null, -1));
}
