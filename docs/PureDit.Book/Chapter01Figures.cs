// Numbers of chapter 1: offsets of [2, 3, 4], clocks of the noise, conversions, and Gaussian facts against counting.

using System.Globalization;
using PureDit.Diffusion;
using PureDit.Reporting;

namespace PureDit.Book;

public sealed class Chapter01Figures : IChapter
{
    private static readonly PredictionKind[] s_kinds = [PredictionKind.Noise, PredictionKind.X0, PredictionKind.V, PredictionKind.Score];

    public string Name => "01-notation";

    public void Run(BookOutput output)
    {
        Strides(output);
        Clocks(output);
        Conversions(output);
        GaussianFacts(output);
        Breaks(output);
    }

    private static void Strides(BookOutput output)
    {
        int[] strides = RowMajor.Strides(2, 3, 4);
        int[][] places = [[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 2, 3]];
        output.Table(
            "01-strides", [new("index (i, j, k)"), new("i·12 + j·4 + k·1"), new("offset", "0")],
            [.. places.Select(p => (object[])
                [$"({p[0]}, {p[1]}, {p[2]})", $"{p[0]}·{strides[0]} + {p[1]}·{strides[1]} + {p[2]}·{strides[2]}", RowMajor.Offset(strides, p)])]);

        HeatMapPanel Panel(int i) => new(
            $"i = {i}: row j, column k", 3, 4,
            [.. from j in Enumerable.Range(0, 3) from k in Enumerable.Range(0, 4) select (double)RowMajor.Offset(strides, [i, j, k])]);
        output.Figure("01-strides", new HeatMap
        {
            Title = "Offsets of an array of shape [2, 3, 4]",
            Subtitle = "Along k neighbours are 1 apart, along j 4, along i 12.",
            Panels = [Panel(0), Panel(1)],
            Palette = HeatPalette.Sequential,
            ValueTitle = "offset",
        }.ToSvg());
    }

    private static void Clocks(BookOutput output)
    {
        UniformLogSnr schedule = new(0.01, 9);
        DdpmSchedule ddpm = DdpmSchedule.Linear();
        double[] times = [0.01, 0.1, Math.Log(2), 1, Math.Log(4), 5, 9];
        output.Table(
            "01-clocks",
            [new("t"), new("ᾱ"), new("α"), new("σ"), new("log-SNR", "0.00"), new("u", "0.000"), new("network input", "0"), new("step k of DDPM", "0.0")],
            [.. times.Select(t => NoiseLevel.FromTime(t)).Select(l => (object[])
                [l.Time, l.AlphaBar, l.Alpha, l.Sigma, l.LogSnr, 0 + schedule.TimeOf(l), 0 + schedule.Timestep(l), ddpm.TimeOf(l)])]);
    }

    private static void Conversions(BookOutput output)
    {
        NoiseLevel level = NoiseLevel.FromAlphaBar(0.25);
        const double X = 1, Noise = 0.4;
        double To(PredictionKind kind) => Convert(PredictionKind.Noise, kind, level, X, Noise);
        output.Numbers(
            "01-conversions",
            ("alpha", level.Alpha), ("sigma", level.Sigma), ("x0", To(PredictionKind.X0)), ("v", To(PredictionKind.V)), ("score", To(PredictionKind.Score)));

        double worst = 0;
        foreach (double t in new[] { 0.01, 0.3, 1, 4 })
        {
            foreach (PredictionKind from in s_kinds)
            {
                foreach (PredictionKind to in s_kinds)
                {
                    NoiseLevel at = NoiseLevel.FromTime(t);
                    double there = Convert(from, to, at, X, Noise), back = Convert(to, from, at, X, there);
                    worst = Math.Max(worst, Math.Abs(back - Noise));
                }
            }
        }

        Require(worst < 1e-11, "conversions there and back");
        output.Text("01-conversions-check", string.Create(CultureInfo.InvariantCulture,
            $"""
            x = 1, ε = 0.4, ᾱ = 0.25:  x0 = {To(PredictionKind.X0):0.0000}, v = {To(PredictionKind.V):0.0000}, score = {To(PredictionKind.Score):0.0000}
            12 conversions there and back at 4 times: largest difference below 1e-11
            """));
    }

    private static double Convert(PredictionKind from, PredictionKind to, NoiseLevel level, double x, double prediction)
    {
        (double ofX, double ofPrediction) = Prediction.Coefficients(from, to, level);
        return (ofX * x) + (ofPrediction * prediction);
    }

    private static void GaussianFacts(BookOutput output)
    {
        NoisyGaussian law = new(Mean: 0, Variance: 4, NoiseLevel.FromAlphaBar(0.25));
        const double X = 1;
        (double mean, double variance, int count) = law.ByCounting(X, width: 0.02, draws: 4_000_000, seed: 1);
        double viaScore = Convert(PredictionKind.Score, PredictionKind.X0, law.Level, X, law.Score(X));
        double error = Math.Sqrt(law.CleanVariance / count);
        Require(Math.Abs(mean - law.CleanMean(X)) < 4 * error, "the conditional mean");
        Require(Math.Abs(variance - law.CleanVariance) < 4 * law.CleanVariance * Math.Sqrt(2.0 / count), "the conditional variance");
        output.Table(
            "01-gaussian", [new("quantity"), new("closed form", "0.0000"), new("counted", "0.0000"), new("standard error", "0.0000")],
            [
                ["E[x₀ given x = 1]", law.CleanMean(X), mean, error],
                ["Var[x₀ given x = 1]", law.CleanVariance, variance, law.CleanVariance * Math.Sqrt(2.0 / count)],
            ]);
        output.Numbers(
            "01-gaussian-numbers", ("marginal", law.Marginal), ("score", law.Score(X)), ("mean", law.CleanMean(X)), ("viaScore", viaScore),
            ("variance", law.CleanVariance), ("count", count));
    }

    // Two mistakes that look harmless: ε read as x0, and a level given as α where ᾱ was meant.
    private static void Breaks(BookOutput output)
    {
        NoisyGaussian law = new(Mean: 0, Variance: 4, NoiseLevel.FromAlphaBar(0.25));
        double noise = Convert(PredictionKind.Score, PredictionKind.Noise, law.Level, 1, law.Score(1));
        NoiseLevel mistaken = NoiseLevel.FromAlphaBar(law.Level.Alpha);
        string refused = "";
        try
        {
            Prediction.Coefficients(PredictionKind.X0, PredictionKind.Noise, NoiseLevel.Clean);
        }
        catch (ArgumentException e)
        {
            refused = e.Message.ReplaceLineEndings("\n").Split('\n')[0];
        }

        output.Text("01-breaks", string.Create(CultureInfo.InvariantCulture,
            $"""
            right level, ᾱ = 0.25:            x0 = {Convert(PredictionKind.Noise, PredictionKind.X0, law.Level, 1, noise):0.0000}
            α = 0.5 passed as ᾱ:              x0 = {Convert(PredictionKind.Noise, PredictionKind.X0, mistaken, 1, noise):0.0000}
            ε taken for x0:                   x0 = {noise:0.0000}
            the noise of a clean sample:      {refused}
            """));
    }

    private static void Require(bool condition, string what)
    {
        if (!condition) throw new InvalidOperationException($"01-notation: {what} does not hold.");
    }
}
