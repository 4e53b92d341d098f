using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

/// <summary>The exponential and the hyperbolic tangent of whole arrays.</summary>
public class ExpTanhTests
{
    private const float Infinity = float.PositiveInfinity;

    private delegate void Kernel(Cpu cpu, ReadOnlySpan<float> x, Span<float> y);

    private delegate void ReferenceKernel(ReadOnlySpan<double> x, Span<double> y);

    [Fact]
    public void Exp_EqualsReference() =>
        Law.Holds(Vectors, v => AssertNear(v.Normal(0, 10), Elementwise.Exp, Reference.Elementwise.Exp));

    [Fact]
    public void Tanh_EqualsReference() =>
        Law.Holds(Vectors, v => AssertNear(v.Normal(0, 2), Elementwise.Tanh, Reference.Elementwise.Tanh));

    [Fact]
    public void ManyElements_EqualReference()
    {
        AssertNear(Values.Normal(ManyElements, 1), Elementwise.Exp, Reference.Elementwise.Exp);
        AssertNear(Values.Normal(ManyElements, 2), Elementwise.Tanh, Reference.Elementwise.Tanh);
    }

    [Fact]
    public void Tanh_OverAllFloats_IsWithinOneUlp()
    {
        double bound = HasFusedMultiplyAdd ? 1 : 2; // largest over all floats: 1, at |x| = 8.66
        foreach (SimdLevel simd in SimdLevels.Supported)
        {
            Assert.InRange(SimdMathTests.LargestError(new Cpu(1, simd), Tanh, Math.Tanh), 0, bound);
        }
    }

    [Fact]
    public void Tanh_IsOdd_ToTheBit() =>
        Law.Holds(Vectors, v =>
        {
            float[] x = v.Normal(0, 3), minus = Array.ConvertAll(x, value => -value);
            Near.SameBits(Array.ConvertAll(Run(Elementwise.Tanh, x), value => -value), Run(Elementwise.Tanh, minus));
        });

    [Fact]
    public void SpecialValues()
    {
        const float Tiny = float.Epsilon, Small = 1e-20f;
        float[] x = [0f, -0f, Infinity, -Infinity, 1e30f, -1e30f, 9.02f, -9.02f, Tiny, -Tiny, Small, -Small];
        Near.SameBits([0f, -0f, 1, -1, 1, -1, 1, -1, Tiny, -Tiny, Small, -Small], Run(Elementwise.Tanh, x));
        Near.SameBits([1f, 1, Infinity, 0, Infinity, 0], Run(Elementwise.Exp, x).AsSpan(0, 6));
        Near.SameBits([1f, 1, 1, 1], Run(Elementwise.Exp, x).AsSpan(8));
        Assert.True(float.IsNaN(Run(Elementwise.Tanh, [float.NaN])[0]));
        Assert.True(float.IsNaN(Run(Elementwise.Exp, [float.NaN])[0]));
    }

    private static float[] Tanh(Cpu cpu, float[] x)
    {
        float[] y = new float[x.Length];
        Elementwise.Tanh(cpu, x, y);
        return y;
    }

    private static float[] Run(Kernel kernel, float[] x) =>
        EveryCpu.Run([x], [EveryCpu.Unwritten(x.Length)], (cpu, to) => kernel(cpu, x, to[0].Span))[0];

    private static void AssertNear(float[] x, Kernel kernel, ReferenceKernel reference)
    {
        double[] expected = new double[x.Length];
        reference(Near.ToDouble(x), expected);
        Near.Equal(expected, Run(kernel, x), Eps, 1e-44);
    }
}
