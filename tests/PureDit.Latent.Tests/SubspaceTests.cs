using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Latent.Tests;

public sealed class SubspaceTests
{
    private const double Rounding = 1e-12; // D ≤ 64 values of order 1 in double

    [Fact]
    public void Distance_IsThatOfTheProjectors_AndItsIdentities() =>
        Law.Holds(LatentCase.All, c =>
        {
            LinearSubspace w = c.Subspace(), b = LinearSubspace.Random(c.Dimension, c.Rank, c.Seed + 1);
            double[] difference = Projector(w);
            Dense.AddScaled(-1, Projector(b), difference);
            double[] inner = new double[c.Rank * c.Rank];
            Dense.Multiply(Dense.Transpose(w.Basis, c.Dimension, c.Rank), b.Basis, c.Rank, c.Dimension, c.Rank, inner);
            double distance = w.SquaredDistance(b);
            Near.Equal(Dense.SquaredNorm(difference), distance, Rounding, Rounding, "projectors");
            Near.Equal(2 * (c.Rank - Dense.SquaredNorm(inner)), distance, Rounding, Rounding, "overlap");
            Near.Equal(distance, b.SquaredDistance(w), Rounding, Rounding, "symmetry");
            Assert.InRange(distance, 0, (2 * c.Rank) + Rounding);
        });

    [Fact]
    public void Distance_DoesNotDependOnTheBasis_AndIsExactNearZero()
    {
        LinearSubspace w = LinearSubspace.Random(13, 3, 5);
        double[] turned = new double[13 * 3];
        Dense.Multiply(w.Basis, LinearSubspace.Random(3, 3, 6).Basis, 13, 3, 3, turned);
        Assert.InRange(w.SquaredDistance(new(13, 3, turned)), 0, 1e-28);
        double[] moved = w.Basis.ToArray();
        Dense.AddScaled(1e-9, LinearSubspace.Random(13, 3, 7).Basis, moved);
        Assert.InRange(w.SquaredDistance(LinearSubspace.Orthonormal(13, 3, moved)), 1e-19, 1e-17); // 2(d₀ − ‖WᵀB‖²) would say 0 or 1e-15
    }

    [Fact]
    public void Distance_OfRandomSubspaces_HasItsExpectation()
    {
        (int dimension, int rank, int trials) = (17, 5, 400);
        double mean = Enumerable.Range(0, trials).Average(i => LinearSubspace.Random(dimension, rank, (ulong)(2 * i)).SquaredDistance(LinearSubspace.Random(dimension, rank, (ulong)(2 * i) + 1)));
        Near.Equal(LinearSubspace.RandomSquaredDistance(dimension, rank), mean, 0.02, 0); // spread of one ≈ 0.1 of it
    }

    [Fact]
    public void EveryRepresentation_IsAnIsometryWithItsTranspose() =>
        Law.Holds(LatentCase.All, c =>
        {
            ISubspace[] maps = [c.Subspace(), HouseholderSubspace.Random(c.Dimension, c.Rank, 3, c.Seed), new HadamardSubspace(16, c.Rank, 2, c.Seed)];
            foreach (ISubspace map in maps)
            {
                double[] h = c.Normal(map.Rank, 8), g = c.Normal(map.Dimension, 9), x = new double[map.Dimension], back = new double[map.Rank];
                map.Lift(h, x);
                Near.Equal(Dense.SquaredNorm(h), Dense.SquaredNorm(x), Rounding, Rounding, "norm");
                map.Project(g, back);
                Near.Equal(Dense.Dot(x, g), Dense.Dot(h, back), Rounding, 10 * Rounding, "transpose");
                map.Project(x, back);
                Near.Equal(h, back, Rounding, Rounding, "WᵀW = I");
                Assert.InRange(LinearSubspace.Of(map).OrthonormalityError, 0, Rounding);
            }
        });

    [Fact]
    public void Householder_OfAMatrix_HasItsSpan_AtTwiceTheCost() =>
        Law.Holds(LatentCase.All, c =>
        {
            HouseholderSubspace product = HouseholderSubspace.Of(c.Subspace());
            Assert.InRange(LinearSubspace.Of(product).SquaredDistance(c.Subspace()), 0, Rounding);
            Assert.Equal(2 * c.Subspace().Operations, product.Operations);
        });

    [Fact]
    public void StructuredMaps_CostLessThanDense_WhereTheyAreMeantTo()
    {
        Assert.Equal(2 * 1024 * 64, LinearSubspace.Random(1024, 64, 1).Operations);
        Assert.Equal(4 * 1024 * 8, HouseholderSubspace.Random(1024, 64, 8, 1).Operations);
        Assert.Equal(2 * 1024 * 11, new HadamardSubspace(1024, 64, 2, 1).Operations);
    }

