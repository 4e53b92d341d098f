using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Latent.Tests;

/// <summary>Lemma 2.1 against the same law written in R^D, and the forms in which it is printed wrongly.</summary>
public sealed class DecompositionTests
{
    private const double Rounding = 1e-9; // condition numbers up to some thousands
    private static readonly LatentCase Example = new(7, 3, 0.5, 11);

    [Fact]
    public void Decomposition_IsTheScoreInFullDimension() =>
        Law.Holds(LatentCase.All, c =>
        {
            LinearSubspace b = c.Subspace();
            double[] x = c.Normal(c.Dimension, 30); // off the subspace as well
            Near.Equal(Direct(InFull(b, c.Mixture()), c.Level, x), Decomposed(b, c.Mixture(), c.Level, x), Rounding, Rounding * 10, "score");
        });

    [Fact]
    public void Decomposition_DoesNotDependOnTheBasis() =>
        Law.Holds(LatentCase.All, c =>
        {
            LinearSubspace b = c.Subspace(), turn = LinearSubspace.Random(c.Rank, c.Rank, c.Seed + 5);
            double[] basis = new double[c.Dimension * c.Rank], x = c.Normal(c.Dimension, 31);
            Dense.Multiply(b.Basis, turn.Basis, c.Dimension, c.Rank, c.Rank, basis); // B U, with h' = Uᵀh
            LatentMixture law = c.Mixture();
            LatentMixture turned = new(law.Weights, [.. law.Components.Select(part => Turned(part, turn, transpose: true))]);
            Near.Equal(Decomposed(b, law, c.Level, x), Decomposed(new(c.Dimension, c.Rank, basis), turned, c.Level, x), Rounding, Rounding * 10, "score");
        });

    [Fact]
    public void SquaredNorm_OfAGaussianScore_IsItsTraces_AndTheLeastLossHasNoDimensionInIt() =>
        Law.Holds(LatentCase.All, c =>
        {
            LatentGaussian law = c.Gaussian();
            double norm = ScoreDecomposition.ExpectedSquaredNorm(c.Dimension, law, c.Level);
            double[] jacobian = new double[c.Dimension * c.Dimension];
            InFull(c.Subspace(), law).Jacobian(c.Level, new double[c.Dimension], jacobian); // E‖s‖² = −E tr ∇s
            Near.Equal(-Dense.Trace(jacobian, c.Dimension), norm, Rounding, Rounding, "tr C⁻¹ + (D − d₀)/σ²");
            double target = c.Dimension / c.Level.Variance; // E‖ε/σ‖²
            Near.Equal(target - norm, LatentLoss.Least(law, c.Level), Rounding, Rounding * target, "least loss");
        });

    [Fact]
    public void LossSplit_IsPythagoras() =>
        Law.Holds(LatentCase.All, c =>
        {
            LinearSubspace w = c.Subspace();
            double[] f = c.Normal(c.Rank, 33), clean = c.Normal(c.Dimension, 34), residual = new double[c.Dimension];
            w.Lift(f, residual);
            Dense.AddScaled(-c.Level.Alpha, clean, residual);
            (double inside, double outside) = LatentLoss.Split(w, c.Level, f, clean);
            Near.Equal(Dense.SquaredNorm(residual), inside + outside, 1e-12, 1e-12, "‖W f − αx₀‖²");
        });

    [Fact]
    public void Excess_BoundsTheDistance() =>
        Law.Holds(LatentCase.All, c =>
        {
            LinearSubspace b = c.Subspace(), w = LinearSubspace.Random(c.Dimension, c.Rank, c.Seed + 9);
            int count = c.Rank + 4; // over any sample, with any f: here a random multiple of Wᵀ B q
            double[] q = new double[c.Rank], f = new double[c.Rank], lifted = new double[c.Dimension], other = new double[c.Dimension], moment = new double[c.Rank * c.Rank];
            double excess = 0;
            for (int s = 0; s < count; s++)
            {
                c.Mixture().Signal(c.Level, c.Normal(c.Rank, 40 + s), q);
                b.Lift(q, lifted);
                w.Project(lifted, f);
                w.Lift([.. f.Select((v, i) => v * (1 + (0.1 * i)))], other);
                Dense.AddScaled(-1, other, lifted);
                excess += Dense.SquaredNorm(lifted) / count;
                for (int i = 0; i < c.Rank; i++) Dense.AddScaled(q[i] / count, q, moment.AsSpan(i * c.Rank, c.Rank));
            }

            double smallest = Math.Max(new SymmetricEigen(moment, c.Rank).Values[0], 1e-12);
            double bound = LatentLoss.LargestSquaredDistance(excess, smallest);
            Assert.InRange(w.SquaredDistance(b), 0, (bound * (1 + 1e-9)) + 1e-25); // rounding where d₀ = D
        });

    [Fact]
    public void SignalMoment_OfAGaussian_IsItsClosedForm()
    {
        LatentGaussian law = LatentGaussian.Diagonal(0.4, 1.5);
        double[] h = new double[20_000 * 2], q = new double[2];
        LatentGaussian.Diagonal((Example.Level.AlphaBar * 0.4) + Example.Level.Variance, (Example.Level.AlphaBar * 1.5) + Example.Level.Variance).Sample(new Philox(1, PhiloxStream.Data), 0, h);
        double square = 0;
        for (int s = 0; s < 20_000; s++)
        {
            law.Signal(Example.Level, h.AsSpan(s * 2, 2), q);
            square += q[0] * q[0] / 20_000;
        }

        Near.Equal(LatentLoss.SmallestSignalMoment(law, Example.Level), square, 0.05, 0); // √(2/20000), five times
    }

