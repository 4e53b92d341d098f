using FsCheck.Fluent;
using PureDit.Diffusion;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests;

/// <summary>Statistics of samples, their error floors, and processes fitted to them.</summary>
public class EstimationTests
{
    [Fact]
    public void Statistics_AreContractionsOfTheFullCovariance() =>
        Law.Holds(from c in Cases.All from known in Gen.Elements(true, false) select (c, known), t =>
        {
            Case c = t.c;
            GaussianSequence process = c.Process();
            float[] samples = Drawn(process, 9, (ulong)c.Seed);
            double[] mean = t.known ? process.Mean.ToArray() : [];
            SequenceStatistics statistics = new(samples, c.Frames, c.Channels, mean);
            double[] full = SequenceStatistics.FullCovariance(samples, process.Size, mean);
            double[] gamma = new double[c.Frames * c.Frames], sigma = new double[c.Channels * c.Channels];
            for (int row = 0; row < process.Size; row++)
            {
                for (int column = 0; column < process.Size; column++)
                {
                    double value = full[(row * process.Size) + column];
                    (int i, int a) = (row / c.Channels, row % c.Channels);
                    (int j, int b) = (column / c.Channels, column % c.Channels);
                    if (a == b) gamma[(i * c.Frames) + j] += value;
                    if (i == j) sigma[(a * c.Channels) + b] += value / c.Frames;
                }
            }

            const double SpatialTrace = 2.5;
            Near.Equal(sigma, statistics.Spatial, 1e-12, 1e-13, "Σ̂");
            double[] given = Array.ConvertAll(gamma, x => x / SpatialTrace);
            Near.Equal(given, statistics.TemporalGiven(SpatialTrace), 1e-12, 1e-13, "Γ̂ given tr Σ");
            Near.Equal(c.Frames, Dense.Trace(statistics.Temporal, c.Frames), 1e-13, 0, "tr Γ̂");
            double trace = Dense.Trace(sigma, c.Channels);
            Near.Equal(Array.ConvertAll(gamma, x => x / trace), statistics.Temporal, 1e-12, 1e-12, "Γ̂");
        });

    [Fact]
    public void Statistics_OfTwoSamples_AreTheHandComputed()
    {
        // X = [[1], [0]] and [[3], [4]]: mean [2, 2], deviations ±(1, 2), divisor n − 1 = 1.
        SequenceStatistics s = new([1, 0, 3, 4], frames: 2, channels: 1);
        Assert.Equal([2, 2], s.Mean.ToArray());
        Near.Equal([0.4, 0.8, 0.8, 1.6], s.Temporal, 1e-15, 0); // products 2, 4, 4, 8 over half their trace
        Assert.Equal(5, s.Spatial[0], 1e-14);
        SequenceStatistics known = new([1, 0, 3, 4], 2, 1, [0, 0]);
        Assert.Equal((2, 1, 2), (s.Samples, s.DegreesOfFreedom, known.DegreesOfFreedom));
        Assert.Equal(26.0 / 4, known.Spatial[0], 1e-14);
    }

    [Fact]
    public void LagCurve_OfAStationaryProcess_IsItsCovarianceFunction() =>
        Law.Holds(from kernel in Gen.Elements(Cases.Kernels) from n in Gen.Choose(1, 12) select (kernel, n), c =>
        {
            ICovarianceFunction f = CovarianceFunctions.Parse(c.kernel);
            double[] expected = [.. Enumerable.Range(0, c.n).Select(lag => f.At(lag))];
            Near.Equal(expected, SequenceStatistics.LagCurve(f.Matrix(c.n), c.n), 1e-13, 0);
        });

