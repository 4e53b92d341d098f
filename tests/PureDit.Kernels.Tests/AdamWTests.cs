using FsCheck.Fluent;
using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

public class AdamWTests
{
    private static readonly AdamWSettings s_settings = new(Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-6, WeightDecay: 0.1);

    [Fact]
    public void Step_EqualsTheScalarSpecification_ToTheBit() =>
        Law.Holds(from v in Vectors from step in Gen.Elements(1, 2, 7, 1000, int.MaxValue) select (v, step), c => AssertStep(c.v, c.step));

    [Fact]
    public void Step_ManyElements_EqualsTheScalarSpecification_ToTheBit() => AssertStep(new Vector(ManyElements, 1), 3);

    [Fact]
    public void ThousandSteps_StayNearTheReference()
    {
        const double Tolerance = 2e-6; // 1000 roundings of weights below 1, at random
        float[] w = new Vector(53, 1).Normal(0, 0.3f), m = new float[53], v = new float[53];
        double[] w64 = Near.ToDouble(w), m64 = new double[53], v64 = new double[53];
        AdamWSettings settings = s_settings with { WeightDecay = 0.01 };
        for (int step = 1; step <= 1000; step++)
        {
            float[] g = Values.Normal(53, step);
            AdamW.Step(Cpu.Serial, settings, step, 1e-3f, w, g, m, v);
            Reference.AdamW.Step(settings, step, 1e-3f, w64, Near.ToDouble(g), m64, v64);
        }

        Near.Equal(w64, w, 0, Tolerance);
    }

    [Fact]
    public void FirstStep_MovesEveryWeightByTheLearningRate()
    {
        float[] w = [1, 1, 1], m = new float[3], v = new float[3];
        AdamW.Step(Cpu.Serial, new AdamWSettings(), 1, 0.25f, w, [3, -0.001f, 1000], m, v);
        Near.Equal([0.75, 1.25, 0.75], w, 1e-5, 0); // ε against 0.001 is 1e-5
    }

    [Fact]
    public void WeightDecay_IsNotPartOfTheGradient()
    {
        // A gradient of zero leaves decay alone: w·(1 − η·λ), whatever the moments' scale.
        float[] w = [8, -2], m = new float[2], v = new float[2];
        AdamW.Step(Cpu.Serial, s_settings, 1, 0.5f, w, [0, 0], m, v);
        Assert.Equal([8 * 0.95f, -2 * 0.95f], w);
        Assert.Equal([0f, 0, 0, 0], [.. m, .. v]);
    }

    [Fact]
    public void LearningRateOfZero_LeavesTheWeights() =>
        Law.Holds(Vectors, vector =>
        {
            float[] w = vector.Normal(0), before = (float[])w.Clone();
            AdamW.Step(Cpu.Serial, s_settings, 1, 0, w, vector.Normal(1), new float[w.Length], new float[w.Length]);
            Near.SameBits(before, w);
        });

    [Fact]
    public void GradientsTimesAPowerOfTwo_GiveTheSameStep_WithoutEpsilon() =>
        Law.Holds(Vectors, vector =>
        {
            float[] g = Array.ConvertAll(vector.Normal(1), value => value == 0 ? 1 : value);
            float[] Step(float factor)
            {
                float[] w = vector.Normal(0);
                float[] scaled = Array.ConvertAll(g, value => factor * value);
                AdamW.Step(Cpu.Serial, s_settings with { Epsilon = 0 }, 1, 0.1f, w, scaled, new float[w.Length], new float[w.Length]);
                return w;
            }

            Near.SameBits(Step(1), Step(1024));
        });

    [Fact]
    public void AverageAndGradientScale_EqualTheSeparatePasses_ToTheBit() =>
        Law.Holds(from v in Vectors from decay in Gen.Elements(0f, 0.1f, 0.999f, 1f) select (v, decay), c => AssertFused(c.v, c.decay));

    [Fact]
    public void AverageAndGradientScale_ManyElements_EqualTheSeparatePasses_ToTheBit() =>
        AssertFused(new Vector(ManyElements, 5), 0.9f);

    [Fact]
    public void SettingsOutOfRange_Throw()
    {
        float[] one = [1];
        void Step(AdamWSettings settings, int step) => AdamW.Step(Cpu.Serial, settings, step, 1, one, one, one, one);
        Assert.Throws<ArgumentOutOfRangeException>("step", () => Step(s_settings, 0));
        Assert.Throws<ArgumentOutOfRangeException>("settings.Beta1", () => Step(s_settings with { Beta1 = 1 }, 1));
        Assert.Throws<ArgumentOutOfRangeException>(
            "averageDecay", () => AdamW.Step(Cpu.Serial, s_settings, 1, 1, one, one, one, one, one, averageDecay: -0.1f));
        Assert.Throws<ArgumentOutOfRangeException>("settings.Beta2", () => Step(s_settings with { Beta2 = double.NaN }, 1));
    }

    private static void AssertFused(Vector vector, float decay)
    {
        const float Scale = 0.3f;
        float[] g = vector.Normal(0), w = vector.Normal(1), m = vector.Normal(2), average = vector.Normal(4);
        float[] v = Array.ConvertAll(vector.Normal(3), value => value * value), scaled = new float[g.Length];
        float[][] results = EveryCpu.Run([g], [w, m, v, average], (cpu, to) => AdamW.Step(
            cpu, s_settings, 3, 0.01f, to[0].Span, g, to[1].Span, to[2].Span, to[3].Span, decay, Scale));
        Elementwise.Scale(Cpu.Serial, g, Scale, scaled);
        AdamW.Step(Cpu.Serial, s_settings, 3, 0.01f, w, scaled, m, v);
        Ema.Update(Cpu.Serial, w, decay, average);
        Near.SameBits(w, results[0], "weights");
        Near.SameBits(m, results[1], "m");
        Near.SameBits(v, results[2], "v");
        Near.SameBits(average, results[3], "average");
    }

    private static void AssertStep(Vector vector, int step)
    {
        float[] g = vector.Normal(0), w = vector.Normal(1), m = vector.Normal(2);
        float[] v = Array.ConvertAll(vector.Normal(3), value => value * value);
        float[][] results = EveryCpu.Run([g], [w, m, v], (cpu, to) =>
            AdamW.Step(cpu, s_settings, step, 0.01f, to[0].Span, g, to[1].Span, to[2].Span));
        double first = 1 - Math.Pow(s_settings.Beta1, step), second = 1 - Math.Pow(s_settings.Beta2, step);
        for (int i = 0; i < g.Length; i++)
        {
            m[i] = Fma((float)(1 - s_settings.Beta1), g[i] - m[i], m[i]);
            v[i] = Fma((float)(1 - s_settings.Beta2), (g[i] * g[i]) - v[i], v[i]);
            float root = Fma(MathF.Sqrt(v[i]), (float)(1 / Math.Sqrt(second)), (float)s_settings.Epsilon);
            w[i] -= Fma((float)(0.01f * s_settings.WeightDecay), w[i], (float)(0.01f / first) * (m[i] / root));
        }

        Near.SameBits(w, results[0], "weights");
        Near.SameBits(m, results[1], "m");
        Near.SameBits(v, results[2], "v");
    }

    /// <summary>As the kernels multiply and add: rounded once where the machine can.</summary>
    private static float Fma(float a, float b, float c) =>
        HasFusedMultiplyAdd ? MathF.FusedMultiplyAdd(a, b, c) : (a * b) + c;
}
