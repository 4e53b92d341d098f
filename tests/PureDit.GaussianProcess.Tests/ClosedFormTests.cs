using PureDit.Diffusion;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests;

/// <summary>The score, the density and the predictions against calculus and against dense matrices.</summary>
public class ClosedFormTests
{
    private const double Step = 1e-5; // of central differences
    private const double DifferenceTolerance = 1e-6; // truncation Step² and rounding 1e-16·|log p|/Step, with room
    private const double DenseTolerance = 1e-10; // condition numbers up to some thousands

    [Fact]
    public void Score_IsTheGradientOfTheLogDensity() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence process = c.Process();
            double[] x = c.Noisy(process), score = new double[x.Length];
            process.Score(c.Level, x, score);
            for (int i = 0; i < x.Length; i++)
            {
                double slope = Difference(h => process.LogDensity(c.Level, Moved(x, i, h)));
                Near.Equal(score[i], slope, DifferenceTolerance, DifferenceTolerance * 10, $"∂{i}");
            }
        });

    [Fact]
    public void Score_Jacobian_IsMinusTheInverseCovariance() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence process = c.Process();
            int p = process.Size;
            double[] jacobian = Jacobian(process, c.Level), symmetry = Dense.Transpose(jacobian, p, p);
            double[] inverse = Matrices.Inverse(Matrices.NoisyCovariance(process, c.Level), p);
            Near.Equal(Array.ConvertAll(inverse, x => -x), jacobian, DenseTolerance, DenseTolerance * 100, "jacobian");
            Near.Equal(jacobian, symmetry, 0, 1e-11 * process.ConditionNumber(c.Level), "symmetry");
        });

    [Fact]
    public void Score_ByModes_IsTheDenseSolve() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence process = c.Process();
            double[] x = c.Noisy(process), score = new double[x.Length];
            process.Score(c.Level, x, score);
            double[] centred = Matrices.Combine(-1, x, c.Level.Alpha, process.Mean);
            double[] solved = Matrices.Solve(Matrices.NoisyCovariance(process, c.Level), centred);
            Near.Equal(solved, score, DenseTolerance, DenseTolerance, "score");
        });

    [Fact]
    public void Score_WithTheFactorsSwapped_IsAnotherScore()
    {
        // Γ⊗Σ and Σ⊗Γ have the same eigenvalues: only a test with N ≠ d and both factors non-trivial tells them apart.
        GaussianSequence process = Cases.Fixed.Process();
        double[] swapped = Dense.Kronecker(process.Spatial, process.Channels, process.Temporal, process.Frames);
        double error = Dense.RelativeError(swapped, Matrices.Covariance(process));
        Assert.True(error > 0.3, $"the flatten order changes the covariance by {error:P0} only");
        double[] x = Cases.Fixed.Noisy(process), score = new double[x.Length];
        process.Score(NoiseLevel.FromTime(1e-9), x, score);
        double[] wrong = Matrices.Solve(swapped, Matrices.Combine(-1, x, 1, process.Mean));
        Assert.True(Dense.RelativeError(wrong, score) > 0.3);
    }

    [Fact]
    public void LogDensity_IsTheDenseFormula() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence process = c.Process();
            double[] x = c.Noisy(process), a = Matrices.NoisyCovariance(process, c.Level);
            double[] centred = Matrices.Combine(1, x, -c.Level.Alpha, process.Mean);
            double expected = -0.5 * ((process.Size * Math.Log(2 * Math.PI))
                + new Cholesky(a, process.Size).LogDeterminant + Dot(centred, Matrices.Solve(a, centred)));
            Near.Equal(expected, process.LogDensity(c.Level, x), DenseTolerance, DenseTolerance, "log p");
        });

    [Fact]
    public void Score_AtTheEnds_IsThatOfTheDataAndOfWhiteNoise() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence process = c.Process();
            double[] x = c.Noisy(process), score = new double[x.Length];
            process.Score(NoiseLevel.Clean, x, score);
            double[] data = Matrices.Solve(Matrices.Covariance(process), Matrices.Combine(-1, x, 1, process.Mean));
            Near.Equal(data, score, 1e-8, 1e-8, "t = 0"); // the condition number of the data itself

            process.Score(NoiseLevel.FromTime(60), x, score);
            Near.Equal(Array.ConvertAll(x, v => -v), score, 1e-11, 1e-11, "t = 60");
        });

    [Fact]
    public void LogDensity_ObeysTheFokkerPlanckEquation() =>
        Law.Holds(Cases.All, c =>
        {
            // ∂ₜ log p = ½ ∇·(x + s) + ½ s·(x + s)
            GaussianSequence process = c.Process();
            double[] x = c.Noisy(process), s = new double[x.Length];
            process.Score(c.Level, x, s);
            double inTime = Difference(h => process.LogDensity(NoiseLevel.FromTime(c.Time + h), x));
            double divergence = x.Length + Dense.Trace(Jacobian(process, c.Level), x.Length);
            double expected = 0.5 * (divergence + Dot(s, Matrices.Combine(1, x, 1, s)));
            Near.Equal(expected, inTime, 1e-5, 1e-5, "∂t log p"); // the third derivative in t is large near t = 0.05
        });

    [Fact]
    public void NoisyCovariance_ObeysTheSemigroup() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence process = c.Process();
            const double Later = 0.7;
            NoiseLevel step = NoiseLevel.FromTime(Later);
            double[] now = CovarianceFromScore(process, c.Level);
            double[] later = CovarianceFromScore(process, NoiseLevel.FromTime(c.Time + Later));
            double[] moved = Matrices.Combine(step.AlphaBar, now, step.Variance, Matrices.Identity(process.Size));
            Near.Equal(moved, later, 1e-9, 1e-9, "A(t + s)");
        });

    [Fact]
    public void Predictions_AgreeWithTheScoreByTweediesFormula() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence process = c.Process();
            double alpha = c.Level.Alpha, sigma = c.Level.Sigma;
            double[] x = c.Noisy(process);
            double[] s = Predicted(PredictionKind.Score), eps = Matrices.Combine(-sigma, s, 0, s);
            double[] x0 = Matrices.Combine(1 / alpha, x, sigma * sigma / alpha, s);
            Near.Equal(eps, Predicted(PredictionKind.Noise), 1e-12, 1e-11, "noise");
            Near.Equal(x0, Predicted(PredictionKind.X0), 1e-11, 1e-11, "x0");
            Near.Equal(Matrices.Combine(alpha, eps, -sigma, x0), Predicted(PredictionKind.V), 1e-11, 1e-11, "v");

            double[] Predicted(PredictionKind kind)
            {
                double[] result = new double[x.Length];
                process.Predict(kind, c.Level, x, result);
                return result;
            }
        });

    [Fact]
    public void PosteriorCovariance_IsThatOfTheJointNormal() =>
        Law.Holds(Cases.All, c =>
        {
            // Cov[x0 | xt] = C − (αC) A⁻¹ (αC)
            GaussianSequence process = c.Process();
            int p = process.Size;
            double[] prior = Matrices.Covariance(process), a = Matrices.NoisyCovariance(process, c.Level);
            double[] gain = Matrices.Product(prior, Matrices.Inverse(a, p), p);
            double[] expected = Matrices.Combine(1, prior, -c.Level.AlphaBar, Matrices.Product(gain, prior, p));
            double[] actual = new double[p * p];
            process.PosteriorCovariance(c.Level, actual);
            Near.Equal(expected, actual, DenseTolerance, DenseTolerance, "Cov[x0 | xt]");
        });

    [Fact]
    public void Modes_AreTheEigenvaluesOfTheKroneckerProduct_AndTheirBasisIsOrthonormal() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence process = c.Process();
            double[] modes = process.Modes.ToArray();
            Array.Sort(modes);
            SymmetricEigen whole = new(Matrices.Covariance(process), process.Size);
            Near.Equal(whole.Values, modes, 1e-11, 1e-12, "modes");
            whole = new(Matrices.NoisyCovariance(process, c.Level), process.Size);
            Near.Equal(whole.ConditionNumber, process.ConditionNumber(c.Level), 1e-10, 0, "κ");

            double[] x = c.Noisy(process), z = new double[x.Length], back = new double[x.Length];
            process.ToModes(x, z);
            process.FromModes(z, back);
            Near.Equal(x, back, 0, 1e-12, "round trip");
            Near.Equal(Dense.SquaredNorm(x), Dense.SquaredNorm(z), 1e-12, 0, "norm");
        });

    private static double Difference(Func<double, double> f) => (f(Step) - f(-Step)) / (2 * Step);

    private static double[] Moved(double[] x, int index, double by)
    {
        double[] moved = (double[])x.Clone();
        moved[index] += by;
        return moved;
    }

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();

    // The score is affine: column j is s(e_j) − s(0).
    private static double[] Jacobian(GaussianSequence process, NoiseLevel level)
    {
        int p = process.Size;
        double[] columns = Matrices.Identity(p), origin = new double[p];
        process.Score(level, columns, columns);
        process.Score(level, origin, origin);
        for (int i = 0; i < p * p; i++) columns[i] -= origin[i % p];
        return Dense.Transpose(columns, p, p);
    }

    private static double[] CovarianceFromScore(GaussianSequence process, NoiseLevel level) =>
        Matrices.Inverse(Array.ConvertAll(Symmetrised(Jacobian(process, level), process.Size), x => -x), process.Size);

    private static double[] Symmetrised(double[] a, int n) => Matrices.Combine(0.5, a, 0.5, Dense.Transpose(a, n, n));
}
