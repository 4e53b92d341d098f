using FsCheck.Fluent;
using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

public class MeanSquaredErrorTests
{
    private const double Tolerance = 8 * Eps; // differences are rounded once, sums as in Reductions

    [Fact]
    public void Forward_EqualsReference() => Law.Holds(Matrices.Where(size => size.Columns > 0), AssertForward);

    [Fact]
    public void Forward_ManyElements_EqualsReference() => AssertForward(new Matrix(3, ManyElements, 1));

    [Fact]
    public void Forward_OfTheTarget_IsZero() =>
        Assert.Equal([0.0, 0.0], Forward(new Matrix(2, 19, 1), Values.Normal(38, 1), Values.Normal(38, 1), []));

    [Fact]
    public void Backward_EqualsReference_AndAccumulates() => Law.Holds(Matrices.Where(size => size.Columns > 0), AssertBackward);

    [Fact]
    public void Backward_ManyElements_EqualsReference() => AssertBackward(new Matrix(3, ManyElements, 1));

    [Fact]
    public void Backward_PowerOfTwoScale_IsExact() =>
        Law.Holds(Matrices.Where(size => size.Columns > 0), size =>
        {
            float[] p = size.Normal(0), t = size.Normal(1), one = new float[p.Length], many = new float[p.Length];
            MeanSquaredError.Backward(Cpu.Serial, p, t, [], size.Rows, size.Columns, 1, one);
            MeanSquaredError.Backward(Cpu.Serial, p, t, [], size.Rows, size.Columns, 1024, many);
            Near.SameBits(Array.ConvertAll(one, value => 1024 * value), many);
        });

    [Fact]
    public void ReferenceBackward_EqualsCentralDifferences()
    {
        const int Samples = 3, Size = 5;
        double[] p = Values.NormalDouble(Samples * Size, 1), t = Values.NormalDouble(Samples * Size, 2), w = [0.5, 1, 3];
        double[][] expected = GradientCheck.CentralDifferences(
            inputs =>
            {
                double[] perSample = new double[Samples];
                Reference.MeanSquaredError.Forward(inputs[0], t, w, Samples, Size, perSample);
                return perSample;
            },
            [p],
            [0.7, 0.7, 0.7]);
        double[] dP = new double[p.Length];
        Reference.MeanSquaredError.Backward(p, t, w, Samples, Size, 0.7, dP);
        Near.Equal(expected[0], dP, GradientCheck.Relative, GradientCheck.Absolute);
    }

    private static double[] Forward(Matrix size, float[] p, float[] t, float[] w)
    {
        double[][] runs = Values.Cpus.Select(cpu =>
        {
            double[] perSample = new double[size.Rows];
            Array.Fill(perSample, double.NaN);
            MeanSquaredError.Forward(cpu, p, t, w, size.Rows, size.Columns, perSample);
            return perSample;
        }).ToArray();
        Assert.All(runs, run => Assert.Equal(runs[0], run));
        return runs[0];
    }

    private static void AssertForward(Matrix size)
    {
        foreach (float[] w in new[] { [], Values.Normal(size.Rows, 3) })
        {
            float[] p = size.Normal(0), t = size.Normal(1);
            double[] expected = new double[size.Rows];
            Reference.MeanSquaredError.Forward(
                Near.ToDouble(p), Near.ToDouble(t), Near.ToDouble(w), size.Rows, size.Columns, expected);
            Near.Equal(expected, Forward(size, p, t, w), Tolerance, 0);
        }
    }

    private static void AssertBackward(Matrix size)
    {
        float[] p = size.Normal(0), t = size.Normal(1), w = Values.Normal(size.Rows, 3), before = size.Normal(4);
        float[] dP = EveryCpu.Run([p, t, w], [before], (cpu, to) => MeanSquaredError.Backward(
            cpu, p, t, w, size.Rows, size.Columns, 0.3f, to[0].Span))[0];
        double[] expected = Near.ToDouble(before);
        Reference.MeanSquaredError.Backward(
            Near.ToDouble(p), Near.ToDouble(t), Near.ToDouble(w), size.Rows, size.Columns, 0.3f, expected);
        Near.EqualToMaximum(expected, dP, Tolerance);
    }
}
