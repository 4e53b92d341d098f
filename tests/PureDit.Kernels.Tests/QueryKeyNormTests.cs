using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class QueryKeyNormTests
{
    private const float Largest = 1.25f;

    private static readonly Gen<(AttentionShape Shape, int Seed)> Cases =
        from batch in Gen.Choose(1, 2)
        from tokens in Gen.Choose(1, 9)
        from heads in Gen.Choose(1, 3)
        from headSize in Gen.Elements(1, 2, 5, 8)
        from seed in Gen.Choose(0, 1_000_000)
        select (new AttentionShape(batch, tokens, heads, headSize), seed);

    // Lengths well above √ε: differences straddle what lies below.
    private static float[][] Inputs(AttentionShape shape, int seed) =>
        [Array.ConvertAll(Values.Normal(shape.QkvLength, seed), x => x + MathF.CopySign(0.3f, x)), Values.Normal(shape.Heads, seed + 1), Values.Normal(shape.Heads, seed + 2), Values.Normal(shape.QkvLength, seed + 3)];

    private static double[] Reference(AttentionShape shape, double[][] x)
    {
        double[] y = new double[shape.QkvLength];
        Kernels.Reference.QueryKeyNorm.Forward(shape, x[0], x[1], x[2], Largest, y);
        return y;
    }

    [Fact]
    public void Forward_MatchesReference_AndBoundsEveryScore() => Law.Holds(Cases, x =>
    {
        float[][] inputs = Inputs(x.Shape, x.Seed);
        float[] y = EveryCpu.Run(inputs, [EveryCpu.Unwritten(x.Shape.QkvLength)], (cpu, to) => QueryKeyNorm.Forward(cpu, x.Shape, inputs[0], inputs[1], inputs[2], Largest, to[0].Span))[0];
        Near.Equal(Reference(x.Shape, Array.ConvertAll(inputs, v => Near.ToDouble(v))), y, 1e-6, 1e-12, "y");
        double bound = Largest * Largest / Math.Sqrt(x.Shape.HeadSize) * (1 + 1e-6);
        Assert.True(PolynomialAttention.Radius(Cpu.Serial, x.Shape, y) <= bound);
    });

    [Fact]
    public void Backward_MatchesCentralDifferences() => Law.Holds(Cases, x =>
    {
        float[][] inputs = Inputs(x.Shape, x.Seed);
        double[][] wide = Array.ConvertAll(inputs[..3], v => Near.ToDouble(v));
        if (wide[1].Concat(wide[2]).Any(g => Math.Abs(Math.Abs(g) - Largest) < 1e-3)) return; // the limit is a kink
        double[][] expected = GradientCheck.CentralDifferences(v => Reference(x.Shape, v), wide, Near.ToDouble(inputs[3]));
        float[][] actual = EveryCpu.Run(
            inputs, [new float[x.Shape.QkvLength], new float[x.Shape.Heads], new float[x.Shape.Heads]],
            (cpu, to) => QueryKeyNorm.Backward(cpu, x.Shape, inputs[0], inputs[1], inputs[2], Largest, inputs[3], to[0].Span, to[1].Span, to[2].Span));
        for (int i = 0; i < 3; i++) Near.Equal(expected[i], actual[i], 1e-5, 1e-5, $"gradient {i}");
    });

    [Fact]
    public void Backward_Accumulates_AndGainsMayBeLeftOut()
    {
        AttentionShape shape = new(1, 3, 2, 5);
        float[][] x = Inputs(shape, 4);
        float[] once = new float[shape.QkvLength], twice = new float[shape.QkvLength];
        QueryKeyNorm.Backward(Cpu.Serial, shape, x[0], x[1], x[2], Largest, x[3], once, [], []);
        for (int i = 0; i < 2; i++) QueryKeyNorm.Backward(Cpu.Serial, shape, x[0], x[1], x[2], Largest, x[3], twice, [], []);
        Near.SameBits(Array.ConvertAll(once, g => g + g), twice);
    }

    [Fact]
    public void ShortSpans_AreNamed()
    {
        AttentionShape shape = new(1, 3, 2, 5);
        float[][] x = Inputs(shape, 4);
        ArgumentException error = Assert.ThrowsAny<ArgumentException>(() => QueryKeyNorm.Forward(Cpu.Serial, shape, x[0], x[1].AsSpan(1), x[2], Largest, new float[shape.QkvLength]));
        Assert.Contains("queryGain: expected 2 values, got 1", error.Message, StringComparison.Ordinal);
    }
}
