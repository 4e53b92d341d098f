using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

/// <summary>The moves around a convolution: windows, repetitions, channels side by side.</summary>
public class ConvolutionTests
{
    private const int Cases = 40;
    private const double SumTolerance = 1e-6; // of the greatest value: chains of at most seven additions

    private static Gen<(WindowShape Shape, int Seed)> Windows =>
        from samples in Gen.Choose(0, 3)
        from frames in Gen.Choose(1, 9)
        from channels in Gen.Elements(1, 2, 3, 15, 16, 17, 35)
        from size in Gen.Choose(1, 5)
        from stride in Gen.Choose(1, 3)
        from padding in Gen.Choose(0, 6)
        from seed in Seed
        select (new WindowShape(samples, frames, channels, size, stride, padding), seed);

    [Fact]
    public void Unfold_EqualsReference() => Law.Holds(Windows, c =>
    {
        (WindowShape shape, int seed) = c;
        float[] x = Values.Normal(shape.Samples * shape.Frames * shape.Channels, seed);
        double[] expected = new double[shape.Samples * shape.Windows * shape.Width];
        float[] y = EveryCpu.Run([x], [EveryCpu.Unwritten(expected.Length)], (cpu, to) => Unfold.Forward(cpu, x, shape, to[0].Span))[0];
        Reference.Unfold.Forward(Near.ToDouble(x), shape, expected);
        Near.SameBits(Near.ToFloat(expected), y); // values are only moved
    }, Cases);

    [Fact]
    public void UnfoldBackward_EqualsReference_AndAccumulates() => Law.Holds(Windows, c =>
    {
        (WindowShape shape, int seed) = c;
        float[] dY = Values.Normal(shape.Samples * shape.Windows * shape.Width, seed);
        float[] before = Values.Normal(shape.Samples * shape.Frames * shape.Channels, seed + 1);
        float[] dX = EveryCpu.Run([dY], [before], (cpu, to) => Unfold.Backward(cpu, dY, shape, to[0].Span))[0];
        double[] expected = Near.ToDouble(before);
        Reference.Unfold.Backward(Near.ToDouble(dY), shape, expected);
        Near.EqualToMaximum(expected, dX, SumTolerance);
    }, Cases);

    [Fact]
    public void Unfold_IsCentred_WherePaddingIsHalfOfTheWindow()
    {
        float[] x = [1, 2, 3, 4, 5], y = new float[15];
        Unfold.Forward(Cpu.Serial, x, new WindowShape(1, 5, 1, 3, 1, 1), y);
        Assert.Equal([0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 0], y);
    }

    [Theory]
    [InlineData(16, 3, 2, 1, 8)]
    [InlineData(7, 3, 2, 1, 4)]
    [InlineData(2, 5, 1, 1, 0)]
    [InlineData(3, 5, 1, 1, 1)]
    public void Windows_AreAsManyAsFit(int frames, int size, int stride, int padding, int windows) =>
        Assert.Equal(windows, new WindowShape(1, frames, 1, size, stride, padding).Windows);

    [Fact]
    public void Upsample_EqualsReference_AndItsBackwardIsTheSum() => Law.Holds(
        from size in Matrices from factor in Gen.Choose(1, 4) select (size, factor), c =>
        {
            (Matrix size, int factor) = c;
            float[] x = size.Normal(0), dY = Values.Normal(size.Count * factor, size.Seed), before = size.Normal(1);
            double[] y = new double[size.Count * factor], dX = Near.ToDouble(before);
            Reference.Upsample.Forward(Near.ToDouble(x), size.Rows, size.Columns, factor, y);
            Reference.Upsample.Backward(Near.ToDouble(dY), size.Rows, size.Columns, factor, dX);
            float[] forward = EveryCpu.Run([x], [EveryCpu.Unwritten(y.Length)], (cpu, to) =>
                Upsample.Forward(cpu, x, size.Rows, size.Columns, factor, to[0].Span))[0];
            float[] backward = EveryCpu.Run([dY], [before], (cpu, to) =>
                Upsample.Backward(cpu, dY, size.Rows, size.Columns, factor, to[0].Span))[0];
            Near.SameBits(Near.ToFloat(y), forward);
            Near.EqualToMaximum(dX, backward, SumTolerance);
        }, Cases);

