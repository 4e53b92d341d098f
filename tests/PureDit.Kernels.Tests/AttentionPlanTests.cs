using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class AttentionPlanTests
{
    private static readonly AttentionShape Long = new(1, 65_536, 1, 4);

    private static readonly Gen<(AttentionShape Shape, double Radius, AttentionRequest Request)> Asked =
        from headSize in Gen.Elements(1, 2, 4, 8, 16, 32, 64)
        from tokens in Gen.Elements(1, 64, 1024, 65_536)
        from radius in Gen.Elements(0, 0.01, 0.5, 1, 1.9, 2, 3.7, 4.1, 6, 8, 11, 12, 100)
        from exponent in Gen.Choose(1, 12)
        from gradient in Gen.Elements(Enum.GetValues<AttentionGradient>())
        from fit in Gen.Elements(Enum.GetValues<PolynomialFit>())
        select (new AttentionShape(1, tokens, 1, headSize), radius, new AttentionRequest(Math.Pow(10, -exponent), AttentionMode.Auto, gradient) { Fit = fit });

    [Fact]
    public void CertifiedError_IsNeverAboveWhatWasAsked() => Law.Holds(Asked, x =>
    {
        AttentionPlan plan = AttentionPlan.ForRadius(x.Shape, x.Radius, x.Request);
        Assert.True(plan.CertifiedError <= x.Request.Error, plan.ToString());
        if (plan.IsPolynomial)
        {
            Assert.True(plan.FittedRadius >= x.Radius && plan.PredictedSpeedup > 1, plan.ToString());
            Assert.Equal(MonomialTable.CountOf(x.Shape.HeadSize, plan.Degree), plan.Features);
        }
        else
        {
            Assert.NotEqual(PlanReason.PolynomialIsFaster, plan.Reason);
        }
    }, cases: 300);

    [Fact]
    public void Degree_IsTheSmallestThatKeepsTheError() => Law.Holds(Asked, x =>
    {
        AttentionPlan plan = AttentionPlan.ForRadius(x.Shape, x.Radius, x.Request);
        if (plan.Degree > 0)
        {
            AttentionRequest lower = x.Request with { Degree = plan.Degree - 1 };
            Assert.Equal(PlanReason.DegreeTooLow, AttentionPlan.ForRadius(x.Shape, x.Radius, lower).Reason);
        }
    }, cases: 100);

    [Fact]
    public void PolynomialOnly_IsKeptOrRefusedWithWhatWouldWork() => Law.Holds(Asked, x =>
    {
        AttentionPlan auto = AttentionPlan.ForRadius(x.Shape, x.Radius, x.Request);
        AttentionRequest only = x.Request with { Mode = AttentionMode.Polynomial };
        if (auto.Polynomial is not null)
        {
            Assert.True(AttentionPlan.ForRadius(x.Shape, x.Radius, only).IsPolynomial);
            return;
        }

        ArgumentException refusal = Assert.Throws<ArgumentException>(() => AttentionPlan.ForRadius(x.Shape, x.Radius, only));
        Assert.Contains("or take exact attention", refusal.Message.Replace("or exact attention", "or take exact attention", StringComparison.Ordinal), StringComparison.Ordinal);
    }, cases: 200);

    [Theory] // degrees of the closed form, at the radii and errors that practice has
    [InlineData(4, 0.5, 1e-3, 3)]
    [InlineData(4, 1, 1e-3, 4)]
    [InlineData(4, 1, 1e-2, 3)]
    [InlineData(4, 2, 1e-3, 6)]
    [InlineData(8, 1, 1e-2, 3)]
    [InlineData(8, 2, 1e-2, 5)]
    public void Degree_IsThatOfTheTable(int headSize, double radius, double error, int degree)
    {
        AttentionPlan plan = AttentionPlan.ForRadius(Long with { HeadSize = headSize }, radius, new AttentionRequest(error));
        Assert.Equal(degree, plan.Degree);
        Assert.Equal(FeaturePrecision.Single, plan.Precision);
    }

    [Fact]
    public void Doubles_TakeOverWhereFloatsCannotKeepTheError()
    {
        Assert.Equal(FeaturePrecision.Double, AttentionPlan.ForRadius(Long, 5, new AttentionRequest(1e-2)).Precision);
        Assert.Equal(FeaturePrecision.Double, AttentionPlan.ForRadius(Long, 2, new AttentionRequest(1e-5)).Precision);
        AttentionRequest single = new AttentionRequest(1e-9) { Precision = FeaturePrecision.Single };
        Assert.Equal(PlanReason.ErrorOutOfReach, AttentionPlan.ForRadius(Long, 1, single).Reason);
    }

    [Fact]
    public void Doubles_AreReckonedDearer()
    {
        AttentionPlan Of(FeaturePrecision precision) => AttentionPlan.ForRadius(Long, 3, new AttentionRequest(1e-2) { Degree = 9, Precision = precision });
        Assert.InRange(Of(FeaturePrecision.Double).Crossover / Of(FeaturePrecision.Single).Crossover, 2, 16); // half as many to a vector, at the least
    }

    [Fact]
    public void Auto_ChangesAtTheCrossover()
    {
        AttentionRequest request = new(1e-3);
        double crossover = AttentionPlan.ForRadius(Long, 1, request).Crossover;
        Assert.False(AttentionPlan.ForRadius(Long with { Tokens = (int)crossover - 1 }, 1, request).IsPolynomial);
        Assert.True(AttentionPlan.ForRadius(Long with { Tokens = (int)crossover + 1 }, 1, request).IsPolynomial);
    }

    [Fact]
    public void Reasons_NameTheNumbers()
    {
        string Text(int headSize, double radius, AttentionRequest request) => AttentionPlan.ForRadius(Long with { HeadSize = headSize }, radius, request).ToString();
        Assert.StartsWith("exact: scores spread to R = 50", Text(4, 50, new(1e-3)), StringComparison.Ordinal);
        Assert.StartsWith("exact: the degree needed has more than 20000 features of 64 variables", Text(64, 4, new(1e-3)), StringComparison.Ordinal);
        Assert.StartsWith("polynomial (PolynomialIsFaster): error 0.001 asked at R = 1, d = 4, L = 65536, g = 4, r = 70, Single features", Text(4, 1, new(1e-3)), StringComparison.Ordinal);
        Assert.StartsWith("exact (Asked)", Text(4, 1, new(1e-3, AttentionMode.Exact)), StringComparison.Ordinal);
        Assert.Contains("degree 2 does not keep it", Text(4, 1, new AttentionRequest(1e-3) { Degree = 2 }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1e-3)]
    [InlineData(double.NaN)]
    public void Error_NotAboveZero_IsRefused(double error) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => AttentionPlan.ForRadius(Long, 1, new AttentionRequest(error)));

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Radius_NotFinite_IsRefused(double radius) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => AttentionPlan.ForRadius(Long, radius, new AttentionRequest(1e-3)));

    [Fact]
    public void Shapes_WithoutTokensOrOfTwoSequences_AreRefused()
    {
        ArgumentException none = Assert.Throws<ArgumentOutOfRangeException>(() => AttentionPlan.ForRadius(Long with { Tokens = 0 }, 1, new(1e-3)));
        Assert.Contains("shape.Tokens: expected 1 or more, got 0", none.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => AttentionPlan.ForRadius(Long with { KeyTokens = 5 }, 1, new(1e-3)));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Measure_NotFiniteKey_IsRefused(float bad)
    {
        AttentionShape shape = new(2, 5, 3, 2);
        for (int place = 0; place < 2 * shape.Width; place += 5)
        {
            float[] qkv = Values.Normal(shape.QkvLength, 1);
            qkv[(3 * 3 * shape.Width) + place] = bad;
            ArgumentException error = Assert.Throws<ArgumentException>(() => AttentionPlan.Measure(new Cpu(2), shape, qkv, new(1e-3)));
            Assert.Contains("expected finite queries and keys", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Forward_OfValuesThatSpreadFurther_IsRefused()
    {
        PolynomialCase x = new(new AttentionShape(1, 40, 1, 4), 2, 0, 3);
        AttentionPlan narrow = AttentionPlan.ForRadius(x.Shape, 1, new(1e-3, AttentionMode.Polynomial));
        ArgumentException error = Assert.Throws<ArgumentException>(() => x.Forward(Cpu.Serial, narrow));
        Assert.Contains("measure a new plan", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_OfAPlanWithoutGradient_IsRefused()
    {
        PolynomialCase x = new(new AttentionShape(1, 40, 1, 4), 1, 0, 3);
        AttentionPlan plan = x.Plan(AttentionGradient.None);
        Assert.Throws<InvalidOperationException>(() => x.Backward(Cpu.Serial, plan));
    }

    [Fact]
    public void Exact_HasTheBitsOfTheExactKernel()
    {
        PolynomialCase x = new(new AttentionShape(2, 40, 3, 4), 1, 0, 3);
        AttentionPlan plan = AttentionPlan.Measure(Cpu.Serial, x.Shape, x.Qkv, new(1e-3, AttentionMode.Exact));
        Assert.Equal(0, plan.CertifiedError);
        Near.SameBits(x.Exact().O, x.Forward(Cpu.Serial, plan).O);
    }

    [Fact]
    public void Measure_AgreesWithTheReference() => Law.Holds(PolynomialCase.All, x =>
    {
        double[] qkv = Near.ToDouble(x.Qkv);
        double expected = Enumerable.Range(0, x.Shape.Batch * x.Shape.Heads).Max(h => Reference.PolynomialAttention.Take(x.Shape, qkv, h, x.KeepMeans).Radius);
        Near.Equal(expected, x.Plan().Radius, 1e-6, 1e-300, "R"); // the kernel's means are floats
        Near.Equal(expected, PolynomialAttention.Radius(new Cpu(2), x.Shape, x.Qkv, x.KeepMeans), 1e-6, 1e-300, string.Create(CultureInfo.InvariantCulture, $"R of {x}"));
    });
}
