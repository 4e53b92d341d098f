using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

/// <summary>
/// The six elementary functions over the floats: every 4001st of them here, and what lies around the places where
/// something changes; every one of them in tests/PureDit.Exhaustive.
/// </summary>
public class ElementaryFunctionTests
{
    private const uint Stride = 4001; // prime, so that no pattern of digits is passed over
    private const int Batch = 4096;
    private const float Infinity = float.PositiveInfinity, Least = float.Epsilon;

    // Poles and ends, where branches part, where the angle's reduction changes, and the sin and cos nearest to 0.
    private static readonly float[] s_boundaries =
    [
        0, Least, 1.17549435e-38f, 1e-20f, 1f / 4096, 0.5f, 0.70710677f, 0.7853982f, 1, 1.2f, 1.41421354f, 1.5707964f,
        3.1415927f, 3.92f, 4, 8.66f, 9.01f, 9.1f, 87.33655f, 88.72284f, 103.97208f, 104, 2048, 12582912, 16777216,
        16367173f * 4398046511104f /* 2⁴² */, 1e30f, float.MaxValue, Infinity, float.NaN,
    ];

    public static TheoryData<string> Names => [.. ElementaryFunction.All.Select(function => function.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void OverTheFloats_IsWithinOneUlp_WithTheSameBitsAtEveryWidth(string name)
    {
        ElementaryFunction function = Named(name);
        UlpError error = new();
        float[] x = new float[Batch], y = new float[Batch], other = new float[Batch];
        double[] exact = new double[Batch];
        foreach (float[] arguments in Arguments())
        {
            arguments.CopyTo(x, 0);
            function.Kernel(Cpu.Serial, x, y);
            function.Exact(Near.ToDouble(x), exact);
            for (int i = 0; i < Batch; i++) error.Add(x[i], y[i], exact[i]);
            if (!HasFusedMultiplyAdd) continue;
            foreach (SimdLevel simd in SimdLevels.Supported)
            {
                function.Kernel(new Cpu(1, simd), x, other);
                Near.SameBits(y, other, $"{name} at {simd}");
            }
        }

        double bound = HasFusedMultiplyAdd ? 1 : 2;
        Assert.True(error.Largest <= bound, $"{name}: {error.Largest:G6} ulp at {error.At:R}");
        Assert.True(error.NotNearest < error.Count / 10, $"{name}: {error.NotNearest} of {error.Count} are not the nearest float");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AnyLength_HasTheSameBits_OnEveryCpu(string name) => Law.Holds(Vectors, v =>
    {
        float[] x = v.Normal(0, 5);
        float[] y = EveryCpu.Run([x], [EveryCpu.Unwritten(x.Length)], (cpu, to) => Named(name).Kernel(cpu, x, to[0].Span))[0];
        for (int i = 0; i < x.Length; i++) Near.SameBits([One(name, x[i])], [y[i]]);
    });

    [Theory]
    [InlineData("tanh")]
    [InlineData("erf")]
    [InlineData("sin")]
    public void OddFunctions_AreOdd_ToTheBit(string name) => Law.Holds(Vectors, v =>
    {
        foreach (float x in v.Normal(0, 3)) Near.SameBits([-One(name, x)], [One(name, -x)]);
    });

    [Fact]
    public void Cos_IsEven_ToTheBit() => Law.Holds(Vectors, v =>
    {
        foreach (float x in v.Normal(0, 300)) Near.SameBits([One("cos", x)], [One("cos", -x)]);
    });

    [Fact]
    public void SinAndCos_OfTheFloatNearestToAMultipleOfHalfPi_KeepTheirDigits()
    {
        // 16367173·2⁷² is closer to a multiple of π/2 than any other float: 1.6·10⁻⁹.
        float x = 16367173f * MathF.Pow(2, 72);
        double[] exact = new double[2];
        Reference.Elementwise.Sin([x], exact.AsSpan(0, 1));
        Reference.Elementwise.Cos([x], exact.AsSpan(1));
        Assert.InRange(Math.Min(Math.Abs(exact[0]), Math.Abs(exact[1])), 1e-9, 2e-9);
        Assert.InRange(UlpError.Between(One("sin", x), exact[0]), 0, 1);
        Assert.InRange(UlpError.Between(One("cos", x), exact[1]), 0, 1);
    }

    [Fact]
    public void SpecialValues()
    {
        float[] zeros = [0f, -0f];
        foreach (string odd in new[] { "tanh", "erf", "sin" }) Near.SameBits(zeros, [One(odd, 0f), One(odd, -0f)], odd);
        Assert.Equal([1f, 1, Infinity, 0], new[] { 0f, -0f, Infinity, -Infinity }.Select(x => One("exp", x)));
        Assert.Equal([-Infinity, -Infinity, 0, Infinity], new[] { 0f, -0f, 1, Infinity }.Select(x => One("log", x)));
        Assert.Equal([1f, -1, 1, -1], new[] { Infinity, -Infinity, 3.93f, -3.93f }.Select(x => One("erf", x)));
        Assert.Equal([1f, 1], new[] { 0f, -0f }.Select(x => One("cos", x)));
        Assert.All(new[] { -1f, -Least, -Infinity, float.NaN }, x => Assert.True(float.IsNaN(One("log", x))));
        Assert.All(new[] { Infinity, -Infinity, float.NaN }, x => Assert.True(float.IsNaN(One("sin", x)) && float.IsNaN(One("cos", x))));
        Assert.All(ElementaryFunction.All, function => Assert.True(float.IsNaN(One(function.Name, float.NaN))));
    }

    [Fact]
    public void UlpError_OfTwoPlaces_IsTwo()
    {
        Assert.Equal(2, UlpError.Between(MathF.BitIncrement(MathF.BitIncrement(1)), 1));
        Assert.Equal(1, UlpError.Between(Least, 0));
        Assert.Equal(Infinity, UlpError.Between(Infinity, float.MaxValue));
        Assert.Equal(Infinity, UlpError.Between(0, double.NaN));
        UlpError error = new();
        error.Add(7, MathF.BitIncrement(1), 1);
        Assert.Equal((1, 7f, 1L), (error.Largest, error.At, error.NotNearest));
    }

    [Fact]
    public void ErfReference_AgreesWithItsIntegral()
    {
        for (double x = 0.25; x < 5; x += 0.25)
        {
            const int Half = 2000; // Simpson's rule
            double h = x / (2 * Half), sum = 0;
            double[] y = new double[1];
            for (int i = 0; i <= 2 * Half; i++) sum += (i is 0 or 2 * Half ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-i * h * i * h);
            Reference.Elementwise.Erf([x], y);
            Near.Equal(sum * h / 3 * 2 / Math.Sqrt(Math.PI), y[0], 1e-13, 0);
        }
    }

    private static IEnumerable<float[]> Arguments()
    {
        List<float> some = [];
        foreach (float boundary in s_boundaries)
        {
            float up = boundary, down = boundary;
            for (int i = 0; i < 20; i++, up = MathF.BitIncrement(up), down = MathF.BitDecrement(down)) some.AddRange([up, down, -up, -down]);
        }

        foreach (float[] chunk in some.Chunk(Batch)) yield return chunk;
        float[] x = new float[Batch];
        for (ulong bits = 0; bits <= uint.MaxValue; bits += Batch * Stride)
        {
            for (uint i = 0; i < Batch; i++) x[i] = BitConverter.UInt32BitsToSingle((uint)Math.Min(bits + (i * Stride), uint.MaxValue));
            yield return x;
        }
    }

    private static ElementaryFunction Named(string name) => ElementaryFunction.All.Single(function => function.Name == name);

    private static float One(string name, float x)
    {
        float[] y = new float[1];
        Named(name).Kernel(Cpu.Serial, [x], y);
        return y[0];
    }
}
