using FsCheck;
using FsCheck.Fluent;
using PureDit.GaussianProcess.Unrolled;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests.Unrolled;

/// <summary>How well networks multiply. The token is [x, y, other, target, scratch …].</summary>
public class ProductModuleTests
{
    private const double Rounding = 1e-14;

    private static IEnumerable<IProductModule> Modules =>
        [new GatedProducts(), .. Enumerable.Range(1, 8).Select(m => new SawtoothProducts(m)), new SplineProducts(1), new SplineProducts(5), new SplineProducts(37)];

    // target += sign·x·(2y − other), then y is cleared.
    private static double[] Multiply(IProductModule module, double x, double xBound, double y, double other, double yBound, double sign = 1)
    {
        const int Scratch = 4, Width = 6;
        double[] token = [x, y, other, 0.7, 0, 0];
        SlotProduct product = new(3, sign, 0, xBound, [new(1, 2), new(2, -1)], yBound);
        foreach (ITokenLayer layer in module.Build(Width, new TokenUpdate([product], [new(1, 1, -1)]), Scratch)) layer.Apply(token);
        return token;
    }

    private static Gen<double> In(double bound) => Gen.Choose(-1000, 1000).Select(i => bound * i / 1000.0);

    [Fact]
    public void Product_IsWithinItsBound_ForAllSignsAndScales() =>
        Law.Holds(
            from module in Gen.Elements(Modules.ToArray())
            from xBound in Gen.Elements(0.3, 1, 17.0)
            from yBound in Gen.Elements(0.1, 2, 50.0)
            from x in In(xBound)
            from y in In(yBound / 3)
            from other in In(yBound / 3)
            from sign in Gen.Elements(1.0, -1.0)
            select (module, xBound, yBound, x, y, other, sign),
            c =>
            {
                double[] token = Multiply(c.module, c.x, c.xBound, c.y, c.other, c.yBound, c.sign);
                double error = Math.Abs(token[3] - 0.7 - (c.sign * c.x * ((2 * c.y) - c.other)));
                Assert.True(error <= (c.module.RelativeError + Rounding) * c.xBound * c.yBound, $"{c.module.Name}: {error}");
                Assert.Equal([c.x, 0, c.other], token[..3]); // inputs stay, what was to be cleared is
                Near.Equal([0, 0], token.AsSpan(4), 0, Rounding, "scratch");
            },
            cases: 300);

    [Fact]
    public void SawtoothOfDepthM_IsTheSplineOfTwoToTheM() =>
        Law.Holds(from m in Gen.Choose(1, 7) from x in In(1) from y in In(1) select (m, x, y), c =>
        {
            double deep = Multiply(new SawtoothProducts(c.m), c.x, 1, c.y / 2, 0, 1)[3];
            double wide = Multiply(new SplineProducts(1 << c.m), c.x, 1, c.y / 2, 0, 1)[3];
            Near.Equal(deep, wide, 0, 1e-13, "product");
        });

    [Fact] // E4: a layer of depth divides the largest error by four, twice the width does the same
    public void LargestError_FallsByFour_PerLayerAndPerDoubling()
    {
        for (int m = 1; m <= 9; m++)
        {
            Near.Equal(Math.Pow(4, -(m + 1)), WorstOf(new SawtoothProducts(m)), 1e-9, 0, $"depth {m}");
            Near.Equal(Math.Pow(4, -(m + 1)), WorstOf(new SplineProducts(1 << m)), 1e-9, 0, $"width {1 << m}");
        }

        // The largest error is at the middle of a piece for a + b and at a knot for a − b.
        static double WorstOf(IProductModule module)
        {
            double piece = 2 * Math.Sqrt(module.RelativeError), u = 0.5 * piece;
            double x = u, y = u; // (x + y)/2 = u, the middle of the first piece; (x − y)/2 = 0, a knot
            return Math.Abs(Multiply(module, x, 1, y / 2, 0, 1)[3] - 0.7 - (x * y));
        }
    }

    [Theory] // by hand: q₁(u) = u − g(u)/4; ½ · ½: u = ½, g(½) = 1, q₁ = ¼ exactly; 0.25 · 0.25: u = ¼, g = ½, q₁ = ⅛
    [InlineData(0.5, 0.5, 0.25)]
    [InlineData(0.25, 0.25, 0.125)]
    [InlineData(1, 1, 1)]
    [InlineData(-1, 1, -1)]
    [InlineData(0, 0.75, 0)]
    public void SawtoothOfDepthOne_ByHand(double x, double y, double expected) =>
        Near.Equal(0.7 + expected, Multiply(new SawtoothProducts(1), x, 1, y / 2, 0, 1)[3], 1e-15, 0);

    [Fact]
    public void Product_OutsideItsBounds_IsWrongAndFinite()
    {
        double said = Multiply(new SawtoothProducts(6), 1, 1, 10, 0, 1)[3];
        Assert.True(double.IsFinite(said) && Math.Abs(said - 20.7) > 1, $"{said}");
    }

    [Fact]
    public void Modules_HaveTheStatedLayers()
    {
        foreach (IProductModule module in Modules)
        {
            TokenUpdate update = new([new SlotProduct(3, 1, 0, 1, [new(1, 1)], 1)], []);
            IReadOnlyList<ITokenLayer> layers = module.Build(6, update, 4);
            Assert.Equal(module.Layers, layers.Count);
            Assert.Equal(module is not GatedProducts, layers.All(l => l is FeedForward));
        }

        Assert.Throws<ArgumentOutOfRangeException>("depth", () => new SawtoothProducts(0));
        Assert.Throws<ArgumentOutOfRangeException>("pieces", () => new SplineProducts(0));
    }
}
