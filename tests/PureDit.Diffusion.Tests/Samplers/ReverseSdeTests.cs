using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

public class ReverseSdeTests
{
    // Half a unit of the last printed digit; the float path adds less than a tenth of that.
    private const double FourDecimals = 0.5e-4;

    private static readonly NoiseLevel End = NoiseLevel.FromTime(6);
    private static readonly NoiseLevel Start = NoiseLevel.FromTime(0.01);

    [Theory]
    [InlineData(25, 3.4226, 3.8050)]
    [InlineData(50, 3.5417, 3.7348)]
    [InlineData(100, 3.6057, 3.7029)]
    [InlineData(200, 3.6389, 3.6877)]
    [InlineData(400, 3.6558, 3.6802)]
    public void EulerMaruyamaAndExponential_VarianceOfGoldenExample(int steps, double eulerMaruyama, double exponential)
    {
        Near.Equal(eulerMaruyama, Variance(new ReverseSdeEulerMaruyama(), steps), Cases.FloatPath, FourDecimals);
        Near.Equal(exponential, Variance(new ReverseSdeExponential(), steps), Cases.FloatPath, FourDecimals);
    }

    [Fact]
    public void ExactVariance_OfGoldenExample() => Near.Equal(3.67291, ExactVariance(Cases.Lambda), 0, Cases.FiveDecimals);

    [Theory]
    [InlineData("sde")]
    [InlineData("sde-exp")]
    public void WeakOrderIsOne(string name)
    {
        double coarse = Variance(Samplers.Named(name), 100) - ExactVariance(Cases.Lambda);
        double fine = Variance(Samplers.Named(name), 200) - ExactVariance(Cases.Lambda);

        Assert.InRange(Math.Log2(coarse / fine), 0.95, 1.05);
        // Richardson: without the first-order term an error of second order is left, about fine²/4.
        Near.Equal(ExactVariance(Cases.Lambda), Variance(Samplers.Named(name), 200) - (coarse - fine), 0, 2e-3);
    }

    [Fact]
    public void Girsanov_BoundsTheDivergenceOfAWrongScore() => Law.Holds(
        Cases.Mode.Where(x => x > 0.2).Two(),
        pair =>
        {
            (double truth, double believed) = pair;
            NoiseLevel[] levels = NoiseGrid.UniformTime(End, Start, 400);
            double coarse = Variance(new ReverseSdeExponential(), 200, believed);
            double fine = Variance(new ReverseSdeExponential(), 400, believed);
            double sampled = (2 * fine) - coarse; // the SDE's own law: without the first-order term of the steps

            // KL(P_t0 ‖ sampled) ≤ ½∫E‖ŝ − s‖²dt + KL(P_T ‖ N(0,1)); the integral by the trapezium rule.
            double integral = 0;
            for (int k = 1; k < levels.Length; k++)
            {
                double h = levels[k - 1].Time - levels[k].Time;
                integral += 0.5 * h * (ScoreError(truth, believed, levels[k - 1]) + ScoreError(truth, believed, levels[k]));
            }

            double bound = (0.5 * integral) + Divergence(Recurrences.V(truth, End), 1);
            double divergence = Divergence(Recurrences.V(truth, Start), sampled);
            // Steps of 0.015 leave 1e-3 of the variance at small λ: 1e-4 of divergence where λ̂ is close to λ.
            Assert.True(divergence <= (bound * 1.01) + 1e-4, $"{divergence} > {bound} at λ = {truth}, λ̂ = {believed}");
        },
        cases: 12);

    private static double Variance(ISampler sampler, int steps, double lambda = Cases.Lambda) =>
        LinearResponse.Of(sampler, [lambda], NoiseGrid.UniformTime(End, Start, steps)).Variance(0, 1);

    // Var = V_t + e^{−(T−t)}(V_t/V_T)²(1 − V_T), started from N(0, 1).
    private static double ExactVariance(double lambda)
    {
        double v = Recurrences.V(lambda, Start), end = Recurrences.V(lambda, End);
        return v + (Math.Exp(Start.Time - End.Time) * v * v / (end * end) * (1 - end));
    }

    private static double ScoreError(double truth, double believed, NoiseLevel level)
    {
        double v = Recurrences.V(truth, level), error = (1 / Recurrences.V(believed, level)) - (1 / v);
        return error * error * v;
    }

    // KL(N(0, a) ‖ N(0, b))
    private static double Divergence(double a, double b) => 0.5 * ((a / b) - 1 - Math.Log(a / b));
}
