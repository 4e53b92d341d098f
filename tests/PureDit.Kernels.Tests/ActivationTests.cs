using FsCheck.Fluent;
using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

/// <summary>The laws of an activation function; GELU and SiLU inherit the tests, not code.</summary>
public abstract class ActivationTests
{
    private const double Tolerance = 1e-6; // times max(1, |x|): near the zero at x → −∞ the relative error is conditioning

    internal delegate void ForwardKernel(Cpu cpu, ReadOnlySpan<float> x, Span<float> y);

    internal delegate void BackwardKernel(Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> dY, Span<float> dX);

    internal delegate void ForwardReference(ReadOnlySpan<double> x, Span<double> y);

    internal delegate void BackwardReference(ReadOnlySpan<double> x, ReadOnlySpan<double> dY, Span<double> dX);

    internal abstract ForwardKernel Forward { get; }

    internal abstract BackwardKernel Backward { get; }

    internal abstract ForwardReference ReferenceForward { get; }

    internal abstract BackwardReference ReferenceBackward { get; }

    [Fact]
    public void Forward_EqualsReference() =>
        Law.Holds(from v in Vectors from scale in Gen.Elements(0.1f, 1f, 10f) select (v, scale), c => AssertForward(c.v, c.scale));

    [Fact]
    public void Forward_ManyElements_EqualsReference() => AssertForward(new Vector(ManyElements, 1), 3);

    [Fact]
    public void Forward_MinusForwardOfMinusX_IsX() =>
        Law.Holds(Vectors, v =>
        {
            float[] x = v.Normal(0, 3), plus = Run(x), minus = Run(Array.ConvertAll(x, value => -value));
            for (int i = 0; i < x.Length; i++) Near.Equal(x[i], plus[i] - minus[i], 0, Tolerance * Math.Max(1, Math.Abs(x[i])));
        });

    [Fact]
    public void Forward_SpecialValues()
    {
        float[] y = Run([0f, -0f, float.PositiveInfinity, float.NaN, -1e30f, 1e30f, float.Epsilon, -200, 200]);
        Near.SameBits([0f, -0f, float.PositiveInfinity], y.AsSpan(0, 3));
        Assert.True(float.IsNaN(y[3]));
        Near.SameBits([-0f, 1e30f], y.AsSpan(4, 2));
        Assert.InRange(y[6], 0, float.Epsilon);
        Near.SameBits([-0f, 200], y.AsSpan(7));
    }

    [Fact]
    public void Backward_EqualsReference_AndAccumulates() =>
        Law.Holds(from v in Vectors from scale in Gen.Elements(0.1f, 1f, 10f) select (v, scale), c => AssertBackward(c.v, c.scale));

    [Fact]
    public void Backward_ManyElements_EqualsReference() => AssertBackward(new Vector(ManyElements, 2), 3);

    [Fact]
    public void Backward_OfHugeInput_IsZeroOrTheGradient()
    {
        float[] x = [float.NegativeInfinity, -1e30f, -200, 200, 1e30f, float.PositiveInfinity];
        float[] dX = RunBackward(x, [2, 2, 2, 2, 2, 2], new float[6]);
        Assert.Equal([0f, 0, 0, 2, 2, 2], dX);
    }

    [Fact]
    public void ReferenceBackward_EqualsCentralDifferences()
    {
        double[] x = Array.ConvertAll(Values.NormalDouble(101, 1), value => 3 * value), dY = Values.NormalDouble(101, 2);
        double[] dX = new double[x.Length];
        ReferenceBackward(x, dY, dX);
        double[][] expected = GradientCheck.CentralDifferences(
            inputs =>
            {
                double[] y = new double[x.Length];
                ReferenceForward(inputs[0], y);
                return y;
            },
            [x],
            dY);
        Near.Equal(expected[0], dX, GradientCheck.Relative, GradientCheck.Absolute);
    }

    private float[] Run(float[] x) =>
        EveryCpu.Run([x], [EveryCpu.Unwritten(x.Length)], (cpu, to) => Forward(cpu, x, to[0].Span))[0];

    private float[] RunBackward(float[] x, float[] dY, float[] before) =>
        EveryCpu.Run([x, dY], [before], (cpu, to) => Backward(cpu, x, dY, to[0].Span))[0];

    private void AssertForward(Vector v, float scale)
    {
        float[] x = v.Normal(0, scale), y = Run(x);
        double[] expected = new double[x.Length];
        ReferenceForward(Near.ToDouble(x), expected);
        for (int i = 0; i < x.Length; i++) Near.Equal(expected[i], y[i], 0, Tolerance * Math.Max(1, Math.Abs(x[i])), $"x = {x[i]}: y");
    }

    private void AssertBackward(Vector v, float scale)
    {
        float[] x = v.Normal(0, scale), dY = v.Normal(1), before = v.Normal(2), dX = RunBackward(x, dY, before);
        double[] expected = Near.ToDouble(before);
        ReferenceBackward(Near.ToDouble(x), Near.ToDouble(dY), expected);
        for (int i = 0; i < x.Length; i++)
        {
            double size = Math.Max(1, Math.Abs(x[i])) * (Math.Abs(dY[i]) + Math.Abs(before[i]));
            Near.Equal(expected[i], dX[i], 0, 2 * Tolerance * size, $"x = {x[i]}: dX"); // the slope, and one more sum
        }
    }
}

public sealed class GeluTests : ActivationTests
{
    internal override ForwardKernel Forward => Gelu.Forward;

    internal override BackwardKernel Backward => Gelu.Backward;

    internal override ForwardReference ReferenceForward => Reference.Gelu.Forward;

    internal override BackwardReference ReferenceBackward => Reference.Gelu.Backward;
}

public sealed class SiluTests : ActivationTests
{
    internal override ForwardKernel Forward => Silu.Forward;

    internal override BackwardKernel Backward => Silu.Backward;

    internal override ForwardReference ReferenceForward => Reference.Silu.Forward;

    internal override BackwardReference ReferenceBackward => Reference.Silu.Backward;
}
