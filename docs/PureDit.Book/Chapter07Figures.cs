// Experiments of chapter 7: the ladder of samplers on a mixture of which everything is known, their order of error on
// normal data, the three variances of a DDPM step, guidance against the tilt, and failures.

using System.Globalization;
using System.Text;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Book;

public sealed class Chapter07Figures : IChapter
{
    private const int Paths = 4000; // starts of a run: the midpoints of as many equal shares of N(0, 1)
    private const int NoisyPaths = 20_000; // the same for samplers that draw noise, whose samples are random

    private static readonly NoiseLevel s_start = NoiseLevel.FromTime(8), s_end = NoiseLevel.FromTime(1e-3);

    // [doc:the-mixture]
    private static readonly LineMixture s_data = new(
        weights: [0.45, 0.30, 0.25], means: [-1.5, 0.3, 1.4], deviations: [0.15, 0.25, 0.10]);
    // [/doc:the-mixture]

    public string Name => "07-diffusion";

    public void Run(BookOutput output)
    {
        Check(output);
        DensityMap(output);
        PathFigure(output);
        Ladder(output);
        OrderOfError(output);
        Variances(output);
        GuidanceAndTilt(output);
        Failures(output);
    }

    private static void Check(BookOutput output)
    {
        StringBuilder text = new();
        Philox random = new(7, PhiloxStream.Evaluation);
        double worst = 0;
        for (int i = 0; i < 1000; i++)
        {
            NoiseLevel level = NoiseLevel.FromTime(8 * random.Uniform(0, i));
            double x = -3 + (6 * random.Uniform(1, i)), step = 1e-5 * Math.Max(level.Sigma, 0.1);
            double slope = (Math.Log(s_data.Density(level, x + step)) - Math.Log(s_data.Density(level, x - step))) / (2 * step);
            worst = Math.Max(worst, Math.Abs(slope - s_data.Score(level, x)) / (1 + Math.Abs(slope)));
        }

        text.AppendLine(Invariant($"score against central differences of log p_t, 1000 places: worst error {worst:0.0e-0}"));
        Require(worst < 1e-6, "the mixture's score");

        NoiseLevel quarter = NoiseLevel.FromAlphaBar(0.25);
        text.AppendLine(Invariant($"at alpha-bar 0.25, x_t = 1, noise 0.4:"));
        foreach (PredictionKind to in new[] { PredictionKind.X0, PredictionKind.V, PredictionKind.Score })
        {
            float[] result = [0.4f];
            Prediction.Convert(PredictionKind.Noise, to, quarter, [1f], result, result);
            text.AppendLine(Invariant($"  as {to.ToString().ToLowerInvariant(),-5} {result[0],8:F4}"));
        }

        double[] begin = s_data.Quantiles(s_start, Paths), end = s_data.Quantiles(s_end, Paths);
        float[] x0 = Array.ConvertAll(begin, q => (float)q);
        Walk("heun", NoiseGrid.UniformLogSnr(s_start, s_end, 400), x0);
        text.AppendLine(Invariant($"800 calls of Heun, quantiles of p_T to quantiles of p_t0: distance {Distance(x0, end):0.0e-0}"));
        Require(Distance(x0, end) < 1e-3, "the flow of quantiles");
        output.Text("diffusion-check", text.ToString());

        GaussianLine.RequireSecondOrder(new Midpoint());
        Require(GaussianLine.Order(new ProbabilityFlowEuler()) < 1.9, "the test of exercise 3, which Euler must fail");
        NoiseLevel last = DdpmSchedule.Linear().Level(1000);
        output.Numbers("diffusion-facts",
            ("ddpm-alpha-bar", last.AlphaBar), ("ddpm-time", last.Time), ("ddpm-alpha", last.Alpha),
            ("start-alpha", s_start.Alpha), ("end-sigma", s_end.Sigma), ("paths", Paths), ("noisy-paths", NoisyPaths),
            ("start-distance", Distance(Normal(), begin)), ("midpoint-order", GaussianLine.Order(new Midpoint())));
    }

