using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

public class DdpmSamplerTests
{
    [Fact]
    public void GoldenExample_Beta() =>
        Near.Equal(3.56622, Golden(ReverseVariance.Beta), Cases.FloatPath, Cases.FiveDecimals);

    [Fact]
    public void GoldenExample_BetaTilde() =>
        Near.Equal(3.35044, Golden(ReverseVariance.BetaTilde), Cases.FloatPath, Cases.FiveDecimals);

    [Fact]
    public void GoldenExample_Posterior() =>
        Near.Equal(3.70000, Golden(new GaussianPosterior([Cases.Lambda])), Cases.FloatPath, Cases.FiveDecimals);

    [Fact]
    public void DefaultVarianceIsBetaTilde() => Assert.Equal(Golden(ReverseVariance.BetaTilde), Golden(null));

    [Fact]
    public void Posterior_IsExactAtEveryNumberOfSteps() => Law.Holds(
        Cases.Grid.SelectMany(_ => Cases.Modes, (levels, modes) => (levels, modes)),
        given =>
        {
            (NoiseLevel[] levels, double[] modes) = given;
            LinearResponse response = LinearResponse.Of(new DdpmSampler(new GaussianPosterior(modes)), modes, levels);
            double[] expected = Cases.Column(modes.Length, i => Recurrences.V(modes[i], levels[^1]));
            double[] actual = Cases.Column(modes.Length, i => response.Variance(i, Recurrences.V(modes[i], levels[0])));
            Near.Equal(expected, actual, 1e-5, 0, "variance"); // 41 steps of float rounding
        });

    [Fact]
    public void Beta_IsExactForWhiteData() => Law.Holds(Cases.Grid.Where(levels => levels[^1].Time > 0), levels =>
        Near.Equal(1, LinearResponse.Of(new DdpmSampler(ReverseVariance.Beta), [1], levels).Variance(0, 1), 1e-5, 0));

    [Fact]
    public void BetaTilde_IsExactForAPoint() => Law.Holds(Cases.Grid, levels =>
    {
        // λ = 0: the law at every level is N(0, σ²), and x_0 = 0.
        double variance = LinearResponse.Of(new DdpmSampler(), [0], levels).Variance(0, levels[0].Variance);
        Near.Equal(levels[^1].Variance, variance, 1e-5, 1e-12);
    });

    [Fact]
    public void Analytic_IsExactForModesOfOneVariance() => Law.Holds(
        Cases.Grid.SelectMany(_ => Cases.Mode, (levels, mode) => (levels, mode)),
        given =>
        {
            (NoiseLevel[] levels, double mode) = given;
            IReverseVariance variance = ReverseVariance.Analytic(t => mode * t.Variance / Recurrences.V(mode, t));
            LinearResponse response = LinearResponse.Of(new DdpmSampler(variance), [mode], levels);
            Near.Equal(
                Recurrences.V(mode, levels[^1]), response.Variance(0, Recurrences.V(mode, levels[0])), 1e-5, 0);
        });

    [Fact]
    public void Variances_MatchTheirRecurrences() => Law.Holds(
        Cases.Grid.SelectMany(_ => Cases.Mode, (levels, mode) => (levels, mode)),
        given =>
        {
            (NoiseLevel[] levels, double mode) = given;
            double beta = Recurrences.V(mode, levels[0]), betaTilde = beta;
            for (int k = 1; k < levels.Length; k++)
            {
                (NoiseLevel t, NoiseLevel s) = (levels[k - 1], levels[k]);
                double noise = s.Time == 0 ? 0 : Recurrences.Beta(t, s); // a last step to clean is free of noise
                beta = Advance(Recurrences.Ddpm(mode, t, s, noise), beta);
                betaTilde = Advance(Recurrences.Ddpm(mode, t, s, Recurrences.BetaTilde(t, s)), betaTilde);
            }

            Near.Equal(beta, Variance(ReverseVariance.Beta, mode, levels), 1e-5, 0, "with β");
            Near.Equal(betaTilde, Variance(ReverseVariance.BetaTilde, mode, levels), 1e-5, 0, "with β̃");
        });

    private static double Golden(IReverseVariance? variance) => Variance(variance, Cases.Lambda, Cases.GoldenChain);

    private static double Variance(IReverseVariance? variance, double mode, NoiseLevel[] levels) =>
        LinearResponse.Of(new DdpmSampler(variance), [mode], levels).Variance(0, Recurrences.V(mode, levels[0]));

    private static double Advance(ModeStep step, double variance) =>
        (step.Factor * step.Factor * variance) + (step.Noise * step.Noise);
}
