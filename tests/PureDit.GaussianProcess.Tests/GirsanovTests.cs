using PureDit.Diffusion;

namespace PureDit.GaussianProcess.Tests;

/// <summary>
/// What a wrong score costs: KL(exact ‖ sampled) ≤ ½∫E‖ŝ − s*‖²dt + KL at the start, for the reverse SDE
/// dy = (½y + ŝ)dτ + dW from N(0, I). The score of another process is wrong and affine, so the samples stay Gaussian
/// and both sides can be integrated.
/// </summary>
public class GirsanovTests
{
    private const double Start = 4, Stop = 0.1;
    private const int Steps = 4000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Divergence_OfSamplesFromAWrongScore_StaysBelowItsIntegratedError(int seed)
    {
        Case c = new(3, 2, "exponential-power(nu=1, ell=2)", seed, Stop);
        GaussianSequence truth = c.Process(), wrong = c.Process(seed + 100);
        int p = truth.Size;
        double[] mean = new double[p], covariance = Matrices.Identity(p);
        double integral = 0, h = (Start - Stop) / Steps;
        for (int k = 0; k < Steps; k++)
        {
            // First order in h, here 1e-3: far below the slack of the inequality.
            NoiseLevel level = NoiseLevel.FromTime(Start - ((k + 0.5) * h));
            (double[] matrix, double[] offset) = AffineScore(wrong, level);
            integral += 0.5 * h * SquaredError(truth, level, matrix, offset);

            double[] step = Matrices.Combine(1 + (0.5 * h), Matrices.Identity(p), h, matrix);
            double[] moved = new double[p];
            Dense.Multiply(step, mean, p, p, 1, moved);
            mean = Matrices.Combine(1, moved, h, offset);
            covariance = Matrices.Product(Matrices.Product(step, covariance, p), Dense.Transpose(step, p, p), p);
            covariance = Matrices.Combine(1, covariance, h, Matrices.Identity(p));
        }

        double initial = KullbackLeibler(truth, NoiseLevel.FromTime(Start), new double[p], Matrices.Identity(p));
        double reached = KullbackLeibler(truth, NoiseLevel.FromTime(Stop), mean, covariance);
        Assert.InRange(reached, 0.05, integral + initial);
        Assert.True(reached > 0.1 * (integral + initial), $"{reached} of {integral + initial}: a bound that tests nothing");
    }

    private static double KullbackLeibler(GaussianSequence truth, NoiseLevel level, double[] mean, double[] covariance)
    {
        double[] exact = Array.ConvertAll(truth.Mean.ToArray(), m => level.Alpha * m);
        return GaussianDivergence.KullbackLeibler(exact, Matrices.NoisyCovariance(truth, level), mean, covariance);
    }

    // E‖Bx + b − s*(x)‖² for x ~ N(αμ, A), with s* = −A⁻¹(x − αμ): tr(D A D') + ‖D·αμ + e‖², D and e the differences.
    private static double SquaredError(GaussianSequence truth, NoiseLevel level, double[] matrix, double[] offset)
    {
        int p = truth.Size;
        (double[] exact, double[] exactOffset) = AffineScore(truth, level);
        double[] d = Matrices.Combine(1, matrix, -1, exact), e = Matrices.Combine(1, offset, -1, exactOffset);
        double[] spread = Matrices.Product(d, Matrices.NoisyCovariance(truth, level), p);
        spread = Matrices.Product(spread, Dense.Transpose(d, p, p), p);
        double[] atMean = new double[p];
        Dense.Multiply(d, Array.ConvertAll(truth.Mean.ToArray(), m => level.Alpha * m), p, p, 1, atMean);
        return Dense.Trace(spread, p) + Dense.SquaredNorm(Matrices.Combine(1, atMean, 1, e));
    }

    private static (double[] Matrix, double[] Offset) AffineScore(GaussianSequence process, NoiseLevel level)
    {
        int p = process.Size;
        double[] rows = Matrices.Identity(p), offset = new double[p];
        process.Score(level, rows, rows);
        process.Score(level, offset, offset);
        for (int i = 0; i < p * p; i++) rows[i] -= offset[i % p];
        return (Dense.Transpose(rows, p, p), offset);
    }
}