    private static void DensityMap(BookOutput output)
    {
        const int Columns = 112, Rows = 72;
        NoiseLevel[] levels = NoiseGrid.UniformLogSnr(s_start, s_end, Columns - 1);
        double[] cells = new double[Rows * Columns];
        for (int c = 0; c < Columns; c++)
        {
            for (int r = 0; r < Rows; r++) cells[(r * Columns) + c] = s_data.Density(levels[Columns - 1 - c], 3 - (6 * (r + 0.5) / Rows));
        }

        Overlay map = new(new HeatMap
        {
            Title = "A mixture of three normals turns into noise",
            Subtitle = "Density p_t(x): data left (t = 0.001), noise right (t = 8), equal steps of log-SNR; lines: true ODE paths.",
            Panels = [new HeatMapPanel("x from 3 (top) to −3 (bottom)", Rows, Columns, cells)],
            Palette = HeatPalette.Sequential,
            Limit = 1,
            ValueTitle = "density",
        }.ToSvg());
        double[] ranks = s_data.Quantiles(s_start, 15);
        foreach (double rank in ranks)
        {
            double[] path = Path("heun", levels, rank);
            map.Line(0, path.Select((x, k) => (Columns - 0.5 - k, (3 - x) / 6 * Rows)));
        }

        map.Label(0, 1, 5, "data");
        map.Label(0, Columns - 1, 5, "noise", end: true);
        output.Figure("diffusion-density", map.ToSvg());
    }

    private static void PathFigure(BookOutput output)
    {
        NoiseLevel[] levels = NoiseGrid.UniformLogSnr(s_start, s_end, 300);
        double[] places = [.. levels.Select(l => -l.LogSnr)];
        output.Figure("diffusion-paths", new LineChart
        {
            Title = "ODE paths glide, SDE paths shake",
            Subtitle = "Two starts at t = 8, on the right. Both kinds have the same density at every t.",
            X = new Axis("ln(σ²/α²): data left, noise right"),
            Y = new Axis("x"),
            Curves =
            [
                new Curve("SDE from 0.6", places, Path("sde", levels, 0.6, seed: 71)) { Color = PlotColor.Orange },
                new Curve("SDE from −0.6", places, Path("sde", levels, -0.6, seed: 72)) { Color = PlotColor.Orange },
                new Curve("ODE from 0.6", places, Path("heun", levels, 0.6)) { Color = PlotColor.Blue },
                new Curve("ODE from −0.6", places, Path("heun", levels, -0.6)) { Color = PlotColor.Blue },
            ],
        }.ToSvg());
    }

    private static void Ladder(BookOutput output)
    {
        int[] calls = [8, 16, 32, 64, 128];
        double[] truth = s_data.Quantiles(s_end, Paths), noisyTruth = s_data.Quantiles(s_end, NoisyPaths);
        List<IReadOnlyList<object>> rows = [];
        float[] jump = Normal();
        float[] guess = new float[Paths];
        Prediction.Of(s_data, PredictionKind.X0, s_start, jump, guess);
        double once = Distance(guess, truth);
        rows.Add(["0", "one jump to the mean of x_0", "-", .. calls.Select(_ => (object)once)]);
        Add("1", "reverse SDE, Euler–Maruyama", "sde", uniform: true);
        Add("2", "flow ODE, Euler", "euler", uniform: true);
        Add("3", "flow ODE, Euler", "euler", uniform: false);
        Add("3b", "reverse SDE, Euler–Maruyama", "sde", uniform: false);
        Add("4", "flow ODE, Heun", "heun", uniform: false);
        Add("5", "DDIM", "ddim", uniform: false);
        Add("5b", "DDPM, variance β̃", "ddpm", uniform: false);
        Add("6", "DPM-Solver++ 2M", "dpm++", uniform: false);

        object floor = DistanceOfTrueSamples(noisyTruth, repeats: 20);
        rows.Add(["-", "true samples, drawn at random", "-", .. calls.Select(_ => floor)]);
        output.Table("diffusion-ladder",
            [new("rung", "G"), new("method", "G"), new("equal steps of", "G"), .. calls.Select(c => new TableColumn($"{c} calls", "F4"))], rows);

        void Add(string rung, string method, string sampler, bool uniform)
        {
            List<object> row = [rung, method, uniform ? "time" : "log-SNR"];
            bool noisy = sampler is "sde" or "ddpm";
            foreach (int n in calls)
            {
                int steps = sampler == "heun" ? n / 2 : n;
                float[] x = Normal(noisy ? NoisyPaths : Paths);
                Walk(sampler, uniform ? NoiseGrid.UniformTime(s_start, s_end, steps) : NoiseGrid.UniformLogSnr(s_start, s_end, steps), x);
                row.Add(Distance(x, noisy ? noisyTruth : truth));
            }

            rows.Add(row);
        }
    }

