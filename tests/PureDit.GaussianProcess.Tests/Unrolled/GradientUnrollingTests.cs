using FsCheck.Fluent;
using PureDit.GaussianProcess.Unrolled;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests.Unrolled;

/// <summary>Level 0: the iteration against its closed forms.</summary>
public class GradientUnrollingTests
{
    private const double SpectralTolerance = 1e-10; // asked for; rounding of 200 steps is some 1e-13 times κ

    [Fact]
    public void Gradient_IsTheDenseOne_AndVanishesAtTheExactScore() =>
        Law.Holds(StationaryCase.All, c =>
        {
            ScoreObjective objective = new(c.Whole(), c.Level);
            double[] x = c.Noisy(), s = Values.NormalDouble(x.Length, c.Seed), g = new double[x.Length], dense = new double[x.Length];
            double[] centred = StationaryCase.Centred(objective, x);
            objective.Gradient(s, centred, g);
            Dense.Multiply(Matrices.NoisyCovariance(c.Process(), c.Level), s, x.Length, x.Length, 1, dense);
            Near.Equal(Matrices.Combine(1, dense, 1, centred), g, 1e-12, 1e-12, "∇L");

            double[] exact = new double[x.Length];
            c.Process().Score(c.Level, x, exact);
            objective.Gradient(exact, centred, g);
            Near.Equal(new double[x.Length], g, 0, 1e-10, "∇L at the score");
            Near.Equal(exact, StationaryCase.Minimiser(objective, x), 1e-9, 1e-9, "minimiser");
        });

    [Fact]
    public void Gradient_IsThatOfTheValue_AlsoWhenTruncated() =>
        Law.Holds(StationaryCase.All, c =>
        {
            ScoreObjective objective = new(c.Truncated(), c.Level);
            double[] x = c.Noisy(), s = Values.NormalDouble(x.Length, c.Seed), g = new double[x.Length];
            double[] centred = StationaryCase.Centred(objective, x);
            objective.Gradient(s, centred, g);
            Near.Equal(g, GradientCheck.CentralDifferences(v => objective.Value(v, centred), s), 1e-7, 1e-7, "∇L");
        });

    [Fact]
    public void GradientDescent_IsItsPolynomial() =>
        Law.Holds(StationaryCase.All, c => HoldsToSpectralForm(c, UnrolledMethod.GradientDescent, (o, s, k) =>
            lambda => Math.Pow(1 - (2 / (o.Smallest + o.Largest) * lambda), k)));

    [Fact]
    public void HeavyBall_IsItsDampedOscillation() =>
        Law.Holds(StationaryCase.All, c => HoldsToSpectralForm(c, UnrolledMethod.HeavyBall, (o, s, k) => lambda =>
        {
            // q_k = √β^k (cos kφ + b sin kφ) with 2√β cos φ = 1 + β − ηλ and q_1 = 1 − ηλ; double roots by the limit.
            double sum = Math.Sqrt(o.Largest) + Math.Sqrt(o.Smallest), r = (Math.Sqrt(o.Largest) - Math.Sqrt(o.Smallest)) / sum;
            if (r < 1e-9) return k == 0 ? 1 : 0;
            double first = 1 - (4 / (sum * sum) * lambda), cos = Math.Clamp((first + (r * r)) / (2 * r), -1, 1);
            double sin = Math.Sqrt(1 - (cos * cos)), phi = Math.Acos(cos);
            double ratio = sin < 1e-6 ? k * Math.Pow(cos, k - 1) : Math.Sin(k * phi) / sin; // sin kφ / sin φ
            return Math.Pow(r, k) * (Math.Cos(k * phi) + (((first / r) - cos) * ratio));
        }, 1e-6)); // near a double root the closed form itself loses half its digits

    [Fact]
    public void Chebyshev_IsTheChebyshevPolynomial() =>
        Law.Holds(StationaryCase.All, c => HoldsToSpectralForm(c, UnrolledMethod.Chebyshev, (o, s, k) => lambda =>
        {
            double centre = 0.5 * (o.Largest + o.Smallest), radius = 0.5 * (o.Largest - o.Smallest);
            return radius < 1e-9 ? (k == 0 ? 1 : 0) : Math.Cos(k * Math.Acos(Math.Clamp((centre - lambda) / radius, -1, 1))) / Math.Cosh(k * Math.Acosh(centre / radius));
        }));

