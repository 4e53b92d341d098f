using FsCheck.Fluent;
using PureDit.Diffusion;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests;

public class GaussianDivergenceTests
{
    private const double Tolerance = 1e-9; // condition numbers up to some thousands

    [Fact]
    public void KullbackLeibler_ByKroneckerFactors_IsTheDense() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence p = c.Process(), q = c.Process(c.Seed + 50);
            double[] c0 = Matrices.Covariance(p), c1 = Matrices.Covariance(q);
            double dense = GaussianDivergence.KullbackLeibler(p.Mean, c0, q.Mean, c1);
            Near.Equal(dense, GaussianDivergence.KullbackLeibler(p, q), Tolerance, Tolerance);
        });

    [Fact]
    public void SquaredWasserstein_ByKroneckerFactors_IsTheDense() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence p = c.Process(), q = c.Process(c.Seed + 50);
            double[] c0 = Matrices.Covariance(p), c1 = Matrices.Covariance(q);
            double dense = GaussianDivergence.SquaredWasserstein(p.Mean, c0, q.Mean, c1);
            Near.Equal(dense, GaussianDivergence.SquaredWasserstein(p, q), Tolerance, Tolerance);
            Near.Equal(dense, GaussianDivergence.SquaredWasserstein(q, p), Tolerance, Tolerance, "symmetry");
        });

    [Fact]
    public void KullbackLeibler_IsTheExpectedLogRatio()
    {
        GaussianSequence p = Cases.Fixed.Process(), q = Cases.Fixed.Process(99);
        const int Count = 20_000;
        float[] samples = new float[Count * p.Size];
        p.Sample(Cases.Noise(31), 0, samples);
        double[] x = Near.ToDouble(samples);
        NoiseLevel clean = NoiseLevel.FromTime(0);
        MonteCarlo ratio = new();
        for (int k = 0; k < Count; k++)
        {
            ReadOnlySpan<double> one = x.AsSpan(k * p.Size, p.Size);
            ratio.Add(p.LogDensity(clean, one) - q.LogDensity(clean, one));
        }

        ratio.Confirms(GaussianDivergence.KullbackLeibler(p, q), 0.02, "KL");
    }

    [Fact]
    public void Divergences_OfTheSameDistribution_AreZero_AndElsePositive() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence p = c.Process(), q = c.Process(c.Seed + 50);
            Near.Equal(0, GaussianDivergence.KullbackLeibler(p, p), 0, 1e-10);
            Near.Equal(0, GaussianDivergence.SquaredWasserstein(p, p), 0, 1e-10);
            Assert.True(GaussianDivergence.KullbackLeibler(p, q) > 1e-3);
            Assert.True(GaussianDivergence.SquaredWasserstein(p, q) > 1e-3);
        });

    [Fact]
    public void Divergences_OfCommutingCovariances_AreSumsOverModes() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence p = c.Process();
            int n = p.Size;
            double[] first = [.. Values.NormalDouble(n, c.Seed + 5).Select(Math.Exp)];
            double[] second = [.. Values.NormalDouble(n, c.Seed + 6).Select(Math.Exp)];
            double[] c0 = new double[n * n], c1 = new double[n * n], mean = p.Mean.ToArray();
            p.FromModeVariances(first, c0);
            p.FromModeVariances(second, c1);
            double kl = first.Zip(second, (a, b) => 0.5 * ((a / b) - 1 - Math.Log(a / b))).Sum();
            double w2 = first.Zip(second, (a, b) => Math.Pow(Math.Sqrt(a) - Math.Sqrt(b), 2)).Sum();
            Near.Equal(kl, GaussianDivergence.KullbackLeibler(mean, c0, mean, c1), Tolerance, Tolerance, "KL");
            Near.Equal(w2, GaussianDivergence.SquaredWasserstein(mean, c0, mean, c1), Tolerance, Tolerance, "W2²");
        });

    [Fact]
    public void Divergences_HaveTheHandComputedValues()
    {
        // N(0, 4) and N(1, 1): KL = ½(4 − 1 + 1 − ln 4), W2² = 1 + (2 − 1)².
        Near.Equal(2 - Math.Log(2), GaussianDivergence.KullbackLeibler([0], [4], [1], [1]), 1e-15, 0);
        Near.Equal(2, GaussianDivergence.SquaredWasserstein([0], [4], [1], [1]), 1e-15, 0);
        Near.Equal(4, GaussianDivergence.SquaredWasserstein([0, 0], [4, 0, 0, 0], [0, 0], [0, 0, 0, 0]), 1e-15, 0);
        Near.Equal(0.1, GaussianDivergence.TotalVariationBound(0.02), 1e-15, 0);
        Assert.Equal(1, GaussianDivergence.TotalVariationBound(50));
    }

    [Fact]
    public void TotalVariation_OfShiftedNormals_StaysBelowTheBound() =>
        Law.Holds(Gen.Choose(0, 40).Select(x => x / 10.0), shift =>
        {
            // The total variation of N(0, 1) and N(m, 1) is the probability of |z| < m/2.
            double probability = 0;
            const int Steps = 2000;
            for (int i = 0; i < Steps; i++)
            {
                double z = 0.5 * shift * (i + 0.5) / Steps;
                probability += Math.Exp(-0.5 * z * z) * shift / Steps / Math.Sqrt(2 * Math.PI);
            }

            double kl = GaussianDivergence.KullbackLeibler([0], [1], [shift], [1]);
            Assert.InRange(probability, 0, GaussianDivergence.TotalVariationBound(kl) + 1e-6);
        });

    [Fact]
    public void Divergences_OfWrongArguments_Throw()
    {
        GaussianSequence p = Cases.Fixed.Process(), q = (Cases.Fixed with { Frames = 3, Channels = 5 }).Process();
        Assert.Throws<ArgumentException>("q", () => GaussianDivergence.KullbackLeibler(p, q));
        Assert.Throws<ArgumentException>("mean1", () => GaussianDivergence.KullbackLeibler([0], [1], [0, 0], [1]));
        Assert.Throws<ArgumentException>("matrix", () => GaussianDivergence.KullbackLeibler([0], [0], [0], [1]));
        Assert.Throws<ArgumentOutOfRangeException>("kullbackLeibler", () => GaussianDivergence.TotalVariationBound(-1));
    }
}
