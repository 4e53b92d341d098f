using FsCheck.Fluent;
using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

/// <summary>One rounding per value, so every result is known to the bit.</summary>
public class ElementwiseTests
{
    private static readonly float[] s_special =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, float.Epsilon, -float.MaxValue, 1f];

    [Fact]
    public void Add_IsExact() => Law.Holds(Vectors, v => AssertAdd(v.Normal(0), v.Normal(1)));

    [Fact]
    public void Add_ManyElements_IsExact() => AssertAdd(Values.Normal(ManyElements, 0), Values.Normal(ManyElements, 1));

    [Fact]
    public void Add_SpecialValues_InEveryPlace() =>
        Law.Holds(from at in Gen.Choose(0, 50) from i in Gen.Choose(0, 7) from j in Gen.Choose(0, 7) select (at, i, j), c =>
        {
            float[] x = Values.Normal(51, 0), y = Values.Normal(51, 1);
            (x[c.at], y[c.at]) = (s_special[c.i], s_special[c.j]);
            AssertAdd(x, y);
        });

    [Fact]
    public void Multiply_IsExact() =>
        Law.Holds(Vectors, v =>
        {
            float[] x = v.Normal(0), y = v.Normal(1);
            Near.SameBits(
                x.Zip(y, (a, b) => a * b).ToArray(),
                EveryCpu.Run([x, y], [EveryCpu.Unwritten(v.Length)], (cpu, to) => Elementwise.Multiply(cpu, x, y, to[0].Span))[0]);
        });

    [Fact]
    public void Scale_IsExact() =>
        Law.Holds(Vectors, v =>
        {
            float[] x = v.Normal(0);
            Near.SameBits(
                Array.ConvertAll(x, value => 0.3f * value),
                EveryCpu.Run([x], [EveryCpu.Unwritten(v.Length)], (cpu, to) => Elementwise.Scale(cpu, x, 0.3f, to[0].Span))[0]);
        });

    [Fact]
    public void Axpy_RoundsOnce_AndAccumulates() =>
        Law.Holds(Vectors, v =>
        {
            // Integers over 2^12: the product is exact, so that machines without fused multiply-add agree.
            float[] x = Array.ConvertAll(v.Normal(0), value => MathF.Round(value * 4096) / 4096), y = v.Normal(1);
            Near.SameBits(
                x.Zip(y, (a, b) => (float)((-0.75 * a) + b)).ToArray(),
                EveryCpu.Run([x], [y], (cpu, to) => Elementwise.Axpy(cpu, -0.75f, x, to[0].Span))[0]);
        });

    [Fact]
    public void Destination_MayBeAnInput() =>
        Law.Holds(Vectors, v =>
        {
            float[] x = v.Normal(0), twice = Array.ConvertAll(x, value => value + value);
            Near.SameBits(twice, EveryCpu.Run([], [x], (cpu, to) => Elementwise.Add(cpu, to[0].Span, to[0].Span, to[0].Span))[0]);
            Near.SameBits(twice, EveryCpu.Run([], [x], (cpu, to) => Elementwise.Scale(cpu, to[0].Span, 2, to[0].Span))[0]);
        });

    private static void AssertAdd(float[] x, float[] y)
    {
        float[] z = EveryCpu.Run([x, y], [EveryCpu.Unwritten(x.Length)], (cpu, to) => Elementwise.Add(cpu, x, y, to[0].Span))[0];
        for (int i = 0; i < x.Length; i++) Assert.Equal(x[i] + y[i], z[i]);
        Near.SameBits(Array.ConvertAll(z, value => float.IsNaN(value) ? float.NaN : value), x.Zip(y, Sum).ToArray());
    }

    private static float Sum(float a, float b) => float.IsNaN(a + b) ? float.NaN : a + b;
}
