using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

public class SoftmaxTests
{
    private const double BackwardTolerance = 40 * Eps; // of the row's greatest gradient: the sum's error, and one rounding

    private static readonly Gen<(Matrix Size, float Scale)> s_cases =
        from size in Matrices
        from scale in Gen.Elements(0.01f, 1f, 30f)
        select (size, scale);

    [Fact]
    public void Forward_EqualsReference() =>
        Law.Holds(s_cases, c => AssertForward(c.Size, c.Size.Normal(0, c.Scale)));

    [Fact]
    public void Forward_ManyRows_EqualsReference()
    {
        Matrix size = new(1009, 101, Seed: 3);
        AssertForward(size, size.Normal(0));
    }

    [Fact]
    public void Forward_RowsSumToOne() =>
        Law.Holds(s_cases, c =>
        {
            float[] y = Forward(c.Size, c.Size.Normal(0, c.Scale));
            for (int row = 0; row < c.Size.Rows && c.Size.Columns > 0; row++)
            {
                double sum = y.Skip(row * c.Size.Columns).Take(c.Size.Columns).Sum(p => (double)p);
                Assert.InRange(sum, 1 - (16 * Eps), 1 + (16 * Eps)); // 16 roundings in a lane of 16 of 300 columns
            }
        });

    [Fact]
    public void Forward_InvariantToShift() =>
        Law.Holds(Matrices, size =>
        {
            // Eighths plus 1024 are exact in float: the same differences, so the same bits.
            float[] x = Array.ConvertAll(size.Normal(0), value => MathF.Round(8 * value) / 8);
            Near.SameBits(Forward(size, x), Forward(size, Array.ConvertAll(x, value => value + 1024)));
        });

    [Fact]
    public void Forward_LargeScores_DoNotOverflow()
    {
        float[] y = Forward(new Matrix(1, 3, 0), [1000, 1000, 800]);
        Assert.Equal([0.5f, 0.5f, 0f], y);
    }

    [Fact]
    public void Forward_RowOfMinusInfinity_IsZero()
    {
        const float Lowest = float.NegativeInfinity;
        float[] x = [Lowest, Lowest, Lowest, Lowest, 5, Lowest];
        Assert.Equal([0f, 0, 0, 0, 1, 0], Forward(new Matrix(2, 3, 0), x));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Forward_NaNOrInfinity_MakesItsRowNaN_AndNoOther(float special)
    {
        for (int at = 0; at < 35; at++)
        {
            float[] x = Values.Normal(3 * 35, 1);
            x[35 + at] = special;
            float[] y = new float[x.Length];
            foreach (Cpu cpu in Values.Cpus)
            {
                Softmax.Forward(cpu, x, 3, 35, y);
                Assert.All(y[..35], p => Assert.True(float.IsFinite(p)));
                Assert.All(y[35..70], p => Assert.True(float.IsNaN(p)));
                Assert.All(y[70..], p => Assert.True(float.IsFinite(p)));
            }
        }
    }

    [Fact]
    public void Forward_NaNAmongMinusInfinity_GivesNaN()
    {
        float[] x = Enumerable.Repeat(float.NegativeInfinity, 35).ToArray();
        x[20] = float.NaN;
        foreach (Cpu cpu in Values.Cpus)
        {
            float[] y = new float[35];
            Softmax.Forward(cpu, x, 1, 35, y);
            Assert.All(y, p => Assert.True(float.IsNaN(p)));
        }
    }

    [Fact]
    public void Forward_InPlace_GivesTheSame() =>
        Law.Holds(Matrices, size =>
        {
            float[] x = size.Normal(0);
            float[][] inPlace = EveryCpu.Run([], [x], (cpu, to) => Softmax.Forward(cpu, to[0].Span, size.Rows, size.Columns, to[0].Span));
            Near.SameBits(Forward(size, x), inPlace[0]);
        });

    [Fact]
    public void Backward_EqualsReference_AndAccumulates() =>
        Law.Holds(Matrices, size => AssertBackward(size));

    [Fact]
    public void Backward_ManyRows_EqualsReference() => AssertBackward(new Matrix(1009, 101, Seed: 5));

    [Fact]
    public void ReferenceBackward_EqualsCentralDifferences()
    {
        const int Rows = 2, Columns = 5;
        double[] x = Values.NormalDouble(Rows * Columns, 1), dY = Values.NormalDouble(Rows * Columns, 2);
        double[] y = new double[x.Length], dX = new double[x.Length];
        Reference.Softmax.Forward(x, Rows, Columns, y);
        Reference.Softmax.Backward(y, dY, Rows, Columns, dX);
        double[][] expected = GradientCheck.CentralDifferences(
            inputs =>
            {
                double[] output = new double[x.Length];
                Reference.Softmax.Forward(inputs[0], Rows, Columns, output);
                return output;
            },
            [x],
            dY);
        Near.Equal(expected[0], dX, GradientCheck.Relative, GradientCheck.Absolute);
    }

    private static float[] Forward(Matrix size, float[] x) =>
        EveryCpu.Run([x], [EveryCpu.Unwritten(x.Length)], (cpu, to) => Softmax.Forward(cpu, x, size.Rows, size.Columns, to[0].Span))[0];

    private static void AssertForward(Matrix size, float[] x)
    {
        float[] y = Forward(size, x);
        double[] expected = new double[x.Length];
        Reference.Softmax.Forward(Near.ToDouble(x), size.Rows, size.Columns, expected);
        for (int i = 0; i < x.Length; i++)
        {
            // Rounding x_i − max costs half an ulp of it, which the exponential turns into a relative error.
            float max = x.AsSpan(i / size.Columns * size.Columns, size.Columns).ToArray().Max();
            Near.Equal(expected[i], y[i], (16 + max - x[i]) * Eps, 1e-38, $"y[{i}]");
        }
    }

    private static void AssertBackward(Matrix size)
    {
        float[] y = new float[size.Count], dY = size.Normal(1), before = size.Normal(2);
        Softmax.Forward(Cpu.Serial, size.Normal(0), size.Rows, size.Columns, y);
        float[] dX = EveryCpu.Run([y, dY], [before], (cpu, to) => Softmax.Backward(cpu, y, dY, size.Rows, size.Columns, to[0].Span))[0];
        double[] expected = Near.ToDouble(before);
        Reference.Softmax.Backward(Near.ToDouble(y), Near.ToDouble(dY), size.Rows, size.Columns, expected);
        Near.EqualToMaximum(expected, dX, BackwardTolerance);
    }
}
