using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

/// <summary>Laws that every sampler obeys, on Gaussian modes.</summary>
public class SamplerLawsTests
{
    private static readonly PredictionKind[] Kinds = Enum.GetValues<PredictionKind>();

    public static TheoryData<string> Names => [.. Samplers.Names];

    public static TheoryData<string> OneStepNames => [.. Samplers.Names.Where(name => name != "dpm++")];

    [Theory]
    [MemberData(nameof(OneStepNames))]
    public void GainAndEveryNoiseResponse_MatchTheRecurrence(string name) => Law.Holds(
        Cases.Grid.SelectMany(_ => Cases.Modes, (levels, modes) => (levels, modes)),
        given =>
        {
            (NoiseLevel[] levels, double[] modes) = given;
            LinearResponse response = LinearResponse.Of(Samplers.Named(name), modes, levels);
            for (int mode = 0; mode < modes.Length; mode++)
            {
                // Back from the end: noise of step k passes through the factors of the steps after it. The scale is
                // the largest factor product on the way, since rounding made there is carried along.
                double factors = 1, scale = 1;
                for (int k = levels.Length - 1; k >= 1; k--)
                {
                    ModeStep step = Recurrences.Of(name, modes[mode], levels[k - 1], levels[k]);
                    Near.Equal(step.Noise * factors, response.ToNoise(k, mode), 1e-5, 2e-6 * scale, $"step {k}");
                    factors *= step.Factor;
                    scale = Math.Max(scale, Math.Abs(factors));
                }

                Near.Equal(factors, response.Gain(mode), 1e-5, 2e-6 * scale, "gain");
            }
        });

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryKindOfPrediction_GivesTheSameSamples(string name) => Law.Holds(Cases.Grid, levels =>
    {
        double[] lambda = [0.3, 1, 5], mean = [2, -1, 0.5];
        double[] expected = Near.ToDouble(Run(name, new(lambda, mean), levels, samples: 2));
        foreach (PredictionKind kind in Kinds)
        {
            // Relative to α at the start: x0 = (x − σε)/α magnifies the rounding of x by 1/α.
            double bound = 2e-6 / levels[0].Alpha;
            Near.Equal(expected, Run(name, new(lambda, mean, kind), levels, samples: 2), bound, bound, $"{kind}");
        }
    });

    [Theory]
    [InlineData("ddpm")]
    [InlineData("ddim")]
    [InlineData("sde-exp")]
    [InlineData("dpm++")]
    public void MeanStartedAtZero_EndsShortByTheGainOfTheMissingMean(string name) => Law.Holds(
        Cases.Grid.SelectMany(_ => Cases.Mode, (levels, mode) => (levels, mode)),
        given =>
        {
            // These samplers follow the path α_t·μ exactly, so what lacks is −Φ·α_T·μ, with Φ the gain.
            (NoiseLevel[] levels, double mode) = given;
            const double mu = 3;
            float[] x = [0];
            Samplers.Named(name).Run(
                new LinearGaussianDenoiser([mode], [mu]), levels, new Zeros(), x, new SamplerWorkspace());
            double gain = LinearResponse.Of(Samplers.Named(name), [mode], levels).Gain(0);
            Near.Equal((levels[^1].Alpha * mu) - (gain * levels[0].Alpha * mu), x[0], 1e-5, 1e-5, "mean");
        });

    [Theory]
    [InlineData("ddpm")]
    [InlineData("ddim")]
    [InlineData("dpm++")]
    public void OneStepToClean_IsThePredictionOfX0(string name) => Law.Holds(Cases.Level, level =>
    {
        double[] lambda = [0.3, 1, 5], mean = [2, -1, 0.5];
        float[] x = [0.7f, -1.3f, 2.1f];
        double[] expected = Cases.Column(
            3, i => mean[i] + (level.Alpha * lambda[i] * (x[i] - (level.Alpha * mean[i])) / Recurrences.V(lambda[i], level)));
        Samplers.Named(name).Run(
            new LinearGaussianDenoiser(lambda, mean), [level, NoiseLevel.Clean], new Ones(), x, new SamplerWorkspace());
        double bound = 2e-6 / level.Alpha;
        Near.Equal(expected, x, bound, bound, "x0");
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void FromAlmostCleanToClean_NothingMoves(string name)
    {
        foreach (double t in (double[])[1e-3, 1e-5, 1e-7])
        {
            float[] x = [0.7f, -1.3f, 2.1f];
            double[] before = Near.ToDouble(x);
            Samplers.Named(name).Run(
                new LinearGaussianDenoiser([0.3, 1, 5]), [NoiseLevel.FromTime(t), NoiseLevel.Clean],
                new Ones(), x, new SamplerWorkspace());
            Near.Equal(before, x, 4 * t, 1e-6, $"sample at t = {t}"); // |1 − 1/λ| ≤ 2.4 times t, and float rounding
        }
    }

    [Fact]
    public void ReverseVariances_LieBetweenThatOfAPointAndTheForwardNoise() => Law.Holds(
        Cases.Grid.SelectMany(_ => Cases.Between(0, 1), (levels, mode) => (levels, mode)),
        given =>
        {
            for (int k = 1; k < given.levels.Length; k++)
            {
                ReverseStep step = new(k, given.levels[k - 1], given.levels[k]);
                float posterior = Deviation(new GaussianPosterior([given.mode]), step);
                IReverseVariance analytic = ReverseVariance.Analytic(
                    t => given.mode * t.Variance / Recurrences.V(given.mode, t));
                Near.Equal(posterior, Deviation(analytic, step), 1e-6, 1e-7, "two forms of the posterior");
                Assert.True(Deviation(ReverseVariance.BetaTilde, step) <= posterior * 1.000001);
                Assert.True(posterior <= Math.Sqrt(step.Beta) * 1.000001);
            }
        });

    [Theory]
    [MemberData(nameof(Names))]
    public void SamplesDrawn_HaveTheVarianceAndTheCorrelationsComputed(string name)
    {
        const int samples = 4000;
        double[] lambda = [0.3, 1, 3.7];
        NoiseLevel[] levels = NoiseGrid.UniformTime(NoiseLevel.FromTime(5), NoiseLevel.FromTime(0.05), 20);
        float[] x = Run(name, new(lambda), levels, samples);
        LinearResponse response = LinearResponse.Of(Samplers.Named(name), lambda, levels);

        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double covariance = 0;
                for (int k = 0; k < samples; k++) covariance += (double)x[(3 * k) + i] * x[(3 * k) + j] / samples;
                double vi = response.Variance(i, 1), vj = response.Variance(j, 1), expected = i == j ? vi : 0;
                double standardError = Math.Sqrt(((vi * vj) + (expected * expected)) / samples);
                Near.Equal(expected, covariance, 0, 4 * standardError, $"covariance of {i} and {j}");
            }
        }
    }

    private static float[] Run(string name, LinearGaussianDenoiser denoiser, NoiseLevel[] levels, int samples)
    {
        PhiloxNoise noise = new(seed: 11, denoiser.Size);
        float[] x = new float[samples * denoiser.Size];
        noise.Fill(0, x);
        Samplers.Named(name).Run(denoiser, levels, noise, x, new SamplerWorkspace());
        return x;
    }

    private static float Deviation(IReverseVariance variance, ReverseStep step)
    {
        float[] one = [1];
        variance.Colour(step, one);
        return one[0];
    }

    private sealed class Zeros : INoiseSource
    {
        public void Fill(int draw, Span<float> noise) => noise.Clear();
    }

    private sealed class Ones : INoiseSource
    {
        public void Fill(int draw, Span<float> noise) => noise.Fill(1);
    }
}