    [Fact]
    public void OrthonormalFactor_IsARetraction() =>
        Law.Holds(LatentCase.All, c =>
        {
            double[] matrix = c.Normal(c.Dimension * c.Rank, 10);
            double[] q = OrthonormalFactor.Of(matrix, c.Dimension, c.Rank), r = new double[c.Rank * c.Rank];
            Near.Equal(q, OrthonormalFactor.Of(q, c.Dimension, c.Rank), Rounding, Rounding, "qf(Q) = Q");
            Dense.Multiply(Dense.Transpose(q, c.Dimension, c.Rank), matrix, c.Rank, c.Dimension, c.Rank, r);
            for (int i = 0; i < c.Rank; i++)
            {
                Assert.True(r[i * (c.Rank + 1)] > 0);
                for (int j = 0; j < i; j++) Near.Equal(0, r[(i * c.Rank) + j], 0, 1e-11, "R");
            }
        });

    [Fact]
    public void NearlyDependentColumns_AreOrthonormalToRounding()
    {
        double[] matrix = new double[50 * 4];
        for (int i = 0; i < 50; i++)
        {
            for (int j = 0; j < 4; j++) matrix[(i * 4) + j] = 1 + (j == 0 ? 0 : 1e-9 * PortableMath.SinCos((i * j) + 0.3).Cos);
        }

        Assert.InRange(LinearSubspace.Orthonormal(50, 4, matrix).OrthonormalityError, 0, 1e-14); // one pass leaves 1e-7
    }

    [Fact]
    public void Principal_OfCleanSamples_IsTheSubspace_AndNothingLosesLess() =>
        Law.Holds(LatentCase.All, c =>
        {
            double[] h = new double[(c.Rank + 2) * c.Rank], x = new double[(c.Rank + 2) * c.Dimension];
            c.Mixture().Sample(new Philox(c.Seed, PhiloxStream.Data), 0, h);
            for (int i = 0; i < c.Rank + 2; i++) c.Subspace().Lift(h.AsSpan(i * c.Rank, c.Rank), x.AsSpan(i * c.Dimension, c.Dimension));
            double[] moment = PrincipalSubspace.SecondMoment(x, c.Dimension);
            LinearSubspace principal = PrincipalSubspace.Of(moment, c.Dimension, c.Rank);
            Assert.InRange(principal.SquaredDistance(c.Subspace()), 0, 1e-10); // squared, and condition numbers up to 1e4
            Near.Equal(0, principal.Residual(moment), 0, 1e-11);
            Assert.True(LinearSubspace.Random(c.Dimension, c.Rank, c.Seed + 3).Residual(moment) >= -1e-11);
        });

    [Fact]
    public void Principal_OfNoisySamples_ErrsAsExpected()
    {
        (int dimension, int count, int trials) = (24, 4000, 30);
        NoiseLevel level = NoiseLevel.FromTime(0.3);
        double[] variances = [0.8, 1.7, 3];
        LatentGaussian law = LatentGaussian.Diagonal(variances);
        double sum = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            LinearSubspace b = LinearSubspace.Random(dimension, 3, (ulong)trial);
            double[] h = new double[count * 3], x = new double[count * dimension];
            law.Sample(new Philox((ulong)trial, PhiloxStream.Data), 0, h);
            new Philox((ulong)trial, PhiloxStream.Noise).FillNormal(0, 0, x);
            double[] lifted = new double[dimension];
            for (int i = 0; i < count; i++)
            {
                b.Lift(h.AsSpan(i * 3, 3), lifted);
                for (int j = 0; j < dimension; j++) x[(i * dimension) + j] = (level.Sigma * x[(i * dimension) + j]) + (level.Alpha * lifted[j]);
            }

            sum += PrincipalSubspace.Of(PrincipalSubspace.SecondMoment(x, dimension), dimension, 3).SquaredDistance(b) / trials;
        }

