using FsCheck.Fluent;
using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

public class LayerNormTests
{
    private const float Epsilon = 1e-6f;
    private const double InputGradientTolerance = 1e-5; // of the greatest dX
    private const double ModulationGradientTolerance = 5e-6; // of the greatest value

    [Fact]
    public void Forward_EqualsReference() =>
        Law.Holds(
            from size in Modulations from mu in Gen.Elements(0f, 1f, 100f) from epsilon in Gen.Elements(Epsilon, 0.5f) select (size, mu, epsilon),
            c => AssertForward(c.size, c.mu, c.epsilon));

    [Fact]
    public void Forward_ManyRows_EqualsReference() => AssertForward(new Modulated(1009, 101, 17, 6 * 101, 1), 0);

    [Fact]
    public void Forward_LargeMean_KeepsItsDigits()
    {
        // The one-pass variance E[x²] − μ² is off by thousands here, or negative.
        float[] x = Array.ConvertAll(Values.Normal(3 * 768, 1), value => value + 1e4f);
        (float[] y, _, float[] inverseStd) = Plain(x, 3, 768, Epsilon);
        Assert.All(y, value => Assert.InRange(value, -5, 5));
        Assert.All(inverseStd, value => Assert.InRange(value, 0.9f, 1.1f));
        AssertForward(new Modulated(3, 769, 1, 769, 2), 1e4f);
    }

    [Fact]
    public void Forward_WithoutModulation_GivesMeanZeroAndVarianceOne() =>
        Law.Holds(Matrices.Where(size => size.Columns > 4), size =>
        {
            (float[] y, _, _) = Plain(size.Normal(0, 5), size.Rows, size.Columns, Epsilon);
            for (int row = 0; row < size.Rows; row++)
            {
                double[] values = Near.ToDouble(y.AsSpan(row * size.Columns, size.Columns));
                Assert.InRange(values.Average(), -8 * Eps, 8 * Eps);
                Assert.InRange(values.Average(value => value * value), 1 - 1e-5, 1 + 1e-5);
            }
        });

    [Fact]
    public void Forward_InvariantToScale_WithoutEpsilon() =>
        Law.Holds(Matrices.Where(size => size.Columns > 1), size =>
        {
            float[] x = size.Normal(0), times = Array.ConvertAll(x, value => 64 * value);
            Near.SameBits(Plain(x, size.Rows, size.Columns, 0).Y, Plain(times, size.Rows, size.Columns, 0).Y);
            Near.SameBits(
                Plain(x, size.Rows, size.Columns, Epsilon).Y, Plain(times, size.Rows, size.Columns, 64 * 64 * Epsilon).Y);
        });

    [Fact]
    public void Forward_ConstantRow_GivesTheShift()
    {
        float[] x = new float[2 * 19], shift = Values.Normal(19, 1), scale = Values.Normal(19, 2);
        Array.Fill(x, 3.5f);
        float[] y = Forward(new Modulated(2, 19, 2, 19, 0), x, shift, scale, Epsilon)[0];
        Near.SameBits([.. shift, .. shift], y);
    }

    [Fact]
    public void Forward_ConstantRow_HasThatMean_Exactly() =>
        Law.Holds(from size in Matrices.Where(size => size.Columns > 0) from value in Gen.Elements(0.1f, -1e6f / 3, 3e38f) select (size, value), c =>
        {
            float[] x = new float[c.size.Count];
            Array.Fill(x, c.value);
            (float[] y, float[] mean, _) = Plain(x, c.size.Rows, c.size.Columns, Epsilon);
            Assert.All(mean, mu => Assert.Equal(c.value, mu));
            Assert.All(y, value => Assert.Equal(0f, value));
        });

