using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

public class DdimSamplerTests
{
    private const double SixDecimals = 0.5e-6; // half a unit of the last printed digit

    [Fact]
    public void GoldenExample_ShrinksTheDeviation()
    {
        double gain = LinearResponse.Of(new DdimSampler(), [Cases.Lambda], Cases.GoldenChain).Gain(0);
        Near.Equal(1.873289, gain, Cases.FloatPath, SixDecimals);
        Near.Equal(1.920813, Math.Sqrt(Cases.Lambda / Recurrences.V(Cases.Lambda, Cases.GoldenChain[0])), 0, SixDecimals);
    }

    [Fact]
    public void Gain_IsTheExactFlowTimesTheCosines() => Law.Holds(
        Cases.Grid.SelectMany(_ => Cases.Mode, (levels, mode) => (levels, mode)),
        given =>
        {
            // u_k = (√(ᾱλ), √(1−ᾱ)): every step loses the cosine of the angle between two of them.
            (NoiseLevel[] levels, double mode) = given;
            double expected = Math.Sqrt(Recurrences.V(mode, levels[^1]) / Recurrences.V(mode, levels[0]));
            for (int k = 1; k < levels.Length; k++)
            {
                expected *= Math.Cos(Angle(mode, levels[k - 1]) - Angle(mode, levels[k]));
            }

            Near.Equal(expected, LinearResponse.Of(new DdimSampler(), [mode], levels).Gain(0), 1e-5, 1e-6);
        });

    [Fact]
    public void Eta_MatchesItsRecurrence() => Law.Holds(
        Cases.Grid.SelectMany(_ => Cases.Mode.Zip(Cases.Between(0, 1)), (levels, rest) => (levels, rest)),
        given =>
        {
            (NoiseLevel[] levels, (double mode, double eta)) = given;
            double expected = Recurrences.V(mode, levels[0]);
            for (int k = 1; k < levels.Length; k++)
            {
                ModeStep step = Recurrences.Ddim(mode, levels[k - 1], levels[k], eta);
                expected = (step.Factor * step.Factor * expected) + (step.Noise * step.Noise);
            }

            LinearResponse response = LinearResponse.Of(new DdimSampler(eta), [mode], levels);
            Near.Equal(expected, response.Variance(0, Recurrences.V(mode, levels[0])), 1e-5, 1e-6);
        });

    [Fact]
    public void EtaOne_IsDdpmWithBetaTilde() => Law.Holds(Cases.Grid, levels =>
    {
        double[] modes = [0.1, 1, 7];
        float[] ddim = Run(new DdimSampler(1), levels, modes), ddpm = Run(new DdpmSampler(), levels, modes);
        Near.Equal(Near.ToDouble(ddpm), ddim, 1e-5, 1e-5, "sample"); // the same noise, the same path
    });

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void EtaOutsideItsRange_Throws(double eta) => Assert.Contains(
        "eta: expected 0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => new DdimSampler(eta)).Message);

    private static double Angle(double mode, NoiseLevel level) => Math.Atan2(level.Sigma, level.Alpha * Math.Sqrt(mode));

    private static float[] Run(ISampler sampler, NoiseLevel[] levels, double[] modes)
    {
        PhiloxNoise noise = new(seed: 5, modes.Length);
        float[] x = new float[modes.Length * 4];
        noise.Fill(0, x);
        sampler.Run(new LinearGaussianDenoiser(modes), levels, noise, x, new SamplerWorkspace());
        return x;
    }
}
