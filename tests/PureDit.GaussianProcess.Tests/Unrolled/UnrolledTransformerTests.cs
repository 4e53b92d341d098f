using FsCheck.Fluent;
using PureDit.Diffusion;
using PureDit.GaussianProcess.Unrolled;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests.Unrolled;

/// <summary>Levels 1 and 2: the network against the iteration.</summary>
public class UnrolledTransformerTests
{
    private const double LevelOneTolerance = 1e-9; // asked for, relative to ‖s*‖

    [Fact]
    public void LevelOne_IsLevelZero() =>
        Law.Holds(
            from c in StationaryCase.All
            from method in Gen.Elements(StationaryCase.Methods)
            from steps in Gen.Choose(1, 9)
            from heads in Gen.Elements(KernelHeads.Trapezoids, KernelHeads.PiecewiseLinear)
            from later in Gen.Elements(0, 0.4)
            select (c, method, steps, heads, later),
            t =>
            {
                if (t.c.Truncated().Spectrum(t.c.Level).Smallest <= 0.02) return;
                UnrolledTransformer network = new(t.c.Truncated(), new UnrolledOptions
                {
                    Earliest = t.c.Level,
                    Steps = t.steps,
                    Method = t.method,
                    Heads = t.heads,
                });
                NoiseLevel level = NoiseLevel.FromTime(t.c.Time + t.later); // the weights serve every later time
                StationaryCase at = t.c with { Time = t.c.Time + t.later };
                Near.Equal(0, Distance(network, level, at.Noisy()), 0, LevelOneTolerance, "‖L1 − L0‖/‖s*‖");
                Assert.False(network.Network.IsPure);
            });

    [Theory] // the sizes of experiment E1, up to 200 steps; κ from 4 to some thousands
    [InlineData(1, 4, 0.01, KernelHeads.Trapezoids, UnrolledMethod.GradientDescent)]
    [InlineData(2, 4, 0.01, KernelHeads.PiecewiseLinear, UnrolledMethod.GradientDescent)]
    [InlineData(2, 2, 0.1, KernelHeads.Trapezoids, UnrolledMethod.HeavyBall)]
    [InlineData(1, 1, 0.01, KernelHeads.PiecewiseLinear, UnrolledMethod.Chebyshev)]
    public void LevelOne_OfManySteps_IsLevelZero(double nu, double ell, double time, KernelHeads heads, UnrolledMethod method)
    {
        StationaryCase c = new(32, 4, nu, ell, 31, time, 4);
        UnrolledTransformer network = new(c.Whole(), new UnrolledOptions { Earliest = c.Level, Steps = heads == KernelHeads.Trapezoids ? 60 : 200, Method = method, Heads = heads });
        Near.Equal(0, Distance(network, c.Level, c.Noisy()), 0, LevelOneTolerance, "‖L1 − L0‖/‖s*‖");
    }

    [Fact]
    public void LevelTwo_IsPure_AndWithinItsErrorBound() =>
        Law.Holds(
            from c in StationaryCase.All
            from depth in Gen.Choose(4, 14)
            from wide in Gen.Elements(false, true)
            from steps in Gen.Choose(1, 6)
            select (c, depth, wide, steps),
            t =>
            {
                if (t.c.Truncated().Spectrum(t.c.Level).Smallest <= 0.02) return;
                IProductModule products = t.wide ? new SplineProducts(1 << Math.Min(7, t.depth)) : new SawtoothProducts(t.depth);
                UnrolledTransformer network = new(t.c.Truncated(), new UnrolledOptions
                {
                    Earliest = t.c.Level,
                    Steps = t.steps,
                    Heads = KernelHeads.PiecewiseLinear,
                    Products = products,
                });
                Assert.True(network.Network.IsPure);
                double[] x = t.c.Noisy(), said = network.Score(t.c.Level, x);
                double error = Math.Sqrt(Dense.SquaredNorm(Matrices.Combine(1, said, -1, LevelZero(network, t.c.Level, x))));
                Assert.True(error <= network.Bounds.AccumulatedError(t.c.Level) + 1e-9, $"{error} above {network.Bounds.AccumulatedError(t.c.Level)}");
            },
            cases: 30);

    [Fact] // E4: the floor is linear in the error of a product
    public void LevelTwo_Floor_FollowsTheMultiplicationError()
    {
        StationaryCase c = new(7, 3, 1, 2, 6, 0.3, 21);
        int steps = Enough(c, 1e-11); // far less than the products leave
        double[] x = c.Noisy(), depths = [8, 10, 12, 14, 16], errors = Array.ConvertAll(depths, m => FloorOf(new SawtoothProducts((int)m)));
        double slope = Math.Log(errors[^1] / errors[0]) / (depths[^1] - depths[0]);
        Assert.InRange(slope / Math.Log(0.25), 0.9, 1.1);
        Near.Equal(FloorOf(new SawtoothProducts(8)), FloorOf(new SplineProducts(256)), 1e-6, 0, "the same function by width");

        double FloorOf(IProductModule products)
        {
            UnrolledTransformer network = new(c.Whole(), new UnrolledOptions
            {
                Earliest = c.Level,
                Steps = steps,
                Heads = KernelHeads.PiecewiseLinear,
                Products = products,
            });
            double[] score = new double[x.Length];
            c.Process().Score(c.Level, x, score);
            return Dense.RelativeError(network.Score(c.Level, x), score);
        }
    }