    [Fact]
    public void Concatenate_EqualsReference_AndItsBackwardSharesOut() => Law.Holds(
        from size in Matrices from other in Values.Length select (size, other), c =>
        {
            (Matrix size, int other) = c;
            int rows = size.Rows;
            float[] x = size.Normal(0), y = Values.Normal(rows * other, size.Seed), dZ = Values.Normal(x.Length + y.Length, 3);
            float[] beforeX = size.Normal(1), beforeY = Values.Normal(y.Length, 4);
            double[] z = new double[dZ.Length], dX = Near.ToDouble(beforeX), dY = Near.ToDouble(beforeY);
            Reference.Concatenate.Forward(Near.ToDouble(x), Near.ToDouble(y), rows, size.Columns, other, z);
            Reference.Concatenate.Backward(Near.ToDouble(dZ), rows, size.Columns, other, dX, dY);
            float[] forward = EveryCpu.Run([x, y], [EveryCpu.Unwritten(z.Length)], (cpu, to) =>
                Concatenate.Forward(cpu, x, y, rows, size.Columns, other, to[0].Span))[0];
            float[][] backward = EveryCpu.Run([dZ], [beforeX, beforeY], (cpu, to) =>
                Concatenate.Backward(cpu, dZ, rows, size.Columns, other, to[0].Span, to[1].Span));
            Near.SameBits(Near.ToFloat(z), forward);
            Near.SameBits(Near.ToFloat(dX), backward[0]); // one addition, rounded once
            Near.SameBits(Near.ToFloat(dY), backward[1]);
        }, Cases);

    [Fact]
    public void References_AreAdjointToTheirBackward()
    {
        WindowShape shape = new(2, 7, 3, 4, 2, 1);
        IsAdjoint(2 * 7 * 3, shape.Samples * shape.Windows * shape.Width,
            (x, y) => Reference.Unfold.Forward(x, shape, y), (dY, dX) => Reference.Unfold.Backward(dY, shape, dX));
        IsAdjoint(5 * 3, 5 * 3 * 2,
            (x, y) => Reference.Upsample.Forward(x, 5, 3, 2, y), (dY, dX) => Reference.Upsample.Backward(dY, 5, 3, 2, dX));
        IsAdjoint(5 * 7, 5 * 7,
            (x, z) => Reference.Concatenate.Forward(x.AsSpan(0, 10), x.AsSpan(10), 5, 2, 5, z),
            (dZ, dX) => Reference.Concatenate.Backward(dZ, 5, 2, 5, dX.AsSpan(0, 10), dX.AsSpan(10)));
    }

    [Fact]
    public void WarmCalls_AllocateNothing()
    {
        WindowShape shape = new(4, 16, 24, 3, 1, 1);
        float[] x = Values.Normal(4 * 16 * 24, 1), wide = new float[3 * x.Length], dX = new float[x.Length];
        Assert.Equal(0, Allocations.Of(() =>
        {
            Unfold.Forward(Cpu.Serial, x, shape, wide);
            Unfold.Backward(Cpu.Serial, wide, shape, dX);
            Upsample.Forward(Cpu.Serial, x, 64, 24, 2, wide);
            Upsample.Backward(Cpu.Serial, wide, 64, 24, 2, dX);
            Concatenate.Forward(Cpu.Serial, x, dX, 64, 24, 24, wide);
            Concatenate.Backward(Cpu.Serial, wide, 64, 24, 24, dX, []);
        }));
    }

    // ⟨A x, w⟩ = ⟨x, Aᵀ w⟩.
    private static void IsAdjoint(int inputs, int outputs, Action<double[], double[]> forward, Action<double[], double[]> backward)
    {
        double[] x = Values.NormalDouble(inputs, 1), w = Values.NormalDouble(outputs, 2), y = new double[outputs], dX = new double[inputs];
        forward(x, y);
        backward(w, dX);
        Near.Equal(y.Zip(w, (a, b) => a * b).Sum(), x.Zip(dX, (a, b) => a * b).Sum(), 1e-12, 1e-12);
    }
}
