using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class GroupNormTests
{
    private const int Cases = 40;
    private const float Epsilon = 1e-5f;
    private const double Tolerance = 1e-5; // of the greatest value: chains of up to 9 frames, of which a mean is taken away
    private const double GradientTolerance = 5e-5; // of the greatest gradient: sums of such values, which cancel

    private sealed record Case(GroupNormShape Shape, int Stride, int Seed)
    {
        public int ChunkLength => Shape.Samples == 0 || Stride == 0 ? Shape.Channels : ((Shape.Samples - 1) * Stride) + Shape.Channels;

        public float[] Normal(int number) => Values.Normal(Shape.Count, unchecked(Seed + number));

        public float[] Chunks(int number) => Values.Normal(ChunkLength, unchecked(Seed + number));
    }

    private static Gen<Case> Shapes =>
        from samples in Gen.Choose(0, 4)
        from frames in Gen.Choose(1, 9)
        from groups in Gen.Choose(1, 5)
        from size in Gen.Elements(3, 5, 8, 16, 17) // two values of one frame would be ±1, with no gradient
        from gap in Gen.Elements(-1, 0, 7) // −1: one chunk for all samples
        from seed in Kernels.Tests.Cases.Seed
        select new Case(new(samples, frames, groups * size, groups), gap < 0 ? 0 : (groups * size) + gap, seed);

    [Fact]
    public void Forward_EqualsReference() => Law.Holds(Shapes, c =>
    {
        float[] x = Array.ConvertAll(c.Normal(0), value => value + 3), shift = c.Chunks(1), scale = c.Chunks(2);
        (float[] y, float[] mean, float[] std) = Forward(c, x, shift, scale);
        double[] y64 = new double[x.Length], mean64 = new double[mean.Length], std64 = new double[std.Length];
        Reference.GroupNorm.Forward(Near.ToDouble(x), Near.ToDouble(shift), Near.ToDouble(scale), c.Shape, c.Stride, Epsilon, y64, mean64, std64);
        Near.EqualToMaximum(y64, y, Tolerance, "y");
        Near.EqualToMaximum(mean64, mean, Tolerance, "mean");
        Near.Equal(std64, std, 1e-4, 0, "inverseStd");
    }, Cases);

    [Fact]
    public void Forward_EveryGroupHasMeanZeroAndVarianceOne_WhateverTheOthersAre() => Law.Holds(Shapes, c =>
    {
        int size = c.Shape.Channels / c.Shape.Groups;
        float[] x = c.Normal(0);
        for (int i = 0; i < x.Length; i++) x[i] *= 1 + (i % c.Shape.Channels / size); // each group its own deviation
        float[] y = Forward(c, x, [], []).Y;
        for (int n = 0; n < c.Shape.Samples; n++)
        {
            for (int g = 0; g < c.Shape.Groups; g++)
            {
                double[] group = [.. from t in Enumerable.Range(0, c.Shape.Frames) from k in Enumerable.Range(g * size, size) select (double)y[(((n * c.Shape.Frames) + t) * c.Shape.Channels) + k]];
                Near.Equal(0, group.Average(), 0, 1e-5, "mean");
                Assert.InRange(group.Average(v => v * v), 0.9, 1 + 1e-4); // ε takes a little
            }
        }
    }, Cases);

    [Fact]
    public void Forward_OneGroupOfOneFrame_IsLayerNorm()
    {
        float[] x = Values.Normal(7 * 19, 1), y = new float[7 * 19], expected = new float[7 * 19], mean = new float[7], std = new float[7];
        GroupNorm.Forward(Cpu.Serial, x, [], [], new(7, 1, 19, 1), 0, Epsilon, y, mean, std);
        LayerNorm.Forward(Cpu.Serial, x, [], [], 7, 19, 1, 19, Epsilon, expected, mean, std);
        Near.Equal(Near.ToDouble(expected), y, 1e-5, 1e-5);
    }

    [Fact]
    public void Forward_ConstantGroup_GivesItsShift_Exactly()
    {
        float[] x = new float[3 * 5 * 6], shift = Values.Normal(6, 1), scale = Values.Normal(6, 2);
        Array.Fill(x, -1e6f / 3);
        float[] y = Forward(new(new(3, 5, 6, 2), 0, 0), x, shift, scale).Y;
        for (int i = 0; i < y.Length; i++) Assert.Equal(shift[i % 6], y[i]);
    }

    [Fact]
    public void Backward_EqualsReference_AndAccumulates() => Law.Holds(Shapes, AssertBackward, Cases);

    [Fact]
    public void Backward_ManySamples_OneChunk_IsOneChainPerChannel() => AssertBackward(new(new(20_011, 1, 6, 2), 0, 1));

    private static void AssertBackward(Case c)
    {
        float[] x = c.Normal(0), scale = c.Chunks(1), dY = c.Normal(2), dX = c.Normal(3), dShift = c.Chunks(4), dScale = c.Chunks(5);
        (_, float[] mean, float[] std) = Forward(c, x, [], scale);
        float[][] results = EveryCpu.Run([x, scale, mean, std, dY], [dX, dShift, dScale], (cpu, to) => GroupNorm.Backward(
            cpu, x, scale, mean, std, dY, c.Shape, c.Stride, to[0].Span, to[1].Span, to[2].Span));
        double[] dX64 = Near.ToDouble(dX), dShift64 = Near.ToDouble(dShift), dScale64 = Near.ToDouble(dScale);
        Reference.GroupNorm.Backward(
            Near.ToDouble(x), Near.ToDouble(scale), Near.ToDouble(mean), Near.ToDouble(std), Near.ToDouble(dY), c.Shape, c.Stride, dX64, dShift64, dScale64);
        Near.EqualToMaximum(dX64, results[0], GradientTolerance, "dX");
        Near.EqualToMaximum(dShift64, results[1], GradientTolerance, "dShift");
        Near.EqualToMaximum(dScale64, results[2], GradientTolerance, "dScale");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    public void ReferenceBackward_EqualsCentralDifferences(int stride)
    {
        GroupNormShape shape = new(3, 5, 6, 2);
        int chunks = stride == 0 ? 6 : (2 * stride) + 6;
        double[] x = Values.NormalDouble(shape.Count, 1), shift = Values.NormalDouble(chunks, 2), scale = Values.NormalDouble(chunks, 3);
        double[] dY = Values.NormalDouble(shape.Count, 4), mean = new double[6], std = new double[6];
        double[] Forward(double[][] inputs)
        {
            double[] y = new double[shape.Count];
            Reference.GroupNorm.Forward(inputs[0], inputs[1], inputs[2], shape, stride, 1e-3, y, mean, std);
            return y;
        }

        double[][] expected = GradientCheck.CentralDifferences(Forward, [x, shift, scale], dY);
        Forward([x, shift, scale]);
        double[] dX = new double[x.Length], dShift = new double[chunks], dScale = new double[chunks];
        Reference.GroupNorm.Backward(x, scale, mean, std, dY, shape, stride, dX, dShift, dScale);
        Near.Equal(expected[0], dX, GradientCheck.Relative, GradientCheck.Absolute, "dX");
        Near.Equal(expected[1], dShift, GradientCheck.Relative, GradientCheck.Absolute, "dShift");
        Near.Equal(expected[2], dScale, GradientCheck.Relative, GradientCheck.Absolute, "dScale");
    }

    [Fact]
    public void Backward_EmptyDestinations_ArePassedOver()
    {
        GroupNormShape shape = new(3, 5, 6, 2);
        float[] x = Values.Normal(90, 1), dY = Values.Normal(90, 2), mean = new float[6], std = new float[6];
        GroupNorm.Forward(Cpu.Serial, x, [], [], shape, 0, Epsilon, new float[90], mean, std);
        float[] dX = new float[90], dShift = new float[6], dScale = new float[6], only = new float[90], onlyShift = new float[6], onlyScale = new float[6];
        GroupNorm.Backward(Cpu.Serial, x, [], mean, std, dY, shape, 0, dX, dShift, dScale);
        GroupNorm.Backward(Cpu.Serial, x, [], mean, std, dY, shape, 0, only, [], []);
        GroupNorm.Backward(Cpu.Serial, x, [], mean, std, dY, shape, 0, [], onlyShift, []);
        GroupNorm.Backward(Cpu.Serial, x, [], mean, std, dY, shape, 0, [], [], onlyScale);
        Near.SameBits(dX, only);
        Near.SameBits(dShift, onlyShift);
        Near.SameBits(dScale, onlyScale);
    }

    [Fact]
    public void WarmCalls_AllocateNothing()
    {
        GroupNormShape shape = new(8, 16, 24, 4);
        float[] x = Values.Normal(shape.Count, 1), y = new float[shape.Count], mean = new float[32], std = new float[32];
        Assert.Equal(0, Allocations.Of(() =>
        {
            GroupNorm.Forward(Cpu.Serial, x, [], [], shape, 0, Epsilon, y, mean, std);
            GroupNorm.Backward(Cpu.Serial, x, [], mean, std, x, shape, 0, y, [], []);
        }));
    }

    [Fact]
    public void Groups_MustDivideTheChannels() => Assert.Contains("Groups: expected a divisor of 6 channels, got 4", Assert.Throws<ArgumentException>(
        () => GroupNorm.Forward(Cpu.Serial, new float[6], [], [], new(1, 1, 6, 4), 0, 0, new float[6], new float[4], new float[4])).Message, StringComparison.Ordinal);

    private static (float[] Y, float[] Mean, float[] InverseStd) Forward(Case c, float[] x, float[] shift, float[] scale)
    {
        float[][] results = EveryCpu.Run(
            [x, shift, scale],
            [EveryCpu.Unwritten(x.Length), EveryCpu.Unwritten(c.Shape.StatisticsLength), EveryCpu.Unwritten(c.Shape.StatisticsLength)],
            (cpu, to) => GroupNorm.Forward(cpu, x, shift, scale, c.Shape, c.Stride, Epsilon, to[0].Span, to[1].Span, to[2].Span));
        return (results[0], results[1], results[2]);
    }
}
