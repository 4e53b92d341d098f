using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

/// <summary>All deterministic samplers solve one ODE, whose exact flow on a mode is √(V_t0/V_T).</summary>
public class ProbabilityFlowTests
{
    private static readonly NoiseLevel End = NoiseLevel.FromTime(6);
    private static readonly NoiseLevel Start = NoiseLevel.FromTime(0.01);

    [Fact]
    public void ExactFlow_OfGoldenExample()
    {
        Near.Equal(3.64872, Math.Pow(ExactGain(Cases.Lambda), 2), 0, Cases.FiveDecimals);
        double heun = Gain("heun", NoiseGrid.UniformTime(End, Start, 1000));
        double solver = Gain("dpm++", NoiseGrid.UniformLogSnr(End, Start, 1000));
        Near.Equal(3.64872, heun * heun, Cases.FloatPath * 5, 5e-5); // h² error of 1000 steps
        Near.Equal(3.64872, solver * solver, Cases.FloatPath * 5, 5e-5);
    }

    [Theory]
    [InlineData("euler", 1)]
    [InlineData("ddim", 1)]
    [InlineData("heun", 2)]
    [InlineData("dpm++", 2)]
    public void OrderOfConvergence(string name, int order)
    {
        // DDIM and the solver live in ln(α/σ), Euler and Heun in t: each is of its order on its own uniform grid.
        bool logSnr = name is "ddim" or "dpm++";
        // At λ = 3.7 the errors of Heun's early and late steps nearly cancel; 12 is free of that.
        double[] errors = Cases.Column(3, i => Math.Abs(Gain(name, Grid(logSnr, 40 << i), 12) - ExactGain(12)));
        Assert.True(errors[^1] > 2e-5, "the finest error must stand clear of float rounding");
        Assert.InRange(Math.Log2(errors[0] / errors[1]), order - 0.25, order + 0.25);
        Assert.InRange(Math.Log2(errors[1] / errors[2]), order - 0.15, order + 0.15);
    }

    [Fact]
    public void DpmSolver_MatchesItsRecurrence() => Law.Holds(
        Cases.Grid.SelectMany(_ => Cases.Modes, (levels, modes) => (levels, modes)),
        given =>
        {
            (NoiseLevel[] levels, double[] modes) = given;
            LinearResponse response = LinearResponse.Of(new DpmSolverPlusPlus2M(), modes, levels);
            double[] expected = Cases.Column(modes.Length, i => Recurrences.DpmSolverGain(modes[i], levels));
            Near.Equal(expected, Cases.Column(modes.Length, response.Gain), 1e-5, 2e-6, "gain");
        });

    [Fact]
    public void DpmSolver_FirstStepIsDdim() => Law.Holds(
        Cases.Level.Two().Where(pair => pair.Item1.Time > pair.Item2.Time * 1.01),
        pair =>
        {
            NoiseLevel[] levels = [pair.Item1, pair.Item2];
            Near.Equal(Gain("ddim", levels), Gain("dpm++", levels), 1e-6, 1e-6);
        });

    [Fact]
    public void DpmSolver_StepToCleanIsDdim() => Law.Holds(Cases.Grid, levels =>
    {
        if (levels[^1] != NoiseLevel.Clean) return;
        double x0 = Gain("ddim", levels[^2..]);
        Near.Equal(x0 * Gain("dpm++", levels[..^1]), Gain("dpm++", levels), 1e-5, 1e-6);
    });

    private static NoiseLevel[] Grid(bool logSnr, int steps) =>
        logSnr ? NoiseGrid.UniformLogSnr(End, Start, steps) : NoiseGrid.UniformTime(End, Start, steps);

    private static double Gain(string name, NoiseLevel[] levels, double lambda = Cases.Lambda)
    {
        float[] x = [1];
        LinearGaussianDenoiser denoiser = new([lambda], null, PredictionKind.V);
        Samplers.Named(name).Run(denoiser, levels, new NoNoise(), x, new SamplerWorkspace());
        return x[0];
    }

    private static double ExactGain(double lambda) =>
        Math.Sqrt(Recurrences.V(lambda, Start) / Recurrences.V(lambda, End));
}

/// <summary>For samplers that must not ask for noise.</summary>
internal sealed class NoNoise : INoiseSource
{
    public void Fill(int draw, Span<float> noise) => Assert.Fail("a deterministic sampler asked for noise");
}
