using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests;

public class CovarianceFunctionTests
{
    private static readonly Gen<double> Scale = Gen.Choose(1, 80).Select(x => x / 10.0);

    private static readonly Gen<ICovarianceFunction> Decaying = Gen.OneOf(
        from nu in Gen.Choose(1, 20) from ell in Scale select (ICovarianceFunction)new ExponentialPower(nu / 10.0, ell),
        from nu in Gen.Elements(0.5, 1.5, 2.5) from ell in Scale select (ICovarianceFunction)new Matern(nu, ell),
        from power in Scale from ell in Scale select (ICovarianceFunction)new PolynomialDecay(power, ell),
        Gen.Constant((ICovarianceFunction)new White()));

    private static readonly Gen<ICovarianceFunction> Any = Gen.Frequency(
        (4, Decaying),
        (1, from period in Scale from ell in Scale select (ICovarianceFunction)new Periodic(period, ell)));

    [Fact]
    public void Matrix_OnAnyPositions_IsPositiveSemidefinite() =>
        Law.Holds(
            from f in Any from n in Gen.Choose(1, 12) from seed in Gen.Choose(1, 100_000) select (f, n, seed),
            c =>
            {
                double[] positions = Array.ConvertAll(Values.NormalDouble(c.n, c.seed), x => 5 * x);
                SymmetricEigen eigen = new(c.f.Matrix(positions), c.n);
                Assert.True(eigen.Values[0] >= -1e-13 * c.n, $"{c.f.Name}: {eigen.Values[0]}");
            });

    [Fact]
    public void Covariance_IsOneAtZero_EvenAndBounded() =>
        Law.Holds(
            from f in Any from lag in Gen.Choose(0, 1000) select (f, lag: lag / 10.0),
            c =>
            {
                Assert.Equal(1, c.f.At(0));
                Assert.Equal(c.f.At(c.lag), c.f.At(-c.lag));
                Assert.InRange(c.f.At(c.lag), 0, 1);
            });

    [Fact]
    public void Covariance_OfADecayingFamily_NeverGrowsWithTheLag() =>
        Law.Holds(
            from f in Decaying from lag in Gen.Choose(0, 300) select (f, lag: lag / 10.0),
            c => Assert.True(c.f.At(c.lag + 0.1) <= c.f.At(c.lag)));

    [Fact]
    public void Periodic_ReturnsAfterAPeriod() =>
        Law.Holds(
            from period in Scale from ell in Gen.Choose(5, 40) from lag in Gen.Choose(0, 100) select (period, ell, lag),
            c =>
            {
                Periodic f = new(c.period, c.ell / 10.0);
                Near.Equal(f.At(c.lag / 10.0), f.At((c.lag / 10.0) + c.period), 0, 1e-10);
            });

    [Fact]
    public void Covariance_HasTheHandComputedValues()
    {
        Near.Equal(Math.Exp(-Math.Sqrt(3) / 2), new ExponentialPower(0.5, 2).At(3), 1e-14, 0);
        Near.Equal(Math.Exp(-9.0 / 5), new ExponentialPower(2, 5).At(-3), 1e-14, 0);
        Near.Equal(2 * Math.Exp(-1), new Matern(1.5, 2 * Math.Sqrt(3)).At(2), 1e-14, 0);
        Near.Equal(7.0 / 3 * Math.Exp(-1), new Matern(2.5, Math.Sqrt(5)).At(1), 1e-14, 0);
        Near.Equal(Math.Exp(-2.0 / 9), new Periodic(8, 3).At(4), 1e-14, 0);
        Near.Equal(1.0 / 32, new PolynomialDecay(2.5, 2).At(6), 1e-14, 0);
        Assert.Equal(0, new White().At(1e-9));
    }

    [Fact]
    public void Matern_OfOrderOneHalf_IsTheOrnsteinUhlenbeckKernel() =>
        Law.Holds(from ell in Scale from lag in Scale select (ell, lag), c =>
            Near.Equal(new ExponentialPower(1, c.ell).At(c.lag), new Matern(0.5, c.ell).At(c.lag), 1e-13, 1e-300));

    [Fact]
    public void Parse_ReadsBackTheName() =>
        Law.Holds(Any, f => Assert.Equal(f, CovarianceFunctions.Parse(f.Name)));

