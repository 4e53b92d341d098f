using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Latent.Tests;

public sealed class DistributionTests
{
    private const double Difference = 2e-6; // central differences of step 1e-5 on functions of curvature up to 1/σ² ≈ 30
    private const double Rounding = 1e-9;   // condition numbers up to some thousands

    [Fact]
    public void Score_IsTheGradientOfTheLogDensity_AndItsJacobianTheSecond() =>
        Law.Holds(LatentCase.All, c =>
        {
            double[] h = c.Normal(c.Rank, 20);
            foreach (ILatentDistribution law in c.Laws())
            {
                double[] score = Score(law, c.Level, h), jacobian = new double[c.Rank * c.Rank];
                Near.Equal(LatentCase.Gradient(x => law.LogDensity(c.Level, x), h), score, Difference, Difference * 10, $"score of {law}");
                law.Jacobian(c.Level, h, jacobian);
                for (int i = 0; i < c.Rank; i++)
                {
                    double scale = 1e-5 * (1 + (1 / c.Level.Variance)) / c.Level.Variance;
                    Near.Equal(LatentCase.Gradient(x => Score(law, c.Level, x)[i], h), jacobian.AsSpan(i * c.Rank, c.Rank).ToArray(), 1e-5, scale * 1e-2, $"jacobian of {law}");
                }

                Near.Equal(Dense.Transpose(jacobian, c.Rank, c.Rank), jacobian, Rounding, Rounding, "symmetry");
            }
        });

    [Fact]
    public void Gaussian_IsItsClosedForm_ByASolve() =>
        Law.Holds(LatentCase.All, c =>
        {
            LatentGaussian law = c.Gaussian();
            double[] h = c.Normal(c.Rank, 21), noisy = law.Covariance.ToArray(), centred = [.. h], solved = new double[c.Rank];
            for (int i = 0; i < noisy.Length; i++) noisy[i] = (c.Level.AlphaBar * noisy[i]) + (i % (c.Rank + 1) == 0 ? c.Level.Variance : 0);
            Dense.AddScaled(-c.Level.Alpha, law.Mean, centred);
            new Cholesky(noisy, c.Rank).Solve(centred, 1, solved);
            Near.Equal(solved.Select(v => -v).ToArray(), Score(law, c.Level, h), Rounding, Rounding, "−C⁻¹(h − αm)");

            // q = α[m + αΛC⁻¹(h − αm)]
            double[] expected = new double[c.Rank], signal = new double[c.Rank];
            Dense.Multiply(law.Covariance, solved, c.Rank, c.Rank, 1, expected);
            for (int i = 0; i < c.Rank; i++) expected[i] = c.Level.Alpha * (law.Mean[i] + (c.Level.Alpha * expected[i]));
            law.Signal(c.Level, h, signal);
            Near.Equal(expected, signal, Rounding, Rounding, "q");
        });

    [Fact]
    public void MixtureOfEqualBalls_IsTheIsotropicMixture() =>
        Law.Holds(LatentCase.All, c =>
        {
            IsotropicMixture balls = c.Balls(0.3);
            double[] covariance = new double[c.Rank * c.Rank];
            for (int i = 0; i < c.Rank; i++) covariance[i * (c.Rank + 1)] = 0.3;
            LatentMixture mixture = new([1, 2, 3, 1, 2, 3, 4], [.. Enumerable.Range(0, 7).Select(k => new LatentGaussian(balls.Points.Slice(k * c.Rank, c.Rank), covariance))]);
            double[] h = c.Normal(c.Rank, 22);
            Near.Equal(mixture.LogDensity(c.Level, h), balls.LogDensity(c.Level, h), Rounding, Rounding, "density");
            Near.Equal(Score(mixture, c.Level, h), Score(balls, c.Level, h), Rounding, Rounding, "score");
            Near.Equal(mixture.SecondMoment(), balls.SecondMoment(), Rounding, Rounding, "moment");
        });

