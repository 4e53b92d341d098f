using PureDit.GaussianProcess;
using PureDit.TestSupport;

namespace PureDit.Latent.Tests;

public sealed class HouseholderStepTests
{
    private const double Difference = 1e-6; // of central differences at steps of 1e-5 in double, relative to the gradient

    [Fact]
    public void Loss_IsThatOfTheMatrix_AndItsGradientThatOfDifferences() =>
        Law.Holds(LatentCase.All, c =>
        {
            (double[] clean, double[] noisy) = Data(c, 3);
            int reflections = 1 + (int)(c.Seed % 6); // fewer than d₀, and more
            double[] linear = c.Normal(c.Rank * c.Rank, 12);
            HouseholderSubspace w = HouseholderSubspace.Random(c.Dimension, c.Rank, reflections, c.Seed + 7);
            double[] gradient = new double[reflections * c.Dimension];
            double loss = HouseholderStep.DenoisingLoss(w, linear, c.Level.Alpha, clean, noisy, gradient);
            double Reference(HouseholderSubspace map) => StiefelStep.DenoisingLoss(
                LinearSubspace.Of(map), linear, c.Level.Alpha, clean, noisy, new double[c.Dimension * c.Rank]);
            Near.Equal(Reference(w), loss, 1e-12, 1e-12, "loss");
            double[] expected = LatentCase.Gradient(v => Reference(new(c.Dimension, c.Rank, v)), w.Vectors.ToArray());
            Near.Equal(expected, gradient, 0, Difference * (1 + Math.Sqrt(Dense.SquaredNorm(expected))), "gradient");
        });

    [Fact]
    public void Gradient_IsAdded()
    {
        LatentCase c = new(7, 3, 0.2, 4);
        (double[] clean, double[] noisy) = Data(c, 2);
        HouseholderSubspace w = HouseholderSubspace.Random(7, 3, 2, 1);
        double[] once = new double[14], more = [.. Enumerable.Repeat(1.0, 14)], linear = c.Normal(9, 12);
        HouseholderStep.DenoisingLoss(w, linear, 0.9, clean, noisy, once);
        HouseholderStep.DenoisingLoss(w, linear, 0.9, clean, noisy, more);
        Near.Equal([.. once.Select(v => v + 1)], more, 1e-12, 1e-12, "added");
    }

    [Fact]
    public void ThousandSteps_StayOrthonormal_AndAsManyAsTheRankFindTheSubspace()
    {
        LatentCase c = new(11, 3, 0.2, 4);
        (double[] clean, double[] noisy) = Data(c, 40);
        double[] reached = [.. new[] { 1, 2, 3 }.Select(reflections =>
        {
            HouseholderSubspace w = HouseholderSubspace.Random(11, 3, reflections, 99);
            for (int step = 0; step < 1000; step++)
            {
                double[] gradient = new double[reflections * 11];
                HouseholderStep.DenoisingLoss(w, [0.9, 0, 0, 0, 0.9, 0, 0, 0, 0.9], c.Level.Alpha, clean, noisy, gradient);
                w = HouseholderStep.Descend(w, gradient, 0.02);
            }

            LinearSubspace matrix = LinearSubspace.Of(w);
            Assert.InRange(matrix.OrthonormalityError, 0, 1e-14); // 1e-6 is what a subspace must keep
            double distance = matrix.SquaredDistance(c.Subspace()), least = HouseholderSubspace.LeastSquaredDistance(c.Subspace(), reflections);
            Assert.True(distance >= least, $"{reflections}: {distance} below {least}");
            return distance;
        })];
        Assert.InRange(reached[2], 0, 0.1);
        Assert.True(reached[0] > 1 && reached[1] > 0.3, $"{string.Join(", ", reached)}: one or two reflections cannot reach it");
    }

    [Fact]
    public void LeastDistance_IsKeptByAllProducts() =>
        Law.Holds(LatentCase.All, c =>
        {
            HouseholderSubspace w = HouseholderSubspace.Random(c.Dimension, c.Rank, 2, c.Seed + 3);
            double least = HouseholderSubspace.LeastSquaredDistance(c.Subspace(), 2);
            Assert.True(LinearSubspace.Of(w).SquaredDistance(c.Subspace()) >= least - 1e-12);
            Near.Equal(0, HouseholderSubspace.LeastSquaredDistance(c.Subspace(), c.Rank), 0, 1e-12, "m = d₀");
            Near.Equal(0, HouseholderSubspace.LeastSquaredDistance(LinearSubspace.Of(w), 2), 0, 1e-10, "a product itself"); // eigenvalues that are 0, to rounding
        });

    [Fact]
    public void BadInput_IsRefused()
    {
        HouseholderSubspace w = HouseholderSubspace.Random(3, 2, 1, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => HouseholderStep.Descend(w, new double[3], -1));
        Assert.Contains("expected 3 values, got 4", Assert.Throws<ArgumentException>(() => HouseholderStep.Descend(w, new double[4], 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => HouseholderStep.DenoisingLoss(w, new double[4], 1, new double[3], new double[6], new double[3]));
    }

    private static (double[] Clean, double[] Noisy) Data(LatentCase c, int count)
    {
        double[] clean = new double[count * c.Dimension], h = c.Normal(count * c.Rank, 14), noisy = c.Normal(clean.Length, 15);
        for (int i = 0; i < count; i++) c.Subspace().Lift(h.AsSpan(i * c.Rank, c.Rank), clean.AsSpan(i * c.Dimension, c.Dimension));
        for (int i = 0; i < noisy.Length; i++) noisy[i] = (c.Level.Alpha * clean[i]) + (c.Level.Sigma * noisy[i]);
        return (clean, noisy);
    }
}
