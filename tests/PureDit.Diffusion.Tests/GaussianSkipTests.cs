using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

public class GaussianSkipTests
{
    private const double Rounding = 1e-5; // float32, magnified by 1/σ ≤ 30 at the levels below
    private static readonly NoiseLevel[] s_levels = [NoiseLevel.FromTime(0.002), NoiseLevel.FromTime(0.3), NoiseLevel.FromTime(6)];

    [Fact]
    public void SkipOfUnitMoments_IsVelocity()
    {
        GaussianSkip unit = new(new double[4], [1, 1, 1, 1]);
        float[] x0 = Values.Normal(8, seed: 1), noise = Values.Normal(8, seed: 2), x = new float[8], velocity = new float[8], target = new float[8], seen = new float[8], clean = new float[8];
        foreach (NoiseLevel level in s_levels)
        {
            ForwardProcess.AddNoise([level], x0, noise, x);
            ForwardProcess.Target(PredictionKind.V, [level], x0, noise, velocity);
            unit.Target(level, x0, noise, target);
            Near.Equal(Near.ToDouble(velocity), target, 1e-6, 1e-6, "v");
            unit.Input(level, x, seen);
            Near.Equal(Near.ToDouble(x), seen, 1e-6, 1e-6, "input");
            Prediction.Convert(PredictionKind.V, PredictionKind.X0, level, x, target, velocity);
            unit.Clean(level, x, target, clean);
            Near.Equal(Near.ToDouble(velocity), clean, 1e-6, 1e-6, "x0");
        }
    }

    [Fact]
    public void TargetAsOutput_GivesTheCleanSample() =>
        Law.Holds(from level in Gen.Elements(s_levels) from seed in Gen.Choose(0, 1 << 20) select (level, seed), c =>
        {
            GaussianSkip skip = Random(c.seed);
            float[] x0 = Values.Normal(6, seed: c.seed + 1), noise = Values.Normal(6, seed: c.seed + 2), x = new float[6], target = new float[6];
            ForwardProcess.AddNoise([c.level], x0, noise, x);
            skip.Target(c.level, x0, noise, target);
            skip.Clean(c.level, x, target, target);
            Near.Equal(Near.ToDouble(x0), target, Rounding, Rounding * 10, "x0");
        });

    [Fact]
    public void OutputZero_IsTheGaussianPosteriorMean() =>
        Law.Holds(from level in Gen.Elements(s_levels) from seed in Gen.Choose(0, 1 << 20) select (level, seed), c =>
        {
            GaussianSkip skip = Random(c.seed);
            float[] x = Values.Normal(3, seed: c.seed + 3), clean = new float[3];
            skip.Clean(c.level, x, new float[3], clean);
            for (int i = 0; i < 3; i++)
            {
                double gain = c.level.Alpha * skip.Variance[i] / ((c.level.AlphaBar * skip.Variance[i]) + c.level.Variance);
                Near.Equal(skip.Mean[i] + (gain * (x[i] - (c.level.Alpha * skip.Mean[i]))), clean[i], 1e-6, 1e-6, "E[x0 | x]");
            }
        });

    [Fact]
    public void InputsAndTargets_HaveVarianceOne()
    {
        const int Count = 20_000;
        float[] z = Values.Normal(Count, seed: 3), noise = Values.Normal(Count, seed: 4), x = new float[Count], target = new float[Count];
        GaussianSkip skip = new([2], [9]);
        foreach (NoiseLevel level in s_levels)
        {
            float[] x0 = [.. z.Select(v => 2 + (3 * v))];
            ForwardProcess.AddNoise([level], x0, noise, x);
            skip.Input(level, x, x);
            skip.Target(level, x0, noise, target);
            Near.Equal(1, x.Average(v => (double)v * v), 0.05, 0, "input");
            Near.Equal(1, target.Average(v => (double)v * v), 0.05, 0, "target");
            Near.Equal(0, x.Zip(target, (a, b) => (double)a * b).Average(), 0, 0.05, "and know nothing of each other");
        }
    }

    [Fact]
    public void Moments_AreThoseOfTheSamples()
    {
        GaussianSkip skip = GaussianSkip.Of([1, 5, 3, 6], 2);
        Assert.Equal([2, 5.5], skip.Mean.ToArray());
        Assert.Equal([1, 0.25], skip.Variance.ToArray());
    }

    [Fact]
    public void BadInput_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new GaussianSkip([], []));
        Assert.Throws<ArgumentException>(() => new GaussianSkip([1], [1, 2]));
        Assert.Contains("do not vary", Assert.Throws<ArgumentException>(() => GaussianSkip.Of([1, 5, 1, 6], 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new GaussianSkip([double.NaN], [1]));
        Assert.Throws<ArgumentException>(() => new GaussianSkip([0, 0], [1, 1]).Input(NoiseLevel.FromTime(1), new float[3], new float[3]));
        Assert.Throws<ArgumentException>(() => new GaussianSkip([0], [1]).Target(NoiseLevel.FromTime(1), new float[3], new float[2], new float[3]));
    }

    private static GaussianSkip Random(int seed) =>
        new(Values.NormalDouble(3, seed), [.. Values.NormalDouble(3, seed + 9).Select(v => 0.05 + (v * v))]);
}
