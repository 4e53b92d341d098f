using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class ExpPolynomialTests
{
    private static readonly Gen<(double Radius, int Degree, PolynomialFit Fit)> Fits =
        from radius in Gen.Elements(0.05, 0.25, 0.5, 1, 1.7, 2, 3, 4, 6, 8, 11.3)
        from degree in Gen.Choose(0, 24)
        from fit in Gen.Elements(Enum.GetValues<PolynomialFit>())
        select (radius, degree, fit);

    [Fact]
    public void RelativeError_IsNeverExceeded() => Law.Holds(Fits, x =>
    {
        ExpPolynomial polynomial = ExpPolynomial.Create(x.Radius, x.Degree, x.Fit);
        Random random = new(x.Degree);
        double largest = 0;
        for (int i = 0; i < 3000; i++)
        {
            double at = x.Radius * (i < 2 ? (2 * i) - 1 : (2 * random.NextDouble()) - 1);
            largest = Math.Max(largest, Math.Abs((polynomial.Evaluate(at) / Math.Exp(at)) - 1));
        }

        Assert.True(largest <= polynomial.RelativeError, $"{largest} above {polynomial.RelativeError}");
        double floor = 20 * 1.2e-16 * polynomial.Condition; // below it the certificate is all rounding
        Assert.True(polynomial.RelativeError <= (1.1 * largest) + floor || largest < floor, "a certificate that says nothing");
    }, cases: 40);

    [Fact]
    public void LeastSquares_ReachesTheClosedFormOfTheBestPolynomial() // least squares is within 1.31 of the best polynomial, and that within 1.0003 of the form
    {
        foreach (double radius in new[] { 0.25, 0.5, 1, 2, 3, 4, 6, 8 })
        {
            for (int degree = 1; degree <= 20; degree++)
            {
                ExpPolynomial polynomial = ExpPolynomial.Create(radius, degree);
                double floor = 20 * 1.2e-16 * polynomial.Condition;
                Assert.True(polynomial.RelativeError <= (1.35 * ExpPolynomial.Bound(radius, degree)) + floor, $"R {radius}, g {degree}: {polynomial.RelativeError}");
            }
        }
    }

    [Theory] // minimax errors of the literature table, which least squares exceeds by at most 1.31
    [InlineData(0.5, 2, 5.2e-3)]
    [InlineData(1, 4, 5.0e-4)]
    [InlineData(2, 6, 3.6e-4)]
    [InlineData(3, 8, 1.7e-4)]
    [InlineData(4, 8, 2.0e-3)]
    [InlineData(4, 12, 2.0e-6)]
    [InlineData(8, 16, 4.1e-5)]
    public void LeastSquares_IsNearTheMinimax(double radius, int degree, double minimax) =>
        Assert.InRange(ExpPolynomial.Create(radius, degree).RelativeError, 0.98 * minimax, 1.35 * minimax);

    [Fact]
    public void LeastSquares_RadiusOneDegreeFour_HasTheKnownCoefficients() =>
        Near.Equal([.999605, .998056, .503194, .17632, .0396262], ExpPolynomial.Create(1, 4).Coefficients, 0, 2e-6, "a");

    [Fact]
    public void Taylor_ErrsByItsRemainder() => Law.Holds(Fits, x =>
    {
        double remainder = Math.Exp(x.Radius);
        for (int k = 1; k <= x.Degree + 1; k++) remainder *= x.Radius / k;
        ExpPolynomial taylor = ExpPolynomial.Create(x.Radius, x.Degree, PolynomialFit.Taylor);
        Assert.True(taylor.RelativeError <= (1.011 * remainder) + (20 * 1.2e-16 * Math.Exp(2 * x.Radius)));
    });

    [Fact]
    public void LeastSquares_IsBetterThanChebyshev_AndThatThanTaylor()
    {
        foreach (double radius in new[] { 0.5, 1, 2, 4 })
        {
            double[] errors = Array.ConvertAll(
                [PolynomialFit.LeastSquares, PolynomialFit.Chebyshev, PolynomialFit.Taylor], fit => ExpPolynomial.Create(radius, 4, fit).RelativeError);
            Assert.True(errors[0] < errors[1] / 1.3 && errors[1] < errors[2] / 1.3, string.Join(", ", errors));
        }
    }

    [Fact]
    public void Antiderivative_IsOneAtZero_AndItsDerivativeIsThePolynomial() => Law.Holds(Fits, x =>
    {
        ExpPolynomial polynomial = ExpPolynomial.Create(x.Radius, x.Degree, x.Fit);
        Assert.Equal(1, polynomial.Antiderivative[0]);
        for (int k = 1; k < polynomial.Antiderivative.Length; k++)
        {
            Near.Equal(polynomial.Coefficients[k - 1], k * polynomial.Antiderivative[k], 1e-15, 0);
        }

        double at = 0.3 * x.Radius, h = 1e-6 * x.Radius;
        double slope = (polynomial.Evaluate(at + h) - polynomial.Evaluate(at - h)) / (2 * h);
        Near.Equal(slope, polynomial.Derivative(at), 1e-6, 1e-8, "P'");
    });

    [Theory]
    [InlineData(0, 3)]
    [InlineData(-1, 3)]
    [InlineData(double.NaN, 3)]
    [InlineData(33, 3)]
    [InlineData(1, -1)]
    [InlineData(1, ExpPolynomial.MaxDegree + 1)]
    public void Create_OutOfRange_Throws(double radius, int degree) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ExpPolynomial.Create(radius, degree));
}
