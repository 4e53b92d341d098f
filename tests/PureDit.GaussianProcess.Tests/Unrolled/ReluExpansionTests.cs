using FsCheck.Fluent;
using PureDit.GaussianProcess.Unrolled;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests.Unrolled;

/// <summary>Kernels from ReLUs of inner products of position embeddings.</summary>
public class ReluExpansionTests
{
    private const double TrapezoidTolerance = 1e-12; // 1/w times the rounding of z: up to 6e-14 at 64 frames on a circle of 128
    private const double PiecewiseTolerance = 1e-14;

    [Fact]
    public void Positions_KnowTheLagAndNothingElse() =>
        Law.Holds(from n in Gen.Choose(1, 40) from wide in Gen.Choose(0, 3) select (n, wide), c =>
        {
            CirclePositions positions = new(c.n, 2.0 * (c.n + c.wide));
            for (int i = 0; i < c.n; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    (double x, double y) = positions.At(i);
                    (double u, double v) = positions.At(j);
                    Near.Equal(positions.InnerProduct(i - j), (x * u) + (y * v), 1e-13, 1e-12, "⟨e_i, e_j⟩");
                    double chord = 2 * positions.Radius * Math.Sin(Math.PI * (i - j) / positions.Circumference);
                    Near.Equal(chord * chord, 2 * ((positions.Radius * positions.Radius) - positions.InnerProduct(i - j)), 1e-9, 1e-9, "chord");
                }

                if (i > 0) Assert.True(positions.InnerProduct(i) < positions.InnerProduct(i - 1), "strictly falling");
            }
        });

    [Fact]
    public void BothConstructions_AreTheKernelAtEveryLag() =>
        Law.Holds(
            from n in Gen.Elements(1, 2, 3, 7, 16, 64)
            from heads in Gen.Elements(KernelHeads.Trapezoids, KernelHeads.PiecewiseLinear)
            from seed in Gen.Choose(1, 100_000)
            select (n, heads, seed),
            c =>
            {
                CirclePositions positions = new(c.n);
                double[] lags = Values.NormalDouble(c.n, c.seed); // any function of the lag, decaying or not
                IReadOnlyList<ReluTerm> terms = ReluExpansion.Of(c.heads, positions, lags);
                double tolerance = c.heads == KernelHeads.Trapezoids ? TrapezoidTolerance : PiecewiseTolerance * 100; // normal lags: slopes of either sign
                for (int m = 0; m < c.n; m++) Near.Equal(lags[m], ReluExpansion.At(terms, positions.InnerProduct(m)), tolerance, tolerance, $"lag {m}");
            });

    [Fact]
    public void Trapezoid_OfOneLag_IsItsIndicator()
    {
        CirclePositions positions = new(16);
        for (int m = 0; m < 16; m++)
        {
            double[] lags = new double[16];
            lags[m] = 1;
            IReadOnlyList<ReluTerm> terms = ReluExpansion.Of(KernelHeads.Trapezoids, positions, lags);
            Assert.Equal(4, terms.Count);
            for (int k = 0; k < 16; k++) Near.Equal(k == m ? 1 : 0, ReluExpansion.At(terms, positions.InnerProduct(k)), 0, TrapezoidTolerance);
        }
    }

    [Theory] // 4(J + 1) heads, or J + 1 and at full length N
    [InlineData(KernelHeads.Trapezoids, 5, 24)]
    [InlineData(KernelHeads.Trapezoids, 15, 64)]
    [InlineData(KernelHeads.PiecewiseLinear, 5, 6)]
    [InlineData(KernelHeads.PiecewiseLinear, 15, 16)]
    public void Heads_AreAsManyAsTheKeptLags(KernelHeads heads, int cut, int expected)
    {
        double[] lags = [.. Enumerable.Range(0, 16).Select(m => m <= cut ? Math.Exp(-m / 4.0) : 0)];
        Assert.Equal(expected, ReluExpansion.Of(heads, new CirclePositions(16), lags).Count);
    }

    // The gap r²(1 − cos(2π/C)) of the inner product at r = 1: what single precision would have to resolve.
    [Theory]
    [InlineData(16, 1.9e-2)]
    [InlineData(64, 1.2e-3)]
    public void Positions_Gap_IsTheTabulated(int frames, double gap)
    {
        CirclePositions positions = new(frames, radius: 1);
        Assert.InRange((positions.InnerProduct(0) - positions.InnerProduct(1)) / gap, 0.95, 1.05);
        double chord = Math.Sqrt(2 * (Math.Pow(new CirclePositions(frames).Radius, 2) - new CirclePositions(frames).InnerProduct(1)));
        Assert.InRange(chord, 0.99, 1); // neighbours are about 1 apart by default
    }

    [Fact]
    public void Positions_OfWrongArguments_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>("circumference", () => new CirclePositions(9, 15.9));
        Assert.Throws<ArgumentOutOfRangeException>("radius", () => new CirclePositions(9, 0, -1));
        Assert.Throws<ArgumentOutOfRangeException>("frames", () => new CirclePositions(0));
        Assert.Throws<ArgumentException>("lags", () => ReluExpansion.Of(KernelHeads.Trapezoids, new CirclePositions(3), [1, 0.5]));
    }
}