    [Theory]
    [InlineData(UnrolledMethod.HeavyBall)]
    [InlineData(UnrolledMethod.Chebyshev)]
    public void LevelTwo_WithMomentum_ApproachesLevelZero(UnrolledMethod method)
    {
        StationaryCase c = new(5, 2, 1, 2, 4, 0.3, 9);
        double[] errors = Array.ConvertAll(new[] { 10, 14 }, depth => Distance(
            new UnrolledTransformer(c.Whole(), new UnrolledOptions { Earliest = c.Level, Steps = 12, Method = method, Products = new SawtoothProducts(depth) }), c.Level, c.Noisy()));
        Assert.InRange(Math.Log(errors[0] / errors[1]) / (4 * Math.Log(4)), 0.75, 1.25);
        Assert.True(errors[1] < 1e-4);
    }

    [Fact]
    public void Bounds_HoldForEveryIterate_OfSamplesAtAnyLaterTime() =>
        Law.Holds(from c in StationaryCase.All from method in Gen.Elements(StationaryCase.Methods) from later in Gen.Elements(0, 0.2, 5) select (c, method, later), t =>
        {
            TruncatedProcess process = t.c.Truncated();
            if (process.Spectrum(t.c.Level).Smallest <= 0) return;
            UnrolledTransformer network = new(process, new UnrolledOptions { Earliest = t.c.Level, Steps = 12, Method = t.method });
            NoiseLevel level = NoiseLevel.FromTime(t.c.Time + t.later);
            (double[] _, double[] _, double[] xt) = Matrices.Noised(process.Process, level, 1, (ulong)t.c.Seed);
            ScoreObjective objective = new(process, level);
            double[] c = StationaryCase.Centred(objective, xt), g = new double[xt.Length];
            Assert.True(Math.Sqrt(Dense.SquaredNorm(c)) <= network.Bounds.DataRadius);
            UnrolledSchedule schedule = UnrolledSchedule.For(t.method, objective, 12);
            foreach (UnrolledStep step in schedule.Steps) Assert.InRange(step.Rate, 0, network.Bounds.Rate * (1 + 1e-12));
            GradientUnrolling.Run(objective, schedule, xt, (_, s) =>
            {
                objective.Gradient(s, c, g);
                Assert.True(Math.Sqrt(Dense.SquaredNorm(s)) <= network.Bounds.OutputRange * (1 + 1e-12));
                Assert.True(Math.Sqrt(Dense.SquaredNorm(g)) <= network.Bounds.Gradient * (1 + 1e-12));
            });
        });

    [Fact]
    public void Bounds_OfTheHeavyBall_AllowForItsOvershoot()
    {
        StationaryCase c = new(11, 2, 1, 3, 10, 0.03, 5);
        UnrolledTransformer network = new(c.Whole(), new UnrolledOptions { Earliest = c.Level, Steps = 40, Method = UnrolledMethod.HeavyBall });
        ScoreObjective objective = new(network.Process, c.Level);
        double[] x = new double[objective.Size], g = new double[objective.Size];
        GradientUnrolling.WorstCase(objective, largest: true, x); // where heavy ball overshoots most
        double[] worst = StationaryCase.Centred(objective, x), mean = c.Process().Mean.ToArray();
        double scale = network.Bounds.DataRadius / Math.Sqrt(Dense.SquaredNorm(worst)), largest = 0;
        worst = Matrices.Combine(scale, worst, 0, worst);
        x = Matrices.Combine(1, worst, c.Level.Alpha, mean);
        GradientUnrolling.Run(objective, UnrolledSchedule.For(UnrolledMethod.HeavyBall, objective, 40), x, (_, s) =>
        {
            objective.Gradient(s, worst, g);
            largest = Math.Max(largest, Math.Sqrt(Dense.SquaredNorm(g)));
        });
        Assert.InRange(largest, 1.5 * network.Bounds.DataRadius, network.Bounds.Gradient);
    }