    [Fact]
    public void Erratum1_SigmaIsAVariance_TheDeviationInItsPlaceIsNoGradient()
    {
        double[] x = Example.Normal(7, 35), truth = LatentCase.Gradient(at => InFull(Example.Subspace(), Example.Mixture()).LogDensity(Example.Level, at), x);
        double[] score = Decomposed(Example.Subspace(), Example.Mixture(), Example.Level, x);
        Assert.InRange(Dense.RelativeError(score, truth), 0, 1e-6);
        double[] wrong = [.. score.Select(s => s * Example.Level.Variance / Example.Level.Sigma)]; // [B q − x]/√σ(t)
        Assert.True(Dense.RelativeError(wrong, truth) > 0.1);
    }

    [Fact]
    public void Erratum2_ThePrintedLossIsNotLeastAtTheScore()
    {
        // One coordinate, h₀ ~ N(0, λ): models s = a·x, exact a = −1/(α²λ + σ²). Printed E‖s − x₀‖², right E‖s + ε/σ‖².
        (double lambda, NoiseLevel level) = (1.7, Example.Level);
        double noisy = (level.AlphaBar * lambda) + level.Variance, exact = -1 / noisy;
        double Printed(double a) => (a * a * noisy) - (2 * a * level.Alpha * lambda) + lambda;
        double Right(double a) => (a * a * noisy) + (2 * a) + (1 / level.Variance); // E[xε]/σ = 1
        Assert.True(Right(exact) < Right(exact * 0.99) && Right(exact) < Right(exact * 1.01));
        double posterior = level.Alpha * lambda / noisy;
        Assert.True(Printed(posterior) < Printed(exact), "the printed loss is least at E[x₀ | x], of the other sign even");
        Near.Equal(LatentLoss.Least(LatentGaussian.Diagonal(lambda), level), Right(exact), 1e-12, 0, "and the least right loss is the closed form");
    }

    [Fact]
    public void Erratum3_TheSignalHasTheFactorAlpha()
    {
        LinearSubspace b = Example.Subspace();
        double[] x = Example.Normal(7, 36), h = new double[3], signal = new double[3], score = new double[7];
        double[] truth = LatentCase.Gradient(at => InFull(b, Example.Mixture()).LogDensity(Example.Level, at), x);
        b.Project(x, h);
        Example.Mixture().Signal(Example.Level, h, signal);
        ScoreDecomposition.FromSignal(b, Example.Level, x, signal, score);
        Assert.InRange(Dense.RelativeError(score, truth), 0, 1e-6);
        ScoreDecomposition.FromSignal(b, Example.Level, x, [.. signal.Select(q => q / Example.Level.Alpha)], score); // E[h₀ | h]
        Assert.True(Dense.RelativeError(score, truth) > 0.03, "lemma F.2 as printed would pass");
    }

    [Fact]
    public void BadInput_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => Decomposed(Example.Subspace(), LatentGaussian.Diagonal(1), Example.Level, new double[7]));
        Assert.Throws<ArgumentException>(() => Decomposed(Example.Subspace(), Example.Mixture(), NoiseLevel.Clean, new double[7]));
        Assert.Throws<ArgumentException>(() => Decomposed(Example.Subspace(), Example.Mixture(), Example.Level, new double[6]));
        Assert.Throws<ArgumentOutOfRangeException>(() => LatentLoss.LargestSquaredDistance(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ScoreDecomposition.ExpectedSquaredNorm(2, LatentGaussian.Diagonal(1, 1, 1), Example.Level));
    }

    private static double[] Decomposed(LinearSubspace b, ILatentDistribution law, NoiseLevel level, double[] x)
    {
        double[] score = new double[b.Dimension];
        ScoreDecomposition.Score(b, law, level, x, score);
        return score;
    }

    private static double[] Direct(LatentMixture law, NoiseLevel level, double[] x)
    {
        double[] score = new double[x.Length];
        law.Score(level, x, score);
        return score;
    }

    // The law of B h₀, whose covariances are singular.
    private static LatentMixture InFull(LinearSubspace b, LatentMixture law) =>
        new(law.Weights, [.. law.Components.Select(part => Turned(part, b, transpose: false))]);

    private static LatentGaussian InFull(LinearSubspace b, LatentGaussian law) => Turned(law, b, transpose: false);

    private static LatentGaussian Turned(LatentGaussian law, LinearSubspace by, bool transpose)
    {
        int size = transpose ? by.Rank : by.Dimension;
        double[] map = transpose ? Dense.Transpose(by.Basis, by.Dimension, by.Rank) : by.Basis.ToArray();
        double[] mean = new double[size], half = new double[size * law.Size], covariance = new double[size * size];
        Dense.Multiply(map, law.Mean, size, law.Size, 1, mean);
        Dense.Multiply(map, law.Covariance, size, law.Size, law.Size, half);
        Dense.Multiply(half, Dense.Transpose(map, size, law.Size), size, law.Size, size, covariance);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < i; j++) covariance[(i * size) + j] = covariance[(j * size) + i];
        }

        return new(mean, covariance);
    }
}
