using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

public class GuidanceTests
{
    private static readonly LinearGaussianDenoiser Conditional = new([0.3, 1, 5], [2, -1, 0.5]);
    private static readonly LinearGaussianDenoiser Unconditional = new([2, 2, 2]);

    [Fact]
    public void ScaleOne_IsTheConditionalAndZeroTheUnconditional() => Law.Holds(Cases.Level, level =>
    {
        Near.SameBits(Predict(Conditional, level), Predict(new Guidance(Conditional, Unconditional, 1), level));
        Near.SameBits(Predict(Unconditional, level), Predict(new Guidance(Conditional, Unconditional, 0), level));
    });

    [Fact]
    public void Scale_ExtrapolatesTheDifference() => Law.Holds(
        Cases.Level.SelectMany(_ => Cases.Between(-1, 9), (level, scale) => (level, scale)),
        given =>
        {
            (NoiseLevel level, double scale) = given;
            float[] with = Predict(Conditional, level), without = Predict(Unconditional, level);
            double[] expected = Cases.Column(
                with.Length, i => without[i] + (scale * ((double)with[i] - without[i])));
            Near.Equal(expected, Predict(new Guidance(Conditional, Unconditional, scale), level), 1e-6, 1e-6);
        });

    [Fact]
    public void Rule_IsTheSameForEveryKind() => Law.Holds(Cases.Level, level =>
    {
        float[] x = Values.Normal(6, seed: 3), guided = new float[6];
        Prediction.Of(new Guidance(Conditional, Unconditional, 4), PredictionKind.Score, level, x, guided);
        double[] expected = Near.ToDouble(guided);
        foreach (PredictionKind kind in Enum.GetValues<PredictionKind>())
        {
            Guidance guidance = new(
                new LinearGaussianDenoiser([0.3, 1, 5], [2, -1, 0.5], kind),
                new LinearGaussianDenoiser([2, 2, 2], null, kind), 4);
            Assert.Equal(kind, guidance.Kind);
            Prediction.Of(guidance, PredictionKind.Score, level, x, guided);
            double bound = 3e-6 / (level.Alpha * level.Variance);
            Near.Equal(expected, guided, bound, bound, $"{kind}");
        }
    });

    [Fact]
    public void ValuesNotGuided_AreTheConditionalOnes()
    {
        NoiseLevel level = NoiseLevel.FromTime(1);
        float[] with = Predict(Conditional, level), all = Predict(new Guidance(Conditional, Unconditional, 4), level);
        float[] some = Predict(new Guidance(Conditional, Unconditional, 4, guidedValues: 2), level);
        for (int i = 0; i < some.Length; i++) Assert.Equal(i % 3 < 2 ? all[i] : with[i], some[i]);
        Assert.NotEqual(with[0], all[0]);
    }

    [Fact]
    public void MismatchedDenoisers_Throw()
    {
        Assert.Contains("size 3", Message(() => new Guidance(Conditional, new LinearGaussianDenoiser([1]), 2)));
        LinearGaussianDenoiser ofV = new([1, 1, 1], null, PredictionKind.V);
        Assert.Contains("kind Noise", Message(() => new Guidance(Conditional, ofV, 2)));
        Assert.Contains("guidedValues: expected 0 to 3", Message(() => new Guidance(Conditional, Unconditional, 2, 4)));
        Assert.Contains("scale", Message(() => new Guidance(Conditional, Unconditional, double.NaN)));
        Guidance guidance = new(Conditional, Unconditional, 2);
        Assert.Contains("x: expected [n, 3]", Assert.Throws<ArgumentException>(
            () => guidance.Predict(NoiseLevel.FromTime(1), new float[4], new float[4])).Message);
    }

    private static float[] Predict(IDenoiser denoiser, NoiseLevel level)
    {
        float[] prediction = new float[6];
        denoiser.Predict(level, Values.Normal(6, seed: 3), prediction);
        return prediction;
    }

    private static string Message(Func<Guidance> make) => Assert.ThrowsAny<ArgumentException>(() => make()).Message;
}