    [Theory]
    [InlineData("brownian")]
    [InlineData("matern(nu=1.5)")]
    [InlineData("matern(nu=1.5, ell=2, ell=2)")]
    [InlineData("matern(nu=1.5, scale=2)")]
    [InlineData("matern(nu=1.5, ell=two)")]
    [InlineData("matern(nu=2, ell=2)")]
    [InlineData("exponential-power(nu=2.1, ell=1)")]
    [InlineData("exponential-power(nu=0, ell=1)")]
    [InlineData("exponential-power(nu=1, ell=-1)")]
    [InlineData("polynomial(power=0, ell=1)")]
    [InlineData("periodic(period=NaN, ell=1)")]
    [InlineData("white(ell=1)")]
    public void Parse_OfAnythingElse_SaysWhatIsExpected(string text)
    {
        ArgumentException error = Assert.ThrowsAny<ArgumentException>(() => CovarianceFunctions.Parse(text));
        Assert.Contains("expected", error.Message, StringComparison.Ordinal);
    }

    // Limits of the symbol: ν = 1 has coth²(1/2ℓ), ν = 2 grows exponentially. Computed independently, 3 to 4 digits.
    [Theory]
    [InlineData(1, 1, 4.66)]
    [InlineData(1, 2, 16.42)]
    [InlineData(1, 4, 61.5)]
    [InlineData(1, 8, 221)]
    [InlineData(1, 16, 714)]
    [InlineData(2, 0.5, 1.74)]
    [InlineData(2, 1, 5.87)]
    [InlineData(2, 2, 68.1)]
    [InlineData(2, 3, 781)]
    [InlineData(2, 4, 8835)]
    public void ConditionNumber_Of48Frames_IsTheTabulated(double nu, double ell, double expected)
    {
        SymmetricEigen eigen = new(new ExponentialPower(nu, ell).Matrix(48), 48);
        double lastDigit = expected >= 100 ? 1 : expected >= 20 ? 0.1 : 0.01;
        Assert.InRange(eigen.ConditionNumber, expected - (0.51 * lastDigit), expected + (0.51 * lastDigit));
    }

    // Ye and Chen 2025, arXiv 2510.02216, report 415.40 for 16 missing tail frames of 96 and 3.00 for scattered ones.
    [Theory]
    [InlineData(64, true, 357.3)]
    [InlineData(128, true, 394.9)]
    [InlineData(256, true, 415.6)]
    [InlineData(128, false, 3.00)]
    public void ConditionNumber_OfMissingFramesGivenTheOthers_IsTheRecomputed(double ell, bool tail, double expected)
    {
        // The conditional covariance is the inverse of the missing block of the precision. Scattered: pairs.
        const int Frames = 96, Missing = 16;
        double[] precision = Matrices.Inverse(new ExponentialPower(1, ell).Matrix(Frames), Frames);
        double[] block = new double[Missing * Missing];
        int Index(int k) => tail ? Frames - Missing + k : (k / 2 * 10) + 3 + (k % 2);
        for (int i = 0; i < Missing * Missing; i++)
        {
            block[i] = precision[(Index(i / Missing) * Frames) + Index(i % Missing)];
        }

        Assert.InRange(new SymmetricEigen(block, Missing).ConditionNumber, expected - 0.06, expected + 0.06);
    }

    [Fact]
    public void OrnsteinUhlenbeck_OnWholeFrames_IsAutoregressive() =>
        Law.Holds(from ell in Scale from n in Gen.Choose(2, 20) select (ell, n), c =>
        {
            double rho = Math.Exp(-1 / c.ell), free = 1 - (rho * rho);
            double[] gamma = new ExponentialPower(1, c.ell).Matrix(c.n), expected = new double[c.n * c.n];
            for (int i = 0; i < c.n; i++)
            {
                expected[i * (c.n + 1)] = (i == 0 || i == c.n - 1 ? 1 : 1 + (rho * rho)) / free;
                if (i > 0) expected[(i * (c.n + 1)) - 1] = expected[(i * (c.n + 1)) - c.n] = -rho / free;
            }

            Near.Equal(expected, Matrices.Inverse(gamma, c.n), 1e-10, 1e-10 / free, "inverse");
            Near.Equal((c.n - 1) * Math.Log(free), new Cholesky(gamma, c.n).LogDeterminant, 1e-11, 1e-12, "ln det");
        });

    [Fact]
    public void Matrix_WithoutFrames_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>("frames", () => new White().Matrix(0));
}