    private static double DistanceOfTrueSamples(double[] truth, int repeats)
    {
        double[] fine = s_data.Quantiles(s_end, 10 * NoisyPaths);
        Philox random = new(70, PhiloxStream.Evaluation);
        float[] exact = new float[truth.Length];
        double sum = 0;
        for (int r = 0; r < repeats; r++)
        {
            for (int i = 0; i < exact.Length; i++) exact[i] = (float)fine[random.Index(r, i, fine.Length)];
            sum += Distance(exact, truth);
        }

        return sum / repeats;
    }

    private static void OrderOfError(BookOutput output)
    {
        const double Lambda = 3.7;
        int[] steps = [8, 16, 32, 64, 128, 256, 512];
        List<Curve> curves = [];
        List<IReadOnlyList<object>> rows = [];
        foreach (string name in Samplers.Names)
        {
            ISampler sampler = Samplers.Named(name);
            int callsPerStep = name == "heun" ? 2 : 1;
            double[] errors = new double[steps.Length];
            double gap = 0;
            for (int i = 0; i < steps.Length; i++)
            {
                NoiseLevel[] grid = GaussianLine.Grid(steps[i]);
                double ran = GaussianLine.ByImpulses(sampler, Lambda, grid), said = GaussianLine.ByRecurrence(name, Lambda, grid);
                errors[i] = GaussianLine.Error(said, Lambda, grid[^1]);
                gap = Math.Max(gap, Math.Abs((ran / said) - 1));
            }

            Require(gap < 1e-5, $"the recurrence of {name}");
            curves.Add(new Curve(name, [.. steps.Select(n => (double)n * callsPerStep)], errors) { Mark = CurveMark.LineAndPoints });
            rows.Add([name, callsPerStep, errors[1], errors[3], errors[5], Math.Log2(errors[^2] / errors[^1]), gap]);
        }

        NoiseLevel[] few = GaussianLine.Grid(8);
        GaussianSequence normal = new(1, 1, [], [1], [Lambda]);
        double exact = GaussianLine.ByImpulses(new DdpmSampler(new GaussianReverseVariance(normal)), Lambda, few);
        output.Numbers("diffusion-exact-chain", ("error", GaussianLine.Error(exact, Lambda, few[^1])), ("steps", 8), ("lambda", Lambda));
        output.Table("diffusion-order",
            [new("sampler", "G"), new("calls a step", "G"), new("error, 16 steps", "0.0e-0"), new("64 steps", "0.0e-0"), new("256 steps", "0.0e-0"),
             new("order measured", "F2"), new("library against recurrence", "0e-0")], rows);
        output.Figure("diffusion-order", new LineChart
        {
            Title = "Error against work on normal data",
            Subtitle = "Relative error of the final standard deviation, λ = 3.7, t from 6 to 0.01 in equal steps of log-SNR.",
            X = new Axis("calls of the denoiser", AxisScale.Log),
            Y = new Axis("relative error of the standard deviation", AxisScale.Log),
            Curves = [.. curves.Select((c, i) => i < 5 ? c : c with { Color = i == 5 ? PlotColor.Muted : PlotColor.Ink })],
        }.ToSvg());
    }