    [Fact]
    public void Richardson_EndsWhereChebyshevEnds() => Law.Holds(
        from frames in Gen.Choose(1, 60) from ratio in Gen.Choose(2, 2000) from place in Gen.Choose(0, 1000) select (frames, ratio, place), c =>
        {
            (int k, double low, double high) = (c.frames, 0.1, 0.1 * c.ratio);
            double lambda = low + ((high - low) * c.place / 1000.0);
            double chebyshev = new UnrolledSchedule(UnrolledMethod.Chebyshev, low, high, k).Remainder(lambda, k);
            Assert.Equal(chebyshev, UnrolledSchedule.Richardson(low, high, k).Remainder(lambda, k), 1e-9);
        });

    [Fact]
    public void LejaOrder_KeepsIteratesSmall()
    {
        foreach (int k in new[] { 4, 17, 64, 129 })
        {
            double[] leja = UnrolledSchedule.ChebyshevNodes(k), sorted = [.. leja.Order()];
            for (int i = 0; i < k; i++) Assert.Equal(-Math.Cos(Math.PI * ((2 * i) + 1) / (2 * k)), sorted[i], 1e-14);
            const double ThreeDigits = 1e3; // of float32's seven
            Assert.InRange(Largest(leja), 0, ThreeDigits);                // iterates
            Assert.InRange(Largest([.. leja.Reverse()]), 0, ThreeDigits); // what rounding of an early step becomes
            if (k > 60) Assert.True(Largest(sorted) > 1e12); // sorted up, iterates explode; sorted down, rounding does
        }
    }

    // Largest share of the error that any number of steps leaves, for eigenvalues in [0.01, 10].
    private static double Largest(double[] nodes)
    {
        double worst = 0;
        for (int i = 0; i <= 500; i++)
        {
            double lambda = 0.01 + (9.99 * i / 500), left = 1;
            foreach (double node in nodes)
            {
                left *= 1 - (lambda / (5.005 + (4.995 * node)));
                worst = Math.Max(worst, Math.Abs(left));
            }
        }

        return worst;
    }

    private static void HoldsToSpectralForm(
        StationaryCase c, UnrolledMethod method, Func<ScoreObjective, UnrolledSchedule, int, Func<double, double>> remainder,
        double tolerance = SpectralTolerance)
    {
        ScoreObjective objective = new(c.Truncated(), c.Level);
        if (objective.Smallest <= 0.02) return; // divergence has tests of its own
        UnrolledSchedule schedule = UnrolledSchedule.For(method, objective, 40);
        double[] x = c.Noisy(), centred = StationaryCase.Centred(objective, x), expected = new double[x.Length];
        double[] score = StationaryCase.Minimiser(objective, x);
        double scale = Math.Sqrt(Dense.SquaredNorm(score));
        GradientUnrolling.Run(objective, schedule, x, (k, s) =>
        {
            objective.Apply(lambda => -(1 - remainder(objective, schedule, k)(lambda)) / lambda, centred, expected);
            Near.Equal(expected, s, 0, tolerance * scale, $"s^{k}");
            objective.Apply(lambda => -(1 - schedule.Remainder(lambda, k)) / lambda, centred, expected);
            Near.Equal(expected, s, 0, SpectralTolerance * scale, $"s^{k} by its recurrence");
        });
    }

    // E1 of the laboratory at its full size, all of ν, ℓ, t.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(2, 4)]
    public void GradientDescent_OnTheWorstInput_ContractsByKappa_AndNowhereSlower(double nu, double ell)
    {
        foreach (double time in new[] { 0.01, 0.1, 0.5, 1, 2 })
        {
            StationaryCase c = new(32, 4, nu, ell, 31, time, 11);
            ScoreObjective objective = new(c.Whole(), c.Level);
            double kappa = objective.ConditionNumber, rate = (kappa - 1) / (kappa + 1);
            UnrolledSchedule schedule = UnrolledSchedule.For(UnrolledMethod.GradientDescent, objective, 200);
            double[] worst = new double[objective.Size];
            foreach (bool largest in new[] { false, true })
            {
                GradientUnrolling.WorstCase(objective, largest, worst);
                double[] errors = GradientUnrolling.Errors(objective, schedule, worst, StationaryCase.Minimiser(objective, worst));
                int k = Array.FindIndex(errors, e => e < 1e-8) is int small and > 0 ? small : 200; // above rounding
                double slope = Math.Log(errors[k] / errors[0]) / k;
                Near.Equal(Math.Log(rate), slope, 1e-4, 0, $"slope at ν = {nu}, ℓ = {ell}, t = {time}");
            }

            double[] x = c.Noisy(), random = GradientUnrolling.Errors(objective, schedule, x, StationaryCase.Minimiser(objective, x));
            for (int k = 0; k < random.Length; k++) Assert.True(random[k] <= Math.Pow(rate, k) * (1 + 1e-9) + 1e-12, $"k = {k}");
        }
    }

