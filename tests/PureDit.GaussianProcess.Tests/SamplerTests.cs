using FsCheck.Fluent;
using PureDit.Diffusion;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests;

/// <summary>
/// Every sampler with the exact denoiser is an affine map of its start and its noise. Its matrices are read off with
/// unit vectors, and the covariance that follows is held against the scalar recurrence on each mode λ.
/// </summary>
public class SamplerTests
{
    private const double FloatTolerance = 2e-4; // a dozen steps in float, gains up to some tens

    private static readonly NoiseLevel[] Grid =
        NoiseGrid.UniformTime(NoiseLevel.FromTime(3), NoiseLevel.FromTime(0.3), steps: 11);

    public static TheoryData<string> Names => new(
    [
        "ddpm-beta", "ddpm-beta-tilde", "ddpm-posterior", "ddim", "ddim-half",
        "euler", "heun", "sde", "sde-exp", "dpm++",
    ]);

    [Theory]
    [MemberData(nameof(Names))]
    public void Sampler_WithTheExactDenoiser_GivesTheCovarianceOfItsRecurrence(string name) =>
        Law.Holds(Cases.All, c => AssertCovariance(c, name, Grid), cases: 8);

    [Fact]
    public void Ddpm_WithTheTrueCovariance_ReturnsToTheDataExactly_AtAnyNumberOfSteps() =>
        Law.Holds(from c in Cases.All from steps in Gen.Choose(1, 9) select (c, steps), t =>
        {
            GaussianSequence process = t.c.Process();
            NoiseLevel[] levels = NoiseGrid.UniformTime(NoiseLevel.FromTime(3), NoiseLevel.Clean, t.steps);
            double[] covariance = Generated(process, Sampler("ddpm-posterior", process), levels, out double[] mean);
            Near.Equal(Matrices.Covariance(process), covariance, 0, 5e-4, "covariance"); // gains near σ = 0 are large
            Near.Equal(process.Mean, mean, 0, 5e-4, "mean");
        }, cases: 20);

    [Theory]
    [InlineData("ddpm-beta")]
    [InlineData("ddim")]
    [InlineData("sde-exp")]
    [InlineData("dpm++")]
    public void Sampler_ThatIntegratesTheLinearPart_FollowsTheMean(string name)
    {
        GaussianSequence process = Cases.Fixed.Process();
        Generated(process, Sampler(name, process), Grid, out double[] mean);
        Near.Equal(Array.ConvertAll(process.Mean.ToArray(), m => Grid[^1].Alpha * m), mean, 0, FloatTolerance, "mean");
    }

    [Fact]
    public void SamplersOnAverage_GenerateThatCovariance()
    {
        // The same by drawing samples: nothing but the sampling error, 4 standard errors of the squared distance.
        const int Count = 4000;
        GaussianSequence process = Cases.Fixed.Process();
        NoiseLevel[] levels = NoiseGrid.UniformTime(NoiseLevel.FromTime(3), NoiseLevel.Clean, 7);
        float[] x = new float[Count * process.Size];
        process.Sample(Cases.Noise(71), 0, x);
        double[] start = Near.ToDouble(x);
        PhiloxNoise noise = new(72, process.Size);
        noise.Fill(0, x);
        x = Near.ToFloat(Matrices.Combine(levels[0].Alpha, start, levels[0].Sigma, Near.ToDouble(x)));
        Sampler("ddpm-posterior", process).Run(new GaussianDenoiser(process), levels, noise, x, new SamplerWorkspace());
        double[] covariance = SequenceStatistics.FullCovariance(x, process.Size);
        double error = Dense.RelativeError(covariance, Matrices.Covariance(process));
        Assert.InRange(error / ErrorFloors.Of(process, Count).RelativeCovariance, 0.5, 1.7);
    }

    private static void AssertCovariance(Case c, string name, NoiseLevel[] levels)
    {
        GaussianSequence process = c.Process();
        double[] modes = Array.ConvertAll(process.Modes.ToArray(), lambda => Recurrence(name, lambda, levels));
        double[] expected = new double[process.Size * process.Size];
        process.FromModeVariances(modes, expected);
        double[] actual = Generated(process, Sampler(name, process), levels, out _);
        double scale = modes.Max();
        Near.Equal(expected, actual, 0, FloatTolerance * scale, name);
    }

    private static ISampler Sampler(string name, GaussianSequence process) => name switch
    {
        "ddpm-beta" => new DdpmSampler(ReverseVariance.Beta),
        "ddpm-beta-tilde" => new DdpmSampler(ReverseVariance.BetaTilde),
        "ddpm-posterior" => new DdpmSampler(new GaussianReverseVariance(process)),
        "ddim-half" => new DdimSampler(eta: 0.5),
        _ => Samplers.Named(name),
    };