    private static void Variances(BookOutput output)
    {
        double[] lambdas = [0.0001, 0.1, 1, 4, 25];
        const int Steps = 20;
        NoiseLevel[] grid = GaussianLine.Grid(Steps);
        List<IReadOnlyList<object>> rows = [];
        Add("DDPM, β", _ => new DdpmSampler(ReverseVariance.Beta));
        Add("DDPM, β̃", _ => new DdpmSampler(ReverseVariance.BetaTilde));
        Add("DDPM, posterior", l => new DdpmSampler(new GaussianReverseVariance(new GaussianSequence(1, 1, [], [1], [l]))));
        Add("DDIM", _ => new DdimSampler());
        Add("Heun", _ => new ProbabilityFlowHeun());
        Add("DPM-Solver++ 2M", _ => new DpmSolverPlusPlus2M());
        output.Table("diffusion-variances",
            [new($"{Steps} steps", "G"), .. lambdas.Select(l => new TableColumn(Invariant($"λ = {l}"), "F4"))], rows);

        void Add(string name, Func<double, ISampler> sampler) => rows.Add(
            [name, .. lambdas.Select(l => (object)(GaussianLine.ByImpulses(sampler(l), l, grid) / GaussianLine.Variance(l, grid[^1])))]);
    }

    private static void GuidanceAndTilt(BookOutput output)
    {
        LineMixture right = new([1], [1], [0.5]), both = new([0.5, 0.5], [1, -1], [0.5, 0.5]);
        NoiseLevel[] levels = NoiseGrid.UniformLogSnr(s_start, s_end, 200);
        List<IReadOnlyList<object>> rows = [];
        List<Curve> curves = [];
        foreach (double scale in new double[] { 0, 1, 2, 4, 8, 16 })
        {
            float[] x = Normal();
            new DpmSolverPlusPlus2M().Run(new Guidance(right, both, scale), levels, new PhiloxNoise(7, 1), x, new SamplerWorkspace());
            Array.Sort(x);
            (double[] places, double[] tilt) = Tilt(right, both, scale);
            double mean = x.Average(a => (double)a), deviation = Math.Sqrt(x.Average(a => (a - mean) * (a - mean)));
            double tiltMean = places.Zip(tilt, (a, p) => a * p).Sum() * 0.01;
            double tiltDeviation = Math.Sqrt(places.Zip(tilt, (a, p) => (a - tiltMean) * (a - tiltMean) * p).Sum() * 0.01);
            rows.Add([scale, mean, tiltMean, deviation, tiltDeviation, 100.0 * x.Count(a => a < 0) / x.Length]);
            if (scale is 1 or 4)
            {
                PlotColor color = scale == 1 ? PlotColor.Blue : PlotColor.Orange;
                curves.Add(Histogram(Invariant($"sampled, w = {scale}"), x) with { Color = color });
                curves.Add(new Curve(Invariant($"tilt, w = {scale}"), places, tilt) { Color = color, Mark = CurveMark.Dashed });
            }
        }

        output.Table("diffusion-guidance",
            [new("scale w", "G"), new("mean, sampled", "F3"), new("mean, tilt", "F3"), new("deviation, sampled", "F3"), new("deviation, tilt", "F3"), new("% below 0", "F2")], rows);
        output.Figure("diffusion-guidance", new LineChart
        {
            Title = "Guided samples overshoot the tilted density",
            Subtitle = "Class N(1, 0.5²) guided against its mixture with N(−1, 0.5²).",
            X = new Axis("x") { Minimum = -1, Maximum = 3 },
            Y = new Axis("density"),
            Curves = curves,
        }.ToSvg());
    }