    // float32 through scores up to |h||μ|α/C ≈ 10²: 1e-5 of the points' size
    [Fact]
    public void IsotropicScore_IsOneSoftmaxAttention() =>
        Law.Holds(LatentCase.All, c =>
        {
            foreach (double variance in new[] { 0, 0.3 })
            {
                IsotropicMixture balls = c.Balls(variance);
                const int Queries = 3;
                float[] h = Near.ToFloat(c.Normal(Queries * c.Rank, 23)), mean = new float[h.Length];
                balls.MeanByAttention(Cpu.Serial, c.Level, h, mean);
                for (int i = 0; i < Queries; i++)
                {
                    double[] at = Near.ToDouble(h.AsSpan(i * c.Rank, c.Rank)), expected = Score(balls, c.Level, at);
                    for (int j = 0; j < c.Rank; j++) // score = (α Σγμ − h)/C
                    {
                        expected[j] = ((expected[j] * balls.Spread(c.Level)) + at[j]) / c.Level.Alpha;
                    }

                    Near.Equal(expected, Near.ToDouble(mean.AsSpan(i * c.Rank, c.Rank)), 2e-5, 2e-5 * balls.Radius / c.Level.Variance, "Σ γ μ");
                }
            }
        });

    [Fact]
    public void EmpiricalScore_PointsHome_WhenThereIsLittleNoise()
    {
        IsotropicMixture points = new(2, [1, 0, -1, 0.5, 0, -2]);
        NoiseLevel level = NoiseLevel.FromTime(1e-4);
        double[] signal = new double[2];
        points.Signal(level, [-0.99, 0.51], signal);
        Near.Equal([-1 * level.Alpha, 0.5 * level.Alpha], signal, 1e-12, 1e-12, "the nearest point: a memory");
    }

    [Fact]
    public void Samples_HaveTheSecondMoment()
    {
        LatentCase c = new(3, 3, 1, 7);
        foreach (ILatentDistribution law in c.Laws())
        {
            double[] samples = new double[40_000 * 3];
            law.Sample(new Philox(3, PhiloxStream.Data), 0, samples);
            double[] expected = law.SecondMoment();
            Assert.InRange(Dense.RelativeError(PrincipalSubspace.SecondMoment(samples, 3), expected), 0, 0.03); // 1/√40000 with fourth moments
            double[] one = new double[3];
            law.Sample(new Philox(3, PhiloxStream.Data), 17, one);
            Assert.Equal(samples.AsSpan(51, 3).ToArray(), one); // keyed by number
            Near.Equal(new SymmetricEigen(expected, 3).Values[0], law.SmallestMoment(), 1e-12, 1e-12, "c₀");
        }
    }

    [Fact]
    public void BadInput_IsRefused()
    {
        Assert.Contains("clean level", Assert.Throws<ArgumentException>(() => LatentGaussian.Diagonal(1).LogDensity(NoiseLevel.Clean, [0])).Message, StringComparison.Ordinal);
        Assert.Contains("eigenvalues of 0 or more", Assert.Throws<ArgumentException>(() => LatentGaussian.Diagonal(1, -1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new LatentMixture([1, 1], [LatentGaussian.Diagonal(1)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatentMixture([1, 0], [LatentGaussian.Diagonal(1), LatentGaussian.Diagonal(1)]));
        Assert.Throws<ArgumentException>(() => new LatentMixture([1, 1], [LatentGaussian.Diagonal(1), LatentGaussian.Diagonal(1, 1)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IsotropicMixture(2, [1, 2], -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IsotropicMixture(2, []));
        Assert.Throws<ArgumentException>(() => new IsotropicMixture(2, [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => LatentGaussian.Diagonal(1, 2).Score(NoiseLevel.FromTime(1), [1], new double[1]));
    }

    private static double[] Score(ILatentDistribution law, NoiseLevel level, double[] h)
    {
        double[] score = new double[h.Length];
        law.Score(level, h, score);
        return score;
    }
}