        // 63 squared normals per trial, 30 trials: 3 % of spread; the next order is (error/2d₀) ≈ 1 %.
        Near.Equal(PrincipalSubspace.ExpectedSquaredDistance(dimension, variances, level, count), sum, 0.12, 0);
    }

    [Fact]
    public void StiefelSteps_StayOrthonormal_AndBringTheLossDown()
    {
        LatentCase c = new(11, 3, 0.2, 4);
        double[] clean = Lifted(c, 40), noisy = Noisy(c, clean), linear = [0.9, 0, 0, 0, 0.9, 0, 0, 0, 0.9];
        LinearSubspace w = LinearSubspace.Random(11, 3, 99);
        double first = double.NaN, last = double.NaN;
        for (int step = 0; step < 300; step++)
        {
            double[] gradient = new double[33];
            last = StiefelStep.DenoisingLoss(w, linear, c.Level.Alpha, clean, noisy, gradient);
            if (step == 0) first = last;
            w = StiefelStep.Descend(w, gradient, 0.02);
            Assert.InRange(w.OrthonormalityError, 0, 1e-14);
        }

        Assert.True(last < 0.5 * first, $"from {first} to {last}");
        Assert.InRange(w.SquaredDistance(c.Subspace()), 0, 0.1);
    }

    [Fact]
    public void DenoisingGradient_IsThatOfTheLoss() =>
        Law.Holds(LatentCase.All, c =>
        {
            double[] clean = Lifted(c, 3), noisy = Noisy(c, clean), linear = c.Normal(c.Rank * c.Rank, 12), gradient = new double[c.Dimension * c.Rank];
            LinearSubspace w = LinearSubspace.Random(c.Dimension, c.Rank, c.Seed + 7);
            StiefelStep.DenoisingLoss(w, linear, c.Level.Alpha, clean, noisy, gradient);
            // Along a curve of orthonormal matrices, in both directions.
            double[] direction = c.Normal(c.Dimension * c.Rank, 13);
            double Loss(double step)
            {
                LinearSubspace at = StiefelStep.Descend(w, direction, 0);
                double[] moved = at.Basis.ToArray();
                Dense.AddScaled(step, direction, moved);
                return StiefelStep.DenoisingLoss(LinearSubspace.Orthonormal(c.Dimension, c.Rank, moved), linear, c.Level.Alpha, clean, noisy, new double[c.Dimension * c.Rank]);
            }

            const double Step = 1e-5;
            double[] up = w.Basis.ToArray(), down = w.Basis.ToArray();
            Dense.AddScaled(Step, direction, up);
            Dense.AddScaled(-Step, direction, down);
            double[] tangent = OrthonormalFactor.Of(up, c.Dimension, c.Rank);
            Dense.AddScaled(-1, OrthonormalFactor.Of(down, c.Dimension, c.Rank), tangent);
            double slope = (Loss(Step) - Loss(-Step)) / (2 * Step), expected = Dense.Dot(gradient, tangent) / (2 * Step);
            Near.Equal(expected, slope, 1e-5, 1e-5 * (1 + Math.Sqrt(Dense.SquaredNorm(gradient))), "slope");
        });

    [Fact]
    public void BadInput_IsRefused_WithWhatWouldWork()
    {
        Assert.Contains("1 to the dimension, 3", Assert.Throws<ArgumentOutOfRangeException>(() => new LinearSubspace(3, 4, new double[12])).Message, StringComparison.Ordinal);
        Assert.Contains("expected 6 values, got 5", Assert.Throws<ArgumentException>(() => new LinearSubspace(3, 2, new double[5])).Message, StringComparison.Ordinal);
        Assert.Contains("LinearSubspace.Orthonormal", Assert.Throws<ArgumentException>(() => new LinearSubspace(2, 1, [1, 1e-2])).Message, StringComparison.Ordinal);
        Assert.Contains("finite", Assert.Throws<ArgumentException>(() => new LinearSubspace(2, 1, [1, double.NaN])).Message, StringComparison.Ordinal);
        Assert.Contains("column 1 of 2", Assert.Throws<ArgumentException>(() => LinearSubspace.Orthonormal(3, 2, [1, 2, 1, 2, 1, 2])).Message, StringComparison.Ordinal);
        Assert.Contains("power of two", Assert.Throws<ArgumentOutOfRangeException>(() => new HadamardSubspace(12, 2, 1, 0)).Message, StringComparison.Ordinal);
        Assert.Contains("direction", Assert.Throws<ArgumentException>(() => new HouseholderSubspace(3, 2, new double[3])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => PrincipalSubspace.SecondMoment([], 3));
        Assert.Throws<ArgumentException>(() => LinearSubspace.Random(3, 2, 0).SquaredDistance(LinearSubspace.Random(4, 2, 0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => StiefelStep.Descend(LinearSubspace.Random(3, 2, 0), new double[6], -1));
    }

    private static double[] Projector(LinearSubspace w)
    {
        double[] projector = new double[w.Dimension * w.Dimension];
        Dense.Multiply(w.Basis, Dense.Transpose(w.Basis, w.Dimension, w.Rank), w.Dimension, w.Rank, w.Dimension, projector);
        return projector;
    }

    private static double[] Lifted(LatentCase c, int count)
    {
        double[] x = new double[count * c.Dimension], h = c.Normal(count * c.Rank, 14);
        for (int i = 0; i < count; i++) c.Subspace().Lift(h.AsSpan(i * c.Rank, c.Rank), x.AsSpan(i * c.Dimension, c.Dimension));
        return x;
    }

    private static double[] Noisy(LatentCase c, double[] clean)
    {
        double[] x = c.Normal(clean.Length, 15);
        for (int i = 0; i < x.Length; i++) x[i] = (c.Level.Alpha * clean[i]) + (c.Level.Sigma * x[i]);
        return x;
    }
}
