using Xunit;

namespace PureDit.TestSupport;

/// <summary>Comparisons that say where and by how much they fail. A NaN on one side only is a failure.</summary>
public static class Near
{
    /// <summary>|expected − actual| ≤ absolute + relative·max(|expected|, |actual|), value by value.</summary>
    public static void Equal(
        ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double relative, double absolute, string what = "value")
    {
        Assert.Equal(expected.Length, actual.Length);
        int worst = -1;
        double worstRatio = 1;
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i].Equals(actual[i])) continue;
            double bound = absolute + (relative * Math.Max(Math.Abs(expected[i]), Math.Abs(actual[i])));
            double ratio = Math.Abs(expected[i] - actual[i]) / bound;
            if (!(ratio <= worstRatio)) (worst, worstRatio) = (i, ratio);
            if (double.IsNaN(ratio)) break;
        }

        if (worst >= 0)
        {
            Assert.Fail(
                $"{what}[{worst}]: expected {expected[worst]:R}, got {actual[worst]:R}; "
                + $"{worstRatio:G4} times the bound (relative {relative:G3}, absolute {absolute:G3}).");
        }
    }

    public static void Equal(
        ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double relative, double absolute, string what = "value") =>
        Equal(expected, ToDouble(actual), relative, absolute, what);

    public static void Equal(double expected, double actual, double relative, double absolute, string what = "value") =>
        Equal([expected], [actual], relative, absolute, what);

    /// <summary>max |expected − actual| ≤ fraction · max |expected|: the bound for whole tensors.</summary>
    public static void EqualToMaximum(
        ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double fraction, string what = "tensor")
    {
        double maximum = 0;
        foreach (double value in expected) maximum = Math.Max(maximum, Math.Abs(value));
        Equal(expected, ToDouble(actual), 0, (fraction * maximum) + double.Epsilon, what);
    }

    /// <summary>The same bits in every place, NaN payloads and signs of zero included.</summary>
    public static void SameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what = "value")
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
            {
                Assert.Fail($"{what}[{i}]: expected the bits of {expected[i]:R}, got {actual[i]:R}.");
            }
        }
    }

    /// <summary>Fails where nine tenths or more are one value, or there are none: a comparison of such outputs proves nothing.</summary>
    public static void Varied(ReadOnlySpan<float> values, string what = "output")
    {
        int most = values.Length == 0 ? 0 : values.ToArray().GroupBy(BitConverter.SingleToInt32Bits).Max(same => same.Count());
        if (most >= 0.9 * values.Length) Assert.Fail($"{what} is vacuous: {most} of {values.Length} values are the same.");
    }

    public static double[] ToDouble(ReadOnlySpan<float> values)
    {
        double[] result = new double[values.Length];
        for (int i = 0; i < result.Length; i++) result[i] = values[i];
        return result;
    }

    public static float[] ToFloat(ReadOnlySpan<double> values)
    {
        float[] result = new float[values.Length];
        for (int i = 0; i < result.Length; i++) result[i] = (float)values[i];
        return result;
    }
}