    private static void Failures(BookOutput output)
    {
        StringBuilder text = new();
        NoiseLevel late = NoiseLevel.FromTime(0.01);
        text.AppendLine(Invariant($"t = 0.01, x = 12: naive score {s_data.NaiveScore(late, 12)}, with softmax {s_data.Score(late, 12):F2}"));
        Require(double.IsNaN(s_data.NaiveScore(late, 12)), "the underflow");
        try
        {
            Prediction.Convert(PredictionKind.Noise, PredictionKind.Score, NoiseLevel.Clean, [1f], [0.4f], new float[1]);
        }
        catch (ArgumentException problem)
        {
            text.AppendLine($"score at the clean level: {problem.Message}");
        }

        double[] truth = s_data.Quantiles(s_end, Paths);
        NoiseLevel[] levels = NoiseGrid.UniformLogSnr(s_start, s_end, 128);
        foreach (double factor in new[] { 1, 1.1, 0.5, 2 })
        {
            float[] x = Normal();
            new DpmSolverPlusPlus2M().Run(new WrongClock(s_data, factor), levels, new PhiloxNoise(7, 1), x, new SamplerWorkspace());
            text.AppendLine(Invariant($"denoiser asked at {factor:F1}·t: distance to the data {Distance(x, truth):F4}"));
        }

        output.Text("diffusion-failures", text.ToString());
    }

    // p_c^w · p_u^(1−w), normalised on a grid of step 0.01.
    private static (double[] Places, double[] Density) Tilt(LineMixture conditional, LineMixture unconditional, double scale)
    {
        double[] places = [.. Enumerable.Range(-600, 1201).Select(i => i * 0.01)];
        double[] density = Array.ConvertAll(places, x =>
            Math.Exp((scale * Math.Log(conditional.Density(s_end, x))) + ((1 - scale) * Math.Log(unconditional.Density(s_end, x)))));
        double sum = density.Sum() * 0.01;
        return (places, Array.ConvertAll(density, p => p / sum));
    }

    // Sorted samples of a smooth map: the density is the share of samples over the width they take.
    private static Curve Histogram(string name, float[] sorted)
    {
        const int Share = 10;
        int[] ends = [.. Enumerable.Range(1, (sorted.Length / Share) - 1).Select(i => i * Share)];
        return new Curve(name,
            [.. ends.Skip(1).Select(i => 0.5 * (sorted[i] + sorted[i - Share]))],
            [.. ends.Skip(1).Select(i => (double)Share / sorted.Length / (sorted[i] - sorted[i - Share]))]);
    }

    private static float[] Normal(int count = Paths) =>
        Array.ConvertAll(LineMixture.Normal(1).Quantiles(NoiseLevel.Clean, count), q => (float)q);

    private static void Walk(string sampler, NoiseLevel[] levels, float[] x) =>
        Samplers.Named(sampler).Run(s_data, levels, new PhiloxNoise(7, 1), x, new SamplerWorkspace());

    // Where a sample stands at every level.
    private static double[] Path(string sampler, NoiseLevel[] levels, double start, int seed = 70)
    {
        float[] x = [(float)start];
        double[] path = new double[levels.Length];
        path[0] = start;
        for (int k = 1; k < levels.Length; k++)
        {
            Samplers.Named(sampler).Run(s_data, levels.AsSpan(k - 1, 2), new PhiloxNoise((ulong)((1000 * seed) + k), 1), x, new SamplerWorkspace());
            path[k] = x[0];
        }

        return path;
    }

    // 1-Wasserstein distance of samples to the law with these quantiles: the mean distance, rank by rank.
    private static double Distance(float[] samples, double[] quantiles)
    {
        float[] sorted = [.. samples];
        Array.Sort(sorted);
        return sorted.Zip(quantiles, (x, q) => Math.Abs(x - q)).Average();
    }

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"{what}: the check of this chapter fails.");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