    // Small n, so that a divisor of n instead of n − 1 would show.
    [Theory]
    [InlineData(6, false)]
    [InlineData(6, true)]
    [InlineData(100, false)]
    public void ErrorFloors_AreTheMeanSquaredErrorsOfTheEstimators(int n, bool meanIsKnown)
    {
        const int Repetitions = 3000;
        GaussianSequence process = new(5, 2, [], new ExponentialPower(1, 3).Matrix(5), Matrices.RandomCovariance(2, 4));
        ErrorFloors floors = ErrorFloors.Of(process, n, meanIsKnown);
        double[] truth = Matrices.Covariance(process), known = meanIsKnown ? process.Mean.ToArray() : [];
        double traceSigma = Dense.Trace(process.Spatial, 2);
        MonteCarlo mean = new(), given = new(), temporal = new(), spatial = new(), full = new();
        float[] samples = new float[n * process.Size];
        for (int r = 0; r < Repetitions; r++)
        {
            process.Sample(Cases.Noise(41), r * n, samples);
            SequenceStatistics s = new(samples, 5, 2, known);
            if (!meanIsKnown) mean.Add(Dense.SquaredNorm(Matrices.Combine(1, s.Mean, -1, process.Mean)));
            given.Add(Dense.SquaredNorm(Matrices.Combine(1, s.TemporalGiven(traceSigma), -1, process.Temporal)));
            temporal.Add(Dense.SquaredNorm(Matrices.Combine(1, s.Temporal, -1, process.Temporal)));
            spatial.Add(Dense.SquaredNorm(Matrices.Combine(1, s.Spatial, -1, process.Spatial)));
            double[] unstructured = SequenceStatistics.FullCovariance(samples, 10, known);
            full.Add(Dense.SquaredNorm(Matrices.Combine(1, unstructured, -1, truth)));
        }

        if (!meanIsKnown) mean.Confirms(floors.Mean, 0.03, "mean");
        given.Confirms(floors.TemporalGivenTrace, 0.05, "Γ̂ given tr Σ");
        if (n == 100) temporal.Confirms(floors.Temporal, 0.03, "Γ̂", bias: floors.Temporal * 5 / n); // of order 1/n²
        spatial.Confirms(floors.Spatial, 0.05, "Σ̂");
        full.Confirms(floors.Covariance, 0.05, "Ĉ");
    }

    [Fact]
    public void ErrorFloors_ShrinkWithTheSamples_AndTheScaleFreeOneIsTheSmaller() =>
        Law.Holds(from c in Cases.All from n in Gen.Choose(2, 1000) select (c, n), t =>
        {
            GaussianSequence process = t.c.Process();
            ErrorFloors few = ErrorFloors.Of(process, t.n, meanIsKnown: true);
            ErrorFloors many = ErrorFloors.Of(process, 4 * t.n, meanIsKnown: true);
            Assert.InRange(few.Temporal, -1e-12 * few.TemporalGivenTrace, few.TemporalGivenTrace);
            Near.Equal(few.Covariance, 4 * many.Covariance, 1e-12, 0);
            Near.Equal(few.RelativeSpatial, 2 * many.RelativeSpatial, 1e-12, 0);
            double norm = Math.Sqrt(Dense.SquaredNorm(Matrices.Covariance(process)));
            Near.Equal(Math.Sqrt(few.Covariance) / norm, few.RelativeCovariance, 1e-12, 0);
        });

    [Fact]
    public void RelativeFloors_AreWhatEstimatesShow()
    {
        const int N = 4000;
        GaussianSequence process = StationaryProcess();
        SequenceStatistics s = new(Drawn(process, N, 51), 5, 3);
        ErrorFloors floors = ErrorFloors.Of(process, N);
        Assert.InRange(Dense.RelativeError(s.Temporal, process.Temporal) / floors.RelativeTemporal, 0.3, 2);
        Assert.InRange(Dense.RelativeError(s.Spatial, process.Spatial) / floors.RelativeSpatial, 0.2, 2);
    }

    [Fact]
    public void LagDeviations_AreThoseOfEstimates()
    {
        const int N = 20, Repetitions = 2000;
        const double Tolerance = 0.13; // four standard errors of a variance from that many repetitions
        GaussianSequence process = StationaryProcess();
        double[] truth = SequenceStatistics.LagCurve(process.Temporal, 5), squares = new double[5];
        for (ulong r = 0; r < Repetitions; r++)
        {
            double[] gamma = new SequenceStatistics(Drawn(process, N, 1000 + r), 5, 3).TemporalGiven(Dense.Trace(process.Spatial, 3));
            double[] curve = SequenceStatistics.LagCurve(gamma, 5);
            for (int k = 0; k < 5; k++) squares[k] += (curve[k] - truth[k]) * (curve[k] - truth[k]) / Repetitions;
        }

        double[] expected = ErrorFloors.LagDeviations(process, N);
        for (int k = 0; k < 5; k++) Near.Equal(expected[k] * expected[k], squares[k], Tolerance, 0, $"lag {k}");
        Assert.Throws<ArgumentOutOfRangeException>("samples", () => ErrorFloors.LagDeviations(process, 1));
    }