    [Fact]
    public void Forward_NaN_StaysInItsRow()
    {
        float[] x = Values.Normal(3 * 35, 1);
        x[35 + 33] = float.NaN;
        (float[] y, _, _) = Plain(x, 3, 35, Epsilon);
        Assert.All(y[35..70], value => Assert.True(float.IsNaN(value)));
        Assert.All([.. y[..35], .. y[70..]], value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Backward_EqualsReference_AndAccumulates() => Law.Holds(Modulations, size => AssertBackward(size, modulated: true));

    [Fact]
    public void Backward_WithoutModulation_EqualsReference() => Law.Holds(Modulations, size => AssertBackward(size, modulated: false));

    [Fact]
    public void Backward_ManyRows_EqualsReference() => AssertBackward(new Modulated(1009, 101, 170, 6 * 101, 1), modulated: true);

    [Fact]
    public void Backward_EmptyDestinations_ArePassedOver()
    {
        float[] x = Values.Normal(4 * 19, 1), dY = Values.Normal(4 * 19, 2), scale = Values.Normal(2 * 19, 3);
        (_, float[] mean, float[] std) = Plain(x, 4, 19, Epsilon);
        float[] dX = new float[4 * 19], dShift = new float[2 * 19], dScale = new float[2 * 19], only = new float[4 * 19];
        LayerNorm.Backward(Cpu.Serial, x, scale, mean, std, dY, 4, 19, 2, 19, dX, dShift, dScale);
        LayerNorm.Backward(Cpu.Serial, x, scale, mean, std, dY, 4, 19, 2, 19, only, [], []);
        Near.SameBits(dX, only);
        float[] shiftOnly = new float[2 * 19], scaleOnly = new float[2 * 19];
        LayerNorm.Backward(Cpu.Serial, x, scale, mean, std, dY, 4, 19, 2, 19, [], shiftOnly, []);
        LayerNorm.Backward(Cpu.Serial, x, scale, mean, std, dY, 4, 19, 2, 19, [], [], scaleOnly);
        Near.SameBits(dShift, shiftOnly);
        Near.SameBits(dScale, scaleOnly);
    }

    [Fact]
    public void ReferenceBackward_EqualsCentralDifferences()
    {
        const int Rows = 5, Width = 7, RowsPerSample = 3, Stride = 11;
        int chunks = Stride + Width;
        double[] x = Values.NormalDouble(Rows * Width, 1), dY = Values.NormalDouble(Rows * Width, 2);
        double[] shift = Values.NormalDouble(chunks, 3), scale = Values.NormalDouble(chunks, 4);
        double[] mean = new double[Rows], std = new double[Rows];
        double[] Forward(double[][] inputs)
        {
            double[] y = new double[Rows * Width];
            Reference.LayerNorm.Forward(inputs[0], inputs[1], inputs[2], Rows, Width, RowsPerSample, Stride, 1e-3, y, mean, std);
            return y;
        }

        double[][] expected = GradientCheck.CentralDifferences(Forward, [x, shift, scale], dY);
        Forward([x, shift, scale]);
        double[] dX = new double[x.Length], dShift = new double[chunks], dScale = new double[chunks];
        Reference.LayerNorm.Backward(x, scale, mean, std, dY, Rows, Width, RowsPerSample, Stride, dX, dShift, dScale);
        Near.Equal(expected[0], dX, GradientCheck.Relative, GradientCheck.Absolute, "dX");
        Near.Equal(expected[1], dShift, GradientCheck.Relative, GradientCheck.Absolute, "dShift");
        Near.Equal(expected[2], dScale, GradientCheck.Relative, GradientCheck.Absolute, "dScale");
    }

    private static (float[] Y, float[] Mean, float[] InverseStd) Plain(float[] x, int rows, int width, float epsilon)
    {
        float[][] results = EveryCpu.Run(
            [x],
            [EveryCpu.Unwritten(x.Length), EveryCpu.Unwritten(rows), EveryCpu.Unwritten(rows)],
            (cpu, to) => LayerNorm.Forward(cpu, x, [], [], rows, width, 1, width, epsilon, to[0].Span, to[1].Span, to[2].Span));
        return (results[0], results[1], results[2]);
    }

    private static float[][] Forward(Modulated size, float[] x, float[] shift, float[] scale, float epsilon) =>
        EveryCpu.Run(
            [x, shift, scale],
            [EveryCpu.Unwritten(x.Length), EveryCpu.Unwritten(size.Rows), EveryCpu.Unwritten(size.Rows)],
            (cpu, to) => LayerNorm.Forward(
                cpu, x, shift, scale, size.Rows, size.Width, size.RowsPerSample, size.Stride, epsilon,
                to[0].Span, to[1].Span, to[2].Span));

    private static void AssertForward(Modulated size, float mu, float epsilon = Epsilon)
    {
        float[] x = Array.ConvertAll(size.Normal(0), value => value + mu), shift = size.Chunks(1), scale = size.Chunks(2);
        float[][] results = Forward(size, x, shift, scale, epsilon);
        double[] y = new double[x.Length], mean = new double[size.Rows], std = new double[size.Rows];
        Reference.LayerNorm.Forward(
            Near.ToDouble(x), Near.ToDouble(shift), Near.ToDouble(scale),
            size.Rows, size.Width, size.RowsPerSample, size.Stride, epsilon, y, mean, std);
        for (int i = 0; i < x.Length; i++)
        {
            int row = i / size.Width, at = (row / size.RowsPerSample * size.Stride) + (i % size.Width);
            double normalised = Math.Abs((x[i] - mean[row]) * std[row]), factor = 1 + Math.Abs(scale[at]);
            double bound = 16 * Eps * (1 + (Math.Abs(mean[row]) * std[row])) * (1 + normalised) * factor;
            Near.Equal(y[i], results[0][i], 0, bound + (Eps * Math.Abs(shift[at])), $"y[{i}]");
        }

        Near.Equal(mean, results[1], 16 * Eps, 16 * Eps, "mean");
        if (size.Width > 2) Near.Equal(std, results[2], 1e-4, 0, "inverseStd"); // two values may be nearly equal
    }

    private static void AssertBackward(Modulated size, bool modulated)
    {
        float[] x = size.Normal(0), scale = modulated ? size.Chunks(1) : [], dY = size.Normal(2);
        float[] mean = new float[size.Rows], std = new float[size.Rows];
        LayerNorm.Forward(
            Cpu.Serial, x, [], [], size.Rows, size.Width, 1, size.Width, 1e-2f, new float[x.Length], mean, std);
        float[] dX = size.Normal(3), dShift = size.Chunks(4), dScale = size.Chunks(5);
        float[][] results = EveryCpu.Run([x, scale, mean, std, dY], [dX, dShift, dScale], (cpu, to) => LayerNorm.Backward(
            cpu, x, scale, mean, std, dY, size.Rows, size.Width, size.RowsPerSample, size.Stride,
            to[0].Span, to[1].Span, to[2].Span));

        double[] dX64 = Near.ToDouble(dX), dShift64 = Near.ToDouble(dShift), dScale64 = Near.ToDouble(dScale);
        Reference.LayerNorm.Backward(
            Near.ToDouble(x), Near.ToDouble(scale), Near.ToDouble(mean), Near.ToDouble(std), Near.ToDouble(dY),
            size.Rows, size.Width, size.RowsPerSample, size.Stride, dX64, dShift64, dScale64);
        Near.EqualToMaximum(dX64, results[0], InputGradientTolerance, "dX");
        Near.EqualToMaximum(dShift64, results[1], ModulationGradientTolerance, "dShift");
        Near.EqualToMaximum(dScale64, results[2], ModulationGradientTolerance, "dScale");
    }
}