    [Fact]
    public void Size_IsCountedFromTheNetwork()
    {
        StationaryCase c = new(7, 3, 1, 2, 4, 0.3, 21);
        UnrolledTransformer network = new(c.Truncated(), new UnrolledOptions { Earliest = c.Level, Steps = 5, Products = new SawtoothProducts(6) });
        IReadOnlyList<SizeEntry> size = TransformerSize.Of(network, 1e-3);
        Assert.Equal(["D", "L", "M", "B", "R"], size.Select(s => s.Symbol));
        Assert.Equal((3 * 3) + (2 * 2 * 3) + 2 + 1 + 3, size[0].Built); // c s h, scratch, position, 1, α² σ² η
        Assert.Equal(7 + (4 * (7 + 7)), size[1].Built); // seven layers per row of products; no first row in step one
        Assert.Equal(20, size[2].Built); // 4(J + 1)
        Assert.Equal(20, size[2].Value);
        Assert.Equal(network.Bounds.OutputRange, size[4].Built);
        IEnumerable<WeightMatrix> weights = network.Network.Blocks.SelectMany(b => b.Layer.Weights.Concat(b.Attention.Heads.SelectMany(h => new[] { h.Query, h.Key, h.Value })));
        Assert.Equal(weights.Max(w => Math.Sqrt(Dense.SquaredNorm(w.ToDense()))), size[3].Built, 1e-9);
        Assert.Equal(weights.Sum(w => (long)w.ToDense().Count(v => v != 0)), network.Network.NonZeros);

        // Steps with equal weights share them; Chebyshev's differ in the slot they read.
        Assert.Equal(14, network.Network.Blocks.Distinct().Count());
    }

    [Fact]
    public void Output_BeyondItsRange_IsClippedInDirection()
    {
        StationaryCase c = new(5, 2, 1, 2, 4, 0.3, 2);
        UnrolledTransformer network = new(c.Whole(), new UnrolledOptions { Earliest = c.Level, Steps = Enough(c, 1e-8), DataRadius = 0.01 });
        double[] x = c.Noisy(), score = new double[x.Length], said = network.Score(c.Level, x);
        c.Process().Score(c.Level, x, score);
        double norm = Math.Sqrt(Dense.SquaredNorm(score));
        Assert.True(norm > network.Bounds.OutputRange);
        Near.Equal(Array.ConvertAll(score, s => s * network.Bounds.OutputRange / norm), said, 1e-6, 1e-9, "clipped");
    }

    [Fact]
    public void Denoiser_SaysWhatTheExactOneSays()
    {
        StationaryCase c = new(5, 2, 1, 2, 4, 0.05, 2);
        GaussianSequence process = c.Process();
        int steps = UnrolledSchedule.StepsFor(UnrolledMethod.Chebyshev, process.ConditionNumber(c.Level), 1e-9);
        UnrolledDenoiser denoiser = new(new UnrolledTransformer(c.Whole(), new UnrolledOptions
        {
            Earliest = c.Level,
            Steps = steps,
            Method = UnrolledMethod.Chebyshev,
            Heads = KernelHeads.PiecewiseLinear,
        }));
        float[] x = Values.Normal(3 * process.Size, 6), said = new float[x.Length], exact = new float[x.Length];
        denoiser.Predict(c.Level, x, said);
        new GaussianDenoiser(process, PredictionKind.Score).Predict(c.Level, x, exact);
        Near.Equal(Near.ToDouble(exact), said, 1e-6, 1e-6, "score");
        Assert.Throws<ArgumentException>("x", () => denoiser.Predict(c.Level, new float[process.Size + 1], new float[process.Size + 1]));
    }

    [Fact]
    public void Transformer_OfWrongArguments_Throws()
    {
        StationaryCase c = new(5, 2, 1, 2, 4, 0.3, 2);
        UnrolledOptions options = new() { Earliest = c.Level, Steps = 4, Products = new SawtoothProducts(5), Heads = KernelHeads.PiecewiseLinear };
        UnrolledTransformer network = new(c.Whole(), options);
        Assert.Throws<ArgumentException>("level", () => network.Score(NoiseLevel.FromTime(0.29), c.Noisy()));
        Assert.Throws<ArgumentException>("x", () => network.Score(c.Level, Array.ConvertAll(c.Noisy(), v => 1e4 * v)));
        Assert.Throws<ArgumentException>("x", () => network.Score(c.Level, new double[9]));
        Assert.Throws<ArgumentException>("options", () => new UnrolledTransformer(c.Whole(), options with { Positions = new CirclePositions(6) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new UnrolledTransformer(c.Whole(), options with { Steps = 0 }));
        GaussianSequence uneven = Cases.Fixed.Process(); // frames at uneven positions
        Assert.Throws<ArgumentException>("process", () => new UnrolledTransformer(new TruncatedProcess(uneven), options));
    }

    private static int Enough(StationaryCase c, double accuracy) =>
        UnrolledSchedule.StepsFor(UnrolledMethod.GradientDescent, c.Process().ConditionNumber(c.Level), accuracy);

    private static double[] LevelZero(UnrolledTransformer network, NoiseLevel level, double[] x)
    {
        ScoreObjective objective = new(network.Process, level);
        return GradientUnrolling.Run(objective, UnrolledSchedule.For(network.Options.Method, objective, network.Options.Steps), x).Score;
    }

    private static double Distance(UnrolledTransformer network, NoiseLevel level, double[] x)
    {
        double[] score = StationaryCase.Minimiser(new ScoreObjective(network.Process, level), x);
        double[] difference = Matrices.Combine(1, network.Score(level, x), -1, LevelZero(network, level, x));
        return Math.Sqrt(Dense.SquaredNorm(difference) / Dense.SquaredNorm(score));
    }
}