    // Variance of a mode at the last level, from V = ᾱλ + σ² at the first. The formulas are derived mode by mode and
    // share nothing with the samplers but the levels.
    private static double Recurrence(string name, double lambda, NoiseLevel[] levels)
    {
        double V(NoiseLevel l) => (l.AlphaBar * lambda) + 1 - l.AlphaBar;
        double m = V(levels[0]), gain = 1, previousX0 = 0, previousH = 0;
        for (int k = 1; k < levels.Length; k++)
        {
            (NoiseLevel t, NoiseLevel s) = (levels[k - 1], levels[k]);
            double h = t.Time - s.Time, e = Math.Exp(h / 2);
            double beta = 1 - Math.Exp(-h), tilde = beta * (1 - s.AlphaBar) / (1 - t.AlphaBar);
            double ddpm = (1 - (beta / V(t))) * e, slope = 0.5 * (1 - (1 / V(t)));
            double eta2 = name == "ddim-half" ? 0.25 * tilde : 0;
            double ddim = ((s.Alpha * t.Alpha * lambda) + Math.Sqrt((1 - s.AlphaBar - eta2) * (1 - t.AlphaBar))) / V(t);
            double heun = 1 + (0.5 * h * (slope + (0.5 * (1 - (1 / V(s))) * (1 + (h * slope)))));

            double half = Math.Log(s.Alpha * t.Sigma / (s.Sigma * t.Alpha));
            double x0 = t.Alpha * lambda / V(t) * gain;
            double x0Ahead = k == 1 ? x0 : x0 + (half / (2 * previousH) * (x0 - previousX0));
            gain = (s.Sigma / t.Sigma * gain) + (s.Alpha * (1 - Math.Exp(-half)) * x0Ahead);
            (previousX0, previousH) = (x0, half);

            m = name switch
            {
                "ddpm-beta" => (ddpm * ddpm * m) + beta,
                "ddpm-beta-tilde" => (ddpm * ddpm * m) + tilde,
                "ddpm-posterior" => V(s),
                "ddim" or "ddim-half" => (ddim * ddim * m) + eta2,
                "euler" => Math.Pow(1 + (h * slope), 2) * m,
                "heun" => heun * heun * m,
                "sde" => (Math.Pow(1 + (h * (0.5 - (1 / V(t)))), 2) * m) + h,
                "sde-exp" => (Math.Pow(e - (2 * (e - 1) / V(t)), 2) * m) + (e * e) - 1,
                _ => gain * gain * V(levels[0]),
            };
        }

        return m;
    }

    // Covariance G A G' + Σ_k H_k H_k' of the samples where x_out = G x_in + Σ_k H_k z_k + constant.
    private static double[] Generated(GaussianSequence process, ISampler sampler, NoiseLevel[] levels, out double[] mean)
    {
        int p = process.Size;
        float[] centre = new float[p];
        for (int i = 0; i < p; i++) centre[i] = (float)(levels[0].Alpha * process.Mean[i]);
        float[] origin = (float[])centre.Clone();
        sampler.Run(new GaussianDenoiser(process), levels, new Impulse(p, 0), origin, new SamplerWorkspace());
        mean = Near.ToDouble(origin);

        double[] result = new double[p * p];
        for (int draw = 0; draw < levels.Length; draw++)
        {
            float[] x = new float[p * p];
            for (int i = 0; i < p * p; i++) x[i] = centre[i % p] + (draw == 0 && i % (p + 1) == 0 ? 1 : 0);
            sampler.Run(new GaussianDenoiser(process), levels, new Impulse(p, draw), x, new SamplerWorkspace());
            double[] columns = new double[p * p]; // row i: the image of unit vector i
            for (int i = 0; i < p * p; i++) columns[i] = (double)x[i] - origin[i % p];
            double[] map = Dense.Transpose(columns, p, p);
            if (draw == 0) map = Matrices.Product(map, Matrices.NoisyCovariance(process, levels[0]), p);
            result = Matrices.Combine(1, result, 1, Matrices.Product(map, columns, p));
        }

        return result;
    }

    /// <summary>Unit vector i for sample i in one draw, zero in the others; no noise at all for draw 0.</summary>
    private sealed class Impulse(int size, int draw) : INoiseSource
    {
        public void Fill(int which, Span<float> noise)
        {
            noise.Clear();
            if (which != draw || which == 0) return;
            for (int i = 0; i < noise.Length; i += size + 1) noise[i] = 1;
        }
    }
}
