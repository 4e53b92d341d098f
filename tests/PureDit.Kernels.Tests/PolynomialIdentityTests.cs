// What attention obeys, whatever stands in the place of e^x.

using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class PolynomialIdentityTests
{
    private const double Tolerance = 3e-5; // of the largest value: float rounding at R up to 2, e^{2R} times 8·2⁻²⁴

    private static void Change(PolynomialCase x, float[] qkv, Func<int, int, float, float> change)
    {
        for (int i = 0; i < qkv.Length; i++) qkv[i] = change(i / x.Shape.Width % 3, i % x.Shape.Width, qkv[i]);
    }

    private static float[] Output(PolynomialCase x, float[] qkv, AttentionPlan plan)
    {
        float[] o = EveryCpu.Unwritten(x.Shape.OutputLength);
        PolynomialAttention.Forward(Cpu.Serial, plan, qkv, o, []);
        return o;
    }

    [Fact]
    public void EqualValues_AreTheOutput() => Law.Holds(PolynomialCase.All, x =>
    {
        float[] qkv = (float[])x.Qkv.Clone();
        Change(x, qkv, (part, _, value) => part == 2 ? 1.5f : value);
        double[] expected = new double[x.Shape.OutputLength];
        Array.Fill(expected, 1.5);
        Near.Equal(expected, Output(x, qkv, x.Plan()), 2e-6, 0, "o");
    });

    [Fact]
    public void AddingOneVectorToAllKeys_ChangesNothing() => Law.Holds(PolynomialCase.All, x =>
    {
        if (x.KeepMeans) return; // then it changes R
        AttentionPlan before = x.Plan();
        float[] qkv = (float[])x.Qkv.Clone(), o = Output(x, qkv, before);
        Change(x, qkv, (part, column, value) => part == 1 ? value + (0.25f * (column % 3)) : value);
        AttentionPlan plan = AttentionPlan.Measure(Cpu.Serial, x.Shape, qkv, new(x.Error, AttentionMode.Polynomial));
        // Where the mean was not worth subtracting, and now is, the polynomial meets other scores: within its error.
        double bound = ((before.OutputError + plan.OutputError) * x.LargestRange) + (Tolerance * x.LargestValue);
        Near.Equal(Near.ToDouble(o), Output(x, qkv, plan), 0, bound, "o");
    });

    [Fact]
    public void PermutingTokens_PermutesTheOutput() => Law.Holds(PolynomialCase.All, x =>
    {
        AttentionPlan plan = (x with { Shape = x.Shape with { Batch = 1 } }).Plan();
        PolynomialCase one = x with { Shape = x.Shape with { Batch = 1 } };
        int row = 3 * one.Shape.Width, n = one.Shape.Tokens, width = one.Shape.Width;
        float[] qkv = one.Qkv, reversed = new float[qkv.Length];
        for (int t = 0; t < n; t++) qkv.AsSpan(t * row, row).CopyTo(reversed.AsSpan((n - 1 - t) * row));
        float[] o = Output(one, qkv, plan), o2 = Output(one, reversed, plan);
        double[] expected = new double[o.Length];
        for (int i = 0; i < o.Length; i++) expected[i] = o[((n - 1 - (i / width)) * width) + (i % width)];
        Near.Equal(expected, o2, 0, Tolerance * one.LargestValue, "o");
    });

    [Fact]
    public void EqualQueriesAndKeys_GiveTheMean() // R = 0
    {
        AttentionShape shape = new(2, 71, 3, 5);
        float[] qkv = Values.Normal(shape.QkvLength, 1);
        for (int i = 0; i < qkv.Length; i++) if (i / shape.Width % 3 < 2) qkv[i] = 0.5f;
        AttentionPlan plan = AttentionPlan.Measure(Cpu.Serial, shape, qkv, new(1e-3, AttentionMode.Polynomial));
        Assert.Equal(0, plan.Radius);
        float[] o = new float[shape.OutputLength];
        PolynomialAttention.Forward(Cpu.Serial, plan, qkv, o, []);
        double[] expected = new double[o.Length];
        for (int i = 0; i < o.Length; i++)
        {
            int sequence = i / (shape.Tokens * shape.Width), column = i % shape.Width;
            for (int t = 0; t < shape.Tokens; t++) expected[i] += qkv[((((sequence * shape.Tokens) + t) * 3) + 2) * shape.Width + column] / (double)shape.Tokens;
        }

        Near.Equal(expected, o, 1e-5, 1e-6, "o");
    }

    [Fact]
    public void Recentring_ShrinksTheRadius_AndNeverGrowsIt() => Law.Holds(PolynomialCase.All, x =>
    {
        double with = PolynomialAttention.Radius(Cpu.Serial, x.Shape, x.Qkv), without = PolynomialAttention.Radius(Cpu.Serial, x.Shape, x.Qkv, keepMeans: true);
        Assert.True(with <= without * (1 + 1e-12));
        if (x.Offset > 0 && x.Shape.Tokens > 10 && x.Shape.HeadSize > 2) Assert.True(with < without, $"{with} of {without}");
    });

    [Fact]
    public void Backward_Accumulates() => Law.Holds(PolynomialCase.All, x =>
    {
        AttentionPlan plan = x.Plan();
        float[] o = x.Forward(Cpu.Serial, plan).O, once = x.Backward(Cpu.Serial, plan), twice = new float[x.Shape.QkvLength];
        for (int i = 0; i < 2; i++) PolynomialAttention.Backward(Cpu.Serial, plan, x.Qkv, o, [], x.DO, twice);
        Near.SameBits(Array.ConvertAll(once, g => g + g), twice);
    }, cases: 20);

    [Fact]
    public void OneSequenceOfABatch_HasTheBitsOfThatSequenceAlone()
    {
        PolynomialCase x = new(new AttentionShape(5, 13, 3, 4), 1, 0.5, 3);
        AttentionShape one = x.Shape with { Batch = 1 };
        AttentionPlan plan = x.Plan(), alone = AttentionPlan.ForRadius(one, plan.Radius, plan.Request);
        float[] o = x.Forward(new Cpu(2), plan).O, single = new float[one.OutputLength];
        for (int i = 0; i < x.Shape.Batch; i++)
        {
            PolynomialAttention.Forward(new Cpu(2), alone, x.Qkv.AsSpan(i * one.QkvLength, one.QkvLength), single, []);
            Near.SameBits(single, o.AsSpan(i * one.OutputLength, one.OutputLength), $"sequence {i}");
        }
    }

    [Fact]
    public void Warm_AllocatesNothing()
    {
        foreach (PolynomialCase x in new[] { new PolynomialCase(new AttentionShape(2, 40, 3, 4), 1, 0, 3), new(new AttentionShape(1, 40, 1, 4), 5, 0, 3, 1e-2) })
        {
            AttentionPlan plan = x.Plan();
            float[] qkv = x.Qkv, dO = x.DO, o = new float[x.Shape.OutputLength], statistics = new float[x.Shape.StatisticsLength], dQkv = new float[qkv.Length];
            Assert.Equal(0, Allocations.Of(() =>
            {
                AttentionPlan again = AttentionPlan.Measure(Cpu.Serial, x.Shape, qkv, plan.Request);
                PolynomialAttention.Forward(Cpu.Serial, again, qkv, o, statistics);
                PolynomialAttention.Backward(Cpu.Serial, again, qkv, o, statistics, dO, dQkv);
            }));
        }
    }

    [Fact]
    public void ShortSpans_AreNamed()
    {
        PolynomialCase x = new(new AttentionShape(2, 3, 5, 4), 1, 0, 1);
        AttentionPlan plan = x.Plan();
        float[] qkv = x.Qkv, o = new float[x.Shape.OutputLength], dQkv = new float[qkv.Length];
        void Names(string name, Action run) => Assert.Contains($"{name}: expected", Assert.ThrowsAny<ArgumentException>(run).Message, StringComparison.Ordinal);
        Names("qkv", () => PolynomialAttention.Forward(Cpu.Serial, plan, qkv.AsSpan(1), o, []));
        Names("o", () => PolynomialAttention.Forward(Cpu.Serial, plan, qkv, o.AsSpan(1), []));
        Names("logSumExp", () => PolynomialAttention.Forward(Cpu.Serial, plan, qkv, o, new float[3]));
        Names("dO", () => PolynomialAttention.Backward(Cpu.Serial, plan, qkv, o, [], x.DO.AsSpan(1), dQkv));
        Names("dQkv", () => PolynomialAttention.Backward(Cpu.Serial, plan, qkv, o, [], x.DO, dQkv.AsSpan(1)));
        Names("qkv", () => AttentionPlan.Measure(Cpu.Serial, x.Shape, qkv.AsSpan(1), plan.Request));
    }
}