    [Fact]
    public void WorstError_IsTheLargestRemainder_AndChebyshevsIsTheLeast() =>
        Law.Holds(
            from kappa in Gen.Choose(1, 400) from k in Gen.Choose(0, 60) select (kappa: 1 + (kappa / 4.0), k),
            c =>
            {
                double[] worst = Array.ConvertAll(StationaryCase.Methods, method =>
                {
                    UnrolledSchedule schedule = new(method, 2, 2 * c.kappa, c.k);
                    double found = 0;
                    for (int i = 0; i <= 400; i++)
                    {
                        double lambda = 1 + c.kappa - ((c.kappa - 1) * Math.Cos(Math.PI * i / 400)); // ends included, dense there
                        found = Math.Max(found, Math.Abs(schedule.Remainder(lambda, c.k)));
                    }

                    double bound = UnrolledSchedule.WorstError(method, c.kappa, c.k);
                    Assert.InRange(found, 0.98 * bound - 1e-12, (bound * (1 + 1e-9)) + 1e-12);
                    return bound;
                });
                Assert.True(worst[2] <= worst[0] * (1 + 1e-12) && worst[2] <= worst[1] * (1 + 1e-12));
            });

    // E3: ½ ln 10³ = 3.454 steps per unit of κ; with momentum the root of κ counts.
    [Theory]
    [InlineData(UnrolledMethod.GradientDescent, 100, 346)]
    [InlineData(UnrolledMethod.GradientDescent, 1000, 3454)]
    [InlineData(UnrolledMethod.Chebyshev, 100, 38)]
    [InlineData(UnrolledMethod.Chebyshev, 10000, 381)]
    public void StepsFor_AThousandth_AreAsCounted(UnrolledMethod method, double kappa, int expected)
    {
        Assert.Equal(expected, UnrolledSchedule.StepsFor(method, kappa, 1e-3));
        if (method == UnrolledMethod.GradientDescent) Assert.InRange(expected / (0.5 * (kappa + 1) * Math.Log(1e3)), 0.95, 1.0);
    }

    [Fact]
    public void StepsFor_IsTheFirstThatSuffices() =>
        Law.Holds(from m in Gen.Elements(StationaryCase.Methods) from kappa in Gen.Choose(1, 300) from e in Gen.Choose(1, 8) select (m, kappa, e), c =>
        {
            int k = UnrolledSchedule.StepsFor(c.m, c.kappa, Math.Pow(10, -c.e));
            Assert.True(UnrolledSchedule.WorstError(c.m, c.kappa, k) <= Math.Pow(10, -c.e));
            if (k > 1) Assert.True(UnrolledSchedule.WorstError(c.m, c.kappa, k - 1) > Math.Pow(10, -c.e));
        });

    [Fact]
    public void Unrolling_OfWrongArguments_Throws()
    {
        StationaryCase c = new(5, 2, 1, 2, 4, 0.1, 3);
        ScoreObjective objective = new(c.Whole(), c.Level);
        UnrolledSchedule schedule = UnrolledSchedule.For(UnrolledMethod.Chebyshev, objective, 3);
        double[] x = c.Noisy();
        Assert.Throws<ArgumentException>("x", () => GradientUnrolling.Run(objective, schedule, x.AsSpan(1)));
        x[3] = double.NaN;
        Assert.Throws<ArgumentException>("x", () => GradientUnrolling.Run(objective, schedule, x));
        Assert.Throws<ArgumentOutOfRangeException>("smallest", () => new UnrolledSchedule(UnrolledMethod.HeavyBall, -0.1, 3, 5));
        Assert.Throws<ArgumentOutOfRangeException>("largest", () => new UnrolledSchedule(UnrolledMethod.GradientDescent, 3, 2, 5));
        Assert.Throws<ArgumentOutOfRangeException>("steps", () => new UnrolledSchedule(UnrolledMethod.GradientDescent, 1, 2, -1));
        Assert.Throws<ArgumentOutOfRangeException>("accuracy", () => UnrolledSchedule.StepsFor(UnrolledMethod.HeavyBall, 2, 1));
        Assert.Throws<ArgumentOutOfRangeException>("conditionNumber", () => UnrolledSchedule.StepsFor(UnrolledMethod.HeavyBall, double.PositiveInfinity, 0.1));
    }
}
