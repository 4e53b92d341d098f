using PureDit.Diffusion;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests;

public class OptimalLossTests
{
    private const int Count = 20_000;

    [Theory]
    [InlineData(PredictionKind.Noise)]
    [InlineData(PredictionKind.X0)]
    [InlineData(PredictionKind.V)]
    [InlineData(PredictionKind.Score)]
    public void Optimum_IsTheLossOfTheExactPrediction(PredictionKind kind)
    {
        Case c = Cases.Fixed;
        GaussianSequence process = c.Process();
        Losses(process, process, kind, c.Level).Confirms(OptimalLoss.At(process, kind, c.Level), 0.01, $"{kind} loss");
    }

    [Fact]
    public void Loss_OfAnotherPredictor_IsTheOptimumPlusItsDistanceToTheExactOne()
    {
        // L(θ) − L_min = E‖ε_θ − ε*‖² = σ²·E‖s_θ − s*‖²
        Case c = Cases.Fixed;
        GaussianSequence process = c.Process(), other = c.Process(c.Seed + 50);
        (_, _, double[] xt) = Matrices.Noised(process, c.Level, Count, 21);
        double[] exact = new double[xt.Length], theirs = new double[xt.Length];
        process.Score(c.Level, xt, exact);
        other.Score(c.Level, xt, theirs);
        double excess = c.Level.Variance * Dense.SquaredNorm(Matrices.Combine(1, theirs, -1, exact)) / Count;
        Assert.True(excess > 0.1 * OptimalLoss.At(process, PredictionKind.Noise, c.Level));
        Losses(process, other, PredictionKind.Noise, c.Level)
            .Confirms(OptimalLoss.At(process, PredictionKind.Noise, c.Level) + excess, 0.01, "loss");
    }

    [Fact]
    public void Optima_OfTheKinds_AreMultiplesOfOneAnother() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence process = c.Process();
            double noise = OptimalLoss.At(process, PredictionKind.Noise, c.Level);
            double snr = c.Level.AlphaBar / c.Level.Variance;
            Near.Equal(noise / snr, OptimalLoss.At(process, PredictionKind.X0, c.Level), 1e-12, 0, "x0");
            Near.Equal(noise / c.Level.Variance, OptimalLoss.At(process, PredictionKind.Score, c.Level), 1e-12, 0, "score");
            Near.Equal(noise / c.Level.AlphaBar, OptimalLoss.At(process, PredictionKind.V, c.Level), 1e-12, 0, "v");
        });

    [Fact]
    public void Optimum_LiesBetweenZeroAndTheLossOfPredictingTheMean() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence process = c.Process();
            Assert.InRange(OptimalLoss.PerValue(process, PredictionKind.Noise, c.Level), 0, 1);
            double variance = Dense.Trace(Matrices.Covariance(process), process.Size);
            Assert.InRange(OptimalLoss.At(process, PredictionKind.X0, c.Level), 0, variance);
        });

    [Fact]
    public void Optimum_OfX0_IsTheTraceOfThePosteriorCovariance() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence process = c.Process();
            double[] posterior = new double[process.Size * process.Size];
            process.PosteriorCovariance(c.Level, posterior);
            double trace = Dense.Trace(posterior, process.Size);
            Near.Equal(trace, OptimalLoss.At(process, PredictionKind.X0, c.Level), 1e-11, 0);
        });

    [Fact]
    public void Optimum_AtTheEnds_IsKnown()
    {
        GaussianSequence process = Cases.Fixed.Process(), point = new(2, 1, [1, 2], [0, 0, 0, 0], [1]);
        NoiseLevel clean = NoiseLevel.Clean, noise = NoiseLevel.FromTime(60);
        Assert.Equal(15, OptimalLoss.At(process, PredictionKind.Noise, clean), 1e-12); // invisible noise: nothing to learn
        Assert.Equal(0, OptimalLoss.At(process, PredictionKind.X0, clean));
        Assert.Equal(double.PositiveInfinity, OptimalLoss.At(process, PredictionKind.Score, clean));
        Assert.Equal(0, OptimalLoss.At(process, PredictionKind.Noise, noise), 1e-12);
        Assert.Equal(0, OptimalLoss.At(point, PredictionKind.V, Cases.Fixed.Level));
    }

    [Fact]
    public void Average_IsTheMeanOverTheLevels()
    {
        GaussianSequence process = Cases.Fixed.Process();
        NoiseLevel[] levels = [NoiseLevel.FromTime(0.1), NoiseLevel.FromTime(0.5), NoiseLevel.FromTime(2)];
        double expected = levels.Average(level => OptimalLoss.At(process, PredictionKind.V, level)) / 15;
        Assert.Equal(expected, OptimalLoss.PerValue(process, PredictionKind.V, levels), 1e-14);
        Assert.Throws<ArgumentException>("levels", () => OptimalLoss.PerValue(process, PredictionKind.V, []));
    }

    // Denoising losses of a predictor, one per sample, against the target of each kind.
    private static MonteCarlo Losses(
        GaussianSequence process, GaussianSequence predictor, PredictionKind kind, NoiseLevel level)
    {
        (double[] x0, double[] eps, double[] xt) = Matrices.Noised(process, level, Count, 21);
        double[] target = kind switch
        {
            PredictionKind.Noise => eps,
            PredictionKind.X0 => x0,
            PredictionKind.V => Matrices.Combine(level.Alpha, eps, -level.Sigma, x0),
            _ => Matrices.Combine(-1 / level.Sigma, eps, 0, x0),
        };
        double[] error = new double[xt.Length];
        predictor.Predict(kind, level, xt, error);
        error = Matrices.Combine(1, error, -1, target);
        MonteCarlo losses = new();
        for (int k = 0; k < Count; k++) losses.Add(Dense.SquaredNorm(error.AsSpan(k * process.Size, process.Size)));
        return losses;
    }
}