    [Fact]
    public void FlipFlop_IsAStationaryPointOfTheLikelihood_AboveTheRatioEstimate() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianSequence process = c.Process();
            float[] samples = Drawn(process, 60, (ulong)c.Seed);
            double[] mean = process.Mean.ToArray();
            GaussianSequence ratio = EstimatedProcess.Ratio(new(samples, c.Frames, c.Channels, mean));
            GaussianSequence best = EstimatedProcess.FlipFlop(samples, c.Frames, c.Channels, mean);
            double highest = LogLikelihood(best, samples);
            Assert.True(highest >= LogLikelihood(ratio, samples) - 1e-9);
            Near.Equal(c.Frames, Dense.Trace(best.Temporal, c.Frames), 1e-12, 0, "tr Γ̂");

            // Any small change of either factor loses likelihood.
            foreach (int sign in new[] { -1, 1 })
            {
                double[] gamma = Matrices.RandomSymmetric(c.Frames, c.Seed);
                double[] sigma = Matrices.RandomSymmetric(c.Channels, c.Seed + 1);
                gamma = Matrices.Combine(1, best.Temporal, sign * 1e-3, gamma);
                sigma = Matrices.Combine(1, best.Spatial, sign * 1e-3, sigma);
                GaussianSequence moved = new(c.Frames, c.Channels, mean, gamma, sigma);
                Assert.True(LogLikelihood(moved, samples) < highest);
            }
        });

    [Fact]
    public void EstimatedProcesses_ApproachTheTruth_FlipFlopFaster()
    {
        GaussianSequence process = StationaryProcess();
        double KlOf(int n, Func<float[], GaussianSequence> fit) => Enumerable.Range(0, 10)
            .Average(r => GaussianDivergence.KullbackLeibler(process, fit(Drawn(process, n, (ulong)(60 + r)))));
        double FlipFlop(int n) => KlOf(n, x => EstimatedProcess.FlipFlop(x, 5, 3));
        double Ratio(int n) => KlOf(n, x => EstimatedProcess.Ratio(new(x, 5, 3)));
        Assert.InRange(FlipFlop(100) / FlipFlop(1600), 10, 25); // KL falls like 1/n
        Assert.True(FlipFlop(400) < 0.9 * Ratio(400));
        Assert.True(Ratio(1600) < 0.1);
    }

    [Fact]
    public void Estimators_OfTooLittleOrWrongData_Throw()
    {
        Assert.Throws<ArgumentException>("samples", () => new SequenceStatistics(new float[6], 3, 2));
        Assert.Throws<ArgumentException>("samples", () => new SequenceStatistics(new float[7], 3, 2));
        Assert.Throws<ArgumentException>("samples", () => new SequenceStatistics([], 3, 2, new double[6]));
        float[] zeros = new float[12];
        ArgumentException still = Assert.Throws<ArgumentException>("samples", () => new SequenceStatistics(zeros, 3, 2));
        Assert.Contains("variance of 0", still.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("knownMean", () => new SequenceStatistics(new float[12], 3, 2, new double[5]));
        Assert.Throws<ArgumentOutOfRangeException>("samples", () => ErrorFloors.Of(StationaryProcess(), 1));
        Assert.Throws<ArgumentException>("matrix", () => EstimatedProcess.FlipFlop(Values.Normal(2 * 14, 1), 7, 2));
    }

    private static GaussianSequence StationaryProcess() =>
        new(5, 3, Cases.Fixed.Process().Mean, new ExponentialPower(1, 3).Matrix(5), Matrices.RandomCovariance(3, 4));

    private static float[] Drawn(GaussianSequence process, int n, ulong seed)
    {
        float[] samples = new float[n * process.Size];
        process.Sample(Cases.Noise(seed), 0, samples);
        return samples;
    }

    private static double LogLikelihood(GaussianSequence process, float[] samples)
    {
        double sum = 0;
        double[] x = Near.ToDouble(samples);
        for (int k = 0; k < x.Length; k += process.Size)
        {
            sum += process.LogDensity(NoiseLevel.Clean, x.AsSpan(k, process.Size));
        }

        return sum;
    }
}
