using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

public class EmaTests
{
    private const double Tolerance = 2 * Eps; // of weight and average together: a difference and a sum

    [Fact]
    public void Update_EqualsReference() => Law.Holds(Vectors, AssertUpdate);

    [Fact]
    public void Update_ManyElements_EqualsReference() => AssertUpdate(new Vector(ManyElements, 1));

    [Fact]
    public void DecayOfZero_CopiesTheWeights() =>
        Law.Holds(Vectors, v => Near.SameBits(v.Normal(0), Update(v.Normal(0), 0, v.Normal(1, 1e6f))));

    [Fact]
    public void DecayOfOne_KeepsTheAverage() =>
        Law.Holds(Vectors, v => Near.SameBits(v.Normal(1), Update(v.Normal(0), 1, v.Normal(1))));

    [Fact]
    public void WeightsThatStay_AreAFixedPoint() =>
        Law.Holds(Vectors, v => Near.SameBits(v.Normal(0), Update(v.Normal(0), 0.9999f, v.Normal(0))));

    [Fact]
    public void DecayOutOfRange_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>("decay", () => Ema.Update(Cpu.Serial, new float[1], 1.5f, new float[1]));
        Assert.Throws<ArgumentOutOfRangeException>("decay", () => Ema.Update(Cpu.Serial, new float[1], float.NaN, new float[1]));
    }

    private static float[] Update(float[] weights, float decay, float[] average) =>
        EveryCpu.Run([weights], [average], (cpu, to) => Ema.Update(cpu, weights, decay, to[0].Span))[0];

    private static void AssertUpdate(Vector v)
    {
        float[] weights = v.Normal(0), average = v.Normal(1), result = Update(weights, 0.75f, average);
        double[] expected = Near.ToDouble(average);
        Reference.Ema.Update(Near.ToDouble(weights), 0.75, expected);
        for (int i = 0; i < result.Length; i++)
        {
            Near.Equal(expected[i], result[i], 0, Tolerance * (Math.Abs(weights[i]) + Math.Abs(average[i])));
        }
    }
}
