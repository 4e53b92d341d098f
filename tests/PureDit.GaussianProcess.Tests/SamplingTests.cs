using PureDit.Diffusion;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests;

/// <summary>Samples, and the score's moments over them.</summary>
public class SamplingTests
{
    private const double StandardErrors = 4.5; // over some hundreds of entries at once; seeds are fixed
    private const int Count = 40_000;

    [Theory]
    [InlineData("exponential-power(nu=1, ell=3)")]
    [InlineData("exponential-power(nu=2, ell=400)")] // no Cholesky factor in double: the eigenvalue square root
    public void Sample_HasMeanAndCovarianceOfTheProcess(string kernel)
    {
        GaussianSequence process = (Cases.Fixed with { Kernel = kernel, Frames = 11, Channels = 2 }).Process();
        bool isSmooth = kernel.Contains("nu=2", StringComparison.Ordinal);
        Assert.Equal(isSmooth, Cholesky.TryFactor(process.Temporal, 11) is null);
        float[] samples = new float[Count * process.Size];
        process.Sample(Cases.Noise(7), 0, samples);
        double[] mean = new SequenceStatistics(samples, 11, 2).Mean.ToArray();
        double[] covariance = SequenceStatistics.FullCovariance(samples, process.Size);
        AssertMoments(mean, process.Mean.ToArray(), covariance, Matrices.Covariance(process), "sample");
    }

    [Fact]
    public void Sample_CovarianceIsNotThatOfTheSwappedFactors()
    {
        GaussianSequence process = Cases.Fixed.Process();
        float[] samples = new float[Count * process.Size];
        process.Sample(Cases.Noise(7), 0, samples);
        double[] covariance = SequenceStatistics.FullCovariance(samples, process.Size);
        double[] swapped = Dense.Kronecker(process.Spatial, process.Channels, process.Temporal, process.Frames);
        Assert.True(Dense.RelativeError(covariance, Matrices.Covariance(process)) < 0.03);
        Assert.True(Dense.RelativeError(covariance, swapped) > 0.3);
    }

    [Fact]
    public void Sample_DoesNotDependOnItsBatch()
    {
        GaussianSequence process = Cases.Fixed.Process();
        float[] batch = new float[7 * process.Size], alone = new float[process.Size], other = new float[process.Size];
        process.Sample(Cases.Noise(7), 100, batch);
        process.Sample(Cases.Noise(7), 105, alone);
        process.Sample(Cases.Noise(8), 105, other);
        Near.SameBits(batch.AsSpan(5 * process.Size, process.Size), alone);
        Assert.NotEqual(alone, other);
    }

    [Fact]
    public void Sample_WithFullyCorrelatedFrames_RepeatsTheFrame()
    {
        double[] ones = new double[25];
        Array.Fill(ones, 1);
        GaussianSequence process = new(5, 3, [], ones, Matrices.RandomCovariance(3, 1));
        float[] sample = new float[15];
        process.Sample(Cases.Noise(7), 0, sample);
        for (int i = 3; i < 15; i++) Near.Equal(sample[i % 3], (double)sample[i], 1e-5, 1e-5);
        Assert.NotEqual(sample[0], sample[1]);
    }

    [Fact]
    public void Score_HasMeanZero_TheInverseCovariance_AndSteinsIdentity()
    {
        Case c = Cases.Fixed;
        GaussianSequence process = c.Process();
        (_, _, double[] xt) = Matrices.Noised(process, c.Level, Count, 11);
        double[] scores = new double[xt.Length];
        process.Score(c.Level, xt, scores);

        double[] mean = new SequenceStatistics(Near.ToFloat(scores), c.Frames, c.Channels).Mean.ToArray();
        double[] second = SequenceStatistics.FullCovariance(Near.ToFloat(scores), process.Size, new double[process.Size]);
        double[] inverse = Matrices.Inverse(Matrices.NoisyCovariance(process, c.Level), process.Size);
        AssertMoments(mean, new double[process.Size], second, inverse, "score");

        MonteCarlo stein = new();
        for (int k = 0; k < Count; k++)
        {
            double product = 0;
            for (int i = 0; i < process.Size; i++)
            {
                int at = (k * process.Size) + i;
                product += scores[at] * (xt[at] - (c.Level.Alpha * process.Mean[i]));
            }

            stein.Add(product);
        }

        stein.Confirms(-process.Size, 0.01, "E s·(x − αμ)");
    }

    [Fact]
    public void Process_OfWrongShapeOrWithoutCovariance_IsRejectedByName()
    {
        double[] gamma = new ExponentialPower(1, 2).Matrix(5), sigma = Matrices.RandomCovariance(3, 1);
        Assert.Throws<ArgumentException>("mean", () => new GaussianSequence(5, 3, new double[14], gamma, sigma));
        Assert.Throws<ArgumentException>("temporal", () => new GaussianSequence(3, 5, [], gamma, sigma));
        Assert.Throws<ArgumentException>("spatial", () => new GaussianSequence(5, 2, [], gamma, sigma));
        Assert.Throws<ArgumentOutOfRangeException>("frames", () => new GaussianSequence(0, 3, [], [], sigma));
        Assert.Throws<ArgumentException>("spatial", () => new GaussianSequence(5, 2, [], gamma, [1, 0.2, 0.3, 1]));
        double[] indefinite = [1, 2, 2, 1];
        Assert.Contains(
            "eigenvalue -1",
            Assert.Throws<ArgumentException>("spatial", () => new GaussianSequence(5, 2, [], gamma, indefinite)).Message,
            StringComparison.Ordinal);

        GaussianSequence process = new(5, 3, [], gamma, sigma);
        Assert.Throws<ArgumentException>("samples", () => process.Sample(Cases.Noise(7), 0, new float[16]));
        NoiseLevel level = Cases.Fixed.Level;
        Assert.Throws<ArgumentException>("x", () => process.Score(level, new double[16], new double[16]));
        Assert.Throws<ArgumentException>("prediction", () => process.Score(level, new double[15], new double[30]));
        Assert.Throws<ArgumentException>("x", () => process.LogDensity(level, new double[30]));

        GaussianSequence singular = new(2, 1, [], [1, 1, 1, 1], [1]);
        Assert.Equal(double.PositiveInfinity, singular.ConditionNumber(NoiseLevel.Clean));
        Assert.Throws<ArgumentException>("level", () => singular.Score(NoiseLevel.Clean, new double[2], new double[2]));
    }

    // Var(x̄_i) = C_ii/n; Var(Ĉ_ij) = (C_ii C_jj + C_ij²)/n.
    private static void AssertMoments(
        double[] mean, double[] expectedMean, double[] covariance, double[] expected, string what)
    {
        int p = mean.Length;
        for (int i = 0; i < p; i++)
        {
            double own = expected[i * (p + 1)];
            Near.Equal(expectedMean[i], mean[i], 0, StandardErrors * Math.Sqrt(own / Count), $"{what} mean {i}");
            for (int j = 0; j < p; j++)
            {
                double c = expected[(i * p) + j], error = Math.Sqrt(((own * expected[j * (p + 1)]) + (c * c)) / Count);
                Near.Equal(c, covariance[(i * p) + j], 0, StandardErrors * error, $"{what} covariance {i}, {j}");
            }
        }
    }
}
