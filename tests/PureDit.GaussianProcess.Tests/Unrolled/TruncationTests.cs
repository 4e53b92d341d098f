using PureDit.Diffusion;
using PureDit.GaussianProcess.Unrolled;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests.Unrolled;

/// <summary>What cutting Γ off costs, and that a cut which ruins it is reported.</summary>
public class TruncationTests
{
    [Fact]
    public void Truncation_KeepsTheBand_AndItsSpectrumIsTheDenseOne() =>
        Law.Holds(StationaryCase.All, c =>
        {
            TruncatedProcess cut = c.Truncated();
            GaussianSequence whole = cut.Process;
            for (int i = 0; i < cut.Temporal.Length; i++)
            {
                bool kept = Math.Abs((i / c.Frames) - (i % c.Frames)) <= cut.Bandwidth;
                Assert.Equal(kept ? whole.Temporal[i] : 0, cut.Temporal[i]);
            }

            double[] dense = Dense.Kronecker(cut.Temporal, c.Frames, whole.Spatial, c.Channels);
            dense = Matrices.Combine(c.Level.AlphaBar, dense, c.Level.Variance, Matrices.Identity(whole.Size));
            SymmetricEigen eigen = new(dense, whole.Size);
            (double smallest, double largest) = cut.Spectrum(c.Level);
            Near.Equal([eigen.Values[0], eigen.Values[^1]], [smallest, largest], 1e-11, 1e-12, "ends");
        });

    [Fact]
    public void TruncatedScore_IsWithinTheBound() =>
        Law.Holds(StationaryCase.All, c =>
        {
            TruncatedProcess cut = c.Truncated();
            Assert.True(cut.RemovedNorm <= cut.RemovedBound + 1e-13);
            ScoreObjective objective = new(cut, c.Level);
            if (objective.Smallest <= 0) return;
            double[] x = c.Noisy(), exact = new double[x.Length];
            c.Process().Score(c.Level, x, exact);
            double error = Dense.RelativeError(StationaryCase.Minimiser(objective, x), exact);
            Assert.True(error <= cut.ScoreErrorBound(c.Level) + 1e-10, $"{error} above {cut.ScoreErrorBound(c.Level)}");
        });

    [Theory] // 2 Σ_{k>J} ρ^k = 2ρ^{J+1}/(1 − ρ)
    [InlineData(4.0, 30)]
    [InlineData(1.0, 9)]
    public void RemovedBound_OfALongExponentialKernel_IsTheGeometricSum(double ell, int cut)
    {
        TruncatedProcess process = new(new GaussianSequence(120, 1, [], new ExponentialPower(1, ell).Matrix(120), [1]), cut);
        double rho = Math.Exp(-1 / ell);
        Near.Equal(2 * Math.Pow(rho, cut + 1) / (1 - rho), process.RemovedBound, 1e-3, 0); // the ends of the sequence
        Assert.InRange(process.RemovedNorm, 0.6 * process.RemovedBound, process.RemovedBound);
    }

    [Theory] // E2: J at which 10⁻³ is removed grows like ℓ^{1/ν}
    [InlineData(1.0, 1.0, 1.0)]
    [InlineData(2.0, 8.0, 0.5)]
    public void Bandwidth_ForAThousandth_GrowsWithTheRootOfTheScale(double nu, double first, double slope)
    {
        double[] ells = [first, 4 * first], bands = Array.ConvertAll(ells, ell =>
        {
            GaussianSequence process = new(64, 1, [], new ExponentialPower(nu, ell).Matrix(64), [1]);
            int j = 0;
            while (new TruncatedProcess(process, j).RemovedBound > 1e-3) j++;
            return (double)j;
        });
        Assert.InRange(Math.Log(bands[1] / bands[0]) / Math.Log(4), slope - 0.2, slope + 0.2);
    }

    [Fact]
    public void Cut_ThatLosesPositiveDefiniteness_IsReportedWithItsEigenvalue_AndStaysFinite()
    {
        StationaryCase c = new(13, 2, 2, 4, 2, 0.05, 8);
        ScoreObjective objective = new(c.Truncated(), c.Level);
        Assert.True(objective.Smallest < 0, "the case must be indefinite");
        Assert.Equal(double.PositiveInfinity, objective.ConditionNumber);
        Assert.Equal(double.PositiveInfinity, objective.Process.ScoreErrorBound(c.Level));
        UnrolledSchedule schedule = UnrolledSchedule.For(UnrolledMethod.GradientDescent, objective, 20_000);
        UnrollingResult result = GradientUnrolling.Run(objective, schedule, c.Noisy());
        Assert.True(result.Steps < 20_000, "descent that diverges must be stopped");
        Assert.All(result.Score, value => Assert.True(double.IsFinite(value)));
        Assert.NotNull(result.Divergence);
        Assert.Contains("beyond lag 2 lost positive definiteness", result.Divergence, StringComparison.Ordinal);
        Assert.Contains(objective.Smallest.ToString("G4", System.Globalization.CultureInfo.InvariantCulture), result.Divergence, StringComparison.Ordinal);

        // The reason is known before anything diverges, and neither a minimiser nor a network is built.
        Assert.NotNull(GradientUnrolling.Run(objective, UnrolledSchedule.For(UnrolledMethod.GradientDescent, objective, 1), c.Noisy()).Divergence);
        Assert.Throws<InvalidOperationException>(() => StationaryCase.Minimiser(objective, c.Noisy()));
        ArgumentException refused = Assert.Throws<ArgumentException>("process", () => new UnrolledTransformer(
            c.Truncated(), new UnrolledOptions { Earliest = c.Level, Steps = 3 }));
        Assert.Contains("lost positive definiteness", refused.Message, StringComparison.Ordinal);
        Assert.Null(new TruncatedProcess(c.Process()).Problem(c.Level));
    }

    [Fact]
    public void Steps_TooLongForTheSpectrum_AreReported()
    {
        StationaryCase c = new(7, 2, 1, 2, 6, 0.1, 5);
        ScoreObjective objective = new(c.Whole(), c.Level);
        UnrolledSchedule schedule = new(UnrolledMethod.GradientDescent, 0.01, 0.2 * objective.Largest, 5000);
        UnrollingResult result = GradientUnrolling.Run(objective, schedule, c.Noisy());
        Assert.Contains("steps were made for eigenvalues in", result.Divergence, StringComparison.Ordinal);
        Assert.All(result.Score, value => Assert.True(double.IsFinite(value)));
        UnrollingResult suited = GradientUnrolling.Run(objective, UnrolledSchedule.For(UnrolledMethod.GradientDescent, objective, 50), c.Noisy());
        Assert.Null(suited.Divergence);
        Assert.Equal(50, suited.Steps);
    }

    [Fact]
    public void SingularCovariance_AtTimeZero_IsNamed()
    {
        TruncatedProcess process = new(new GaussianSequence(8, 2, [], new ExponentialPower(1, 2).Matrix(8), [1, 0, 0, 0]));
        Assert.Contains("singular at t = 0", process.Problem(NoiseLevel.Clean), StringComparison.Ordinal);
        Assert.Null(process.Problem(NoiseLevel.FromTime(0.01)));
        Assert.Throws<ArgumentOutOfRangeException>("bandwidth", () => new TruncatedProcess(process.Process, 8));
        Assert.Throws<ArgumentOutOfRangeException>("bandwidth", () => new TruncatedProcess(process.Process, -1));
    }
}
