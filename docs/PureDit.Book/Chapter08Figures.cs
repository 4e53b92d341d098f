// Experiments of chapter 8: the closed form against differences, a dense solve and simulation; what structure saves;
// conditioning; the floor of the loss; what ignorance of structure costs; and how few samples blur the truth.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Book;

public sealed class Chapter08Figures : IChapter
{
    private static readonly double[] s_times = [.. Enumerable.Range(0, 61).Select(i => 1e-3 * Math.Pow(8e3, i / 60.0))];

    public string Name => "08-gaussian-process-scores";

    public void Run(BookOutput output)
    {
        Check(output);
        ScoreField(output);
        Cost(output);
        Conditioning(output);
        LossFloor(output);
        Structure(output);
        FiniteSamples(output);
        Failures(output);
    }

    // [doc:the-process]
    /// <summary>The chapter's process: γ(h) = e^(−|h|/ℓ) between frames, 0.6^|a−b| between channels.</summary>
    private static GaussianSequence Process(int frames, int channels, double ell) => new(
        frames, channels, mean: [], new ExponentialPower(nu: 1, ell).Matrix(frames), Channels(channels));

    private static double[] Channels(int channels) => new ExponentialPower(1, -1 / Math.Log(0.6)).Matrix(channels);
    // [/doc:the-process]

    private static double[] Full(GaussianSequence p) => Dense.Kronecker(p.Temporal, p.Frames, p.Spatial, p.Channels);

    private static void Check(BookOutput output)
    {
        const int Frames = 5, Width = 3;
        double[] mean = [.. Enumerable.Range(0, Frames * Width).Select(i => Math.Sin(i + 1.0))];
        GaussianSequence process = new(Frames, Width, mean, new ExponentialPower(1, 2).Matrix(Frames), Channels(Width));
        double[] k = Full(process), swapped = Dense.Kronecker(process.Spatial, Width, process.Temporal, Frames);
        double differences = 0, dense = 0, wrong = 0;
        double[] x = new double[process.Size], score = new double[process.Size];
        foreach (double t in new[] { 0.01, 0.1, 1, 3 })
        {
            NoiseLevel level = NoiseLevel.FromTime(t);
            new Philox(8, PhiloxStream.Evaluation).FillNormal(0, (long)(100 * t), x);
            process.Score(level, x, score);
            differences = Math.Max(differences, Dense.RelativeError(DenseScore.ByDifferences(process, level, x), score));
            dense = Math.Max(dense, Dense.RelativeError(DenseScore.At(level, k, mean, x), score));
            wrong = Math.Max(wrong, Dense.RelativeError(DenseScore.At(level, swapped, mean, x), score));
        }

        Require(differences < 1e-6 && dense < 1e-10 && wrong > 0.1, "the closed form");
        const int Draws = 300_000;
        NoiseLevel half = NoiseLevel.FromTime(0.5);
        (double meanScore, double stein) = ScoreMoments(process, half, Draws);
        StringBuilder text = new();
        text.AppendLine("N = 5, d = 3, mean not 0, t = 0.01, 0.1, 1 and 3; largest relative differences of the score:");
        text.AppendLine(Invariant($"  closed form, central differences of log p_t   {differences:0.0e-0}"));
        text.AppendLine(Invariant($"  closed form, dense solve with the Kronecker product   {dense:0.0e-0}"));
        text.AppendLine(Invariant($"  the same with the two factors swapped   {wrong:F2}"));
        text.AppendLine(Invariant($"t = 0.5, {Draws} draws of x_t:"));
        text.AppendLine(Invariant($"  mean of the score, over its standard error, largest of 15   {meanScore:F1}"));
        text.AppendLine(Invariant($"  mean of s·(x - αμ), should be {-process.Size}   {stein:F3}"));
        output.Text("gp-check", text.ToString());
    }

    // The mean of the score in standard errors (should be a few at most), and E[s·(x − αμ)] = −N·d (Stein).
    private static (double Mean, double Stein) ScoreMoments(GaussianSequence process, NoiseLevel level, int draws)
    {
        int n = process.Size;
        float[] x0 = new float[draws * n], noise = new float[draws * n];
        process.Sample(new Philox(8, PhiloxStream.Data), 0, x0);
        new PhiloxNoise(8, n).Fill(0, noise);
        ForwardProcess.AddNoise([level], x0, noise, x0);
        double[] x = Array.ConvertAll(x0, v => (double)v), s = new double[x.Length], sum = new double[n], squares = new double[n];
        process.Score(level, x, s);
        double stein = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum[i % n] += s[i];
            squares[i % n] += s[i] * s[i];
            stein += s[i] * (x[i] - (level.Alpha * process.Mean[i % n])) / draws;
        }

        return (sum.Zip(squares, (a, b) => Math.Abs(a) / Math.Sqrt(b)).Max(), stein);
    }

    private static void ScoreField(BookOutput output)
    {
        const int Cells = 36;
        const double Reach = 2.7;
        double[] times = [0.05, 0.5, 3];
        GaussianSequence pair = new(2, 1, [], [1, 0.9, 0.9, 1], [1]);
        double[][] maps = [.. times.Select(t => new double[Cells * Cells])];
        double At(double place) => -Reach + (2 * Reach * place / Cells);
        for (int p = 0; p < times.Length; p++)
        {
            for (int i = 0; i < Cells * Cells; i++)
            {
                maps[p][i] = Math.Exp(pair.LogDensity(NoiseLevel.FromTime(times[p]), [At(0.5 + (i % Cells)), -At(0.5 + (i / Cells))]));
            }
        }

        Overlay field = new(new HeatMap
        {
            Title = "Scores of two frames with correlation 0.9",
            Subtitle = "Density p_t (colour) and σ·s (arrows, the longest cut). Across: x_1, up: x_2, both from −2.7 to 2.7.",
            Panels = [.. times.Select((t, p) => new HeatMapPanel(Invariant($"t = {t}"), Cells, Cells, maps[p]))],
            Palette = HeatPalette.Sequential,
            Limit = 0.35,
            ValueTitle = "density",
        }.ToSvg());
        double[] score = new double[2];
        for (int p = 0; p < times.Length; p++)
        {
            NoiseLevel level = NoiseLevel.FromTime(times[p]);
            for (int i = 0; i < 49; i++)
            {
                (double column, double row) = (3 + (5 * (i % 7)), 3 + (5 * (i / 7)));
                pair.Score(level, [At(column), -At(row)], score);
                double length = Math.Max(1, level.Sigma * Math.Sqrt((score[0] * score[0]) + (score[1] * score[1])) / 3.2);
                double scale = level.Sigma * 1.4 / length; // the longest arrows are cut
                field.Arrow(p, (column, row), (column + (scale * score[0]), row - (scale * score[1])));
            }
        }

        output.Figure("gp-score-field", field.ToSvg());
    }

    private static void Cost(BookOutput output)
    {
        (int N, int D)[] sizes = [(8, 4), (32, 8), (64, 16)];
        output.Table("gp-cost",
            [new("N, d", "G"), new("values N·d", "N0"), new("dense solve", "N0"), new("eigenvectors of K", "N0"), new("Kronecker", "N0"), new("dense / Kronecker", "N0")],
            [.. sizes.Select(s => (IReadOnlyList<object>)[
                $"{s.N}, {s.D}", s.N * s.D, Dense3(s.N * s.D) / 6 + Square(s.N * s.D), 2 * Square(s.N * s.D), Kronecker(s.N, s.D),
                (Dense3(s.N * s.D) / 6 + Square(s.N * s.D)) / Kronecker(s.N, s.D)])]);

        GaussianSequence process = Process(32, 8, 4), flat = new(1, 256, [], [1], Full(process));
        double[] k = Full(process), x = new double[256], s1 = new double[256], s2 = new double[256];
        new Philox(8, PhiloxStream.Evaluation).FillNormal(0, 0, x);
        NoiseLevel level = NoiseLevel.FromTime(0.1);
        double dense = Time(() => s1 = DenseScore.At(level, k, process.Mean, x), 5);
        double eigen = Time(() => flat.Score(level, x, s2), 20);
        double worst = Dense.RelativeError(s2, s1);
        double kronecker = Time(() => process.Score(level, x, s2), 200);
        worst = Math.Max(worst, Dense.RelativeError(s2, s1));
        Require(worst < 1e-9, "three ways to one score");
        output.Numbers("gp-cost-agreement", ("worst", worst));
        output.Numbers("gp-cost-timing", ("machine", Machine()), ("eigen", dense / eigen), ("kronecker", dense / kronecker));

        static long Square(int n) => (long)n * n;
        static long Dense3(int n) => (long)n * n * n;
        static long Kronecker(int n, int d) => 2L * (((long)n * n * d) + ((long)n * d * d));
    }

    private static void Conditioning(BookOutput output)
    {
        (string Name, ICovarianceFunction Covariance)[] kernels =
        [
            ("ν = 1, ℓ = 1", new ExponentialPower(1, 1)), ("ν = 1, ℓ = 4", new ExponentialPower(1, 4)),
            ("ν = 1, ℓ = 16", new ExponentialPower(1, 16)), ("ν = 2, ℓ = 2", new ExponentialPower(2, 2)),
            ("ν = 2, ℓ = 4", new ExponentialPower(2, 4)),
        ];
        List<IReadOnlyList<object>> rows = [];
        List<Curve> curves = [];
        foreach ((string name, ICovarianceFunction covariance) in kernels)
        {
            GaussianSequence process = new(48, 1, [], covariance.Matrix(48), [1]);
            double[] kappa = [.. s_times.Select(t => process.ConditionNumber(NoiseLevel.FromTime(t)))];
            curves.Add(new Curve(name, s_times, kappa));
            object limit = covariance is ExponentialPower { Nu: 1 } power ? Math.Pow(1 / Math.Tanh(1 / (2 * power.Ell)), 2) : "-";
            rows.Add([name, process.ConditionNumber(NoiseLevel.Clean), limit, .. new[] { 0.001, 0.01, 0.1, 1 }
                .Select(t => (object)process.ConditionNumber(NoiseLevel.FromTime(t)))]);
        }

        output.Table("gp-condition",
            [new("kernel, N = 48", "G"), new("κ at t = 0", "G4"), new("coth²(1/2ℓ)", "G4"), new("t = 0.001", "G4"), new("t = 0.01", "G4"), new("t = 0.1", "G4"), new("t = 1", "G3")], rows);
        output.Figure("gp-condition", new LineChart
        {
            Title = "Noise makes the problem easy",
            Subtitle = "Condition number of A_t = α²Γ + σ²I, N = 48 frames.",
            X = new Axis("time t", AxisScale.Log),
            Y = new Axis("condition number κ_t", AxisScale.Log),
            Curves = curves,
        }.ToSvg());

        GaussianSequence one = new(48, 1, [], new ExponentialPower(1, 4).Matrix(48), [1]);
        int[] modes = [0, 12, 24, 36, 44, 47];
        output.Figure("gp-eigenvalues", new LineChart
        {
            Title = "All eigenvalues of A_t end at 1",
            Subtitle = "α²λ + σ² for six of 48 modes, ν = 1, ℓ = 4. Where a curve meets the dashed line, noise has drowned its mode.",
            X = new Axis("time t", AxisScale.Log),
            Y = new Axis("variance of a mode of x_t", AxisScale.Log),
            Curves =
            [
                .. modes.Select(m => new Curve(Invariant($"λ = {one.Modes[m]:G3}"), s_times,
                    [.. s_times.Select(t => GaussianLine.Variance(one.Modes[m], NoiseLevel.FromTime(t)))])
                    { Color = m == 47 ? PlotColor.Muted : PlotColor.Automatic }),
                new Curve("σ²", s_times, [.. s_times.Select(t => NoiseLevel.FromTime(t).Variance)]) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
            ],
        }.ToSvg());
    }

    private static void LossFloor(BookOutput output)
    {
        GaussianSequence process = Process(16, 4, 4);
        double[] Floor(GaussianSequence p, PredictionKind kind) => [.. s_times.Select(t => OptimalLoss.PerValue(p, kind, NoiseLevel.FromTime(t)))];
        output.Figure("gp-loss-floor", new LineChart
        {
            Title = "The smallest loss that any network can reach",
            Subtitle = "Per value, N = 16, d = 4, ν = 1, ℓ = 4.",
            X = new Axis("time t", AxisScale.Log),
            Y = new Axis("optimal mean squared error"),
            Curves =
            [
                new Curve("noise ε", s_times, Floor(process, PredictionKind.Noise)),
                new Curve("x_0", s_times, Floor(process, PredictionKind.X0)),
                new Curve("v", s_times, Floor(process, PredictionKind.V)),
                new Curve("ε, independent values", s_times, Floor(new GaussianSequence(16, 4, [], DenseScore.Identity(16), DenseScore.Identity(4)), PredictionKind.Noise)) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
            ],
        }.ToSvg());

        List<IReadOnlyList<object>> rows = [];
        GaussianDenoiser exact = new(process);
        foreach (double t in new[] { 0.01, 0.1, 0.5, 1, 3 })
        {
            NoiseLevel level = NoiseLevel.FromTime(t);
            double floor = OptimalLoss.PerValue(process, PredictionKind.Noise, level);
            (double mean, double error) = NoiseLoss.Simulated(process, exact, level, 20_000, seed: 8);
            Require(Math.Abs(mean - floor) < 4.5 * error, "the floor of the loss");
            rows.Add([t, floor, mean, error, (mean - floor) / error]);
        }

        NoiseLevel early = NoiseLevel.FromTime(0.1);
        GaussianSequence longer = Process(16, 4, 8);
        output.Numbers("gp-longer-memory",
            ("floor-4", OptimalLoss.PerValue(process, PredictionKind.Noise, early)), ("kappa-4", process.ConditionNumber(early)),
            ("floor-8", OptimalLoss.PerValue(longer, PredictionKind.Noise, early)), ("kappa-8", longer.ConditionNumber(early)));
        output.Table("gp-loss-simulated",
            [new("t", "G"), new("floor", "F5"), new("simulated", "F5"), new("standard error", "F5"), new("difference in errors", "F1")], rows);
    }

    private static void Structure(BookOutput output)
    {
        GaussianSequence p = Process(16, 4, 4);
        double[] one = DenseScore.Identity(16), channel = DenseScore.Identity(4), times = [0.01, 0.1, 0.5, 1, 3];
        (string, double[])[] beliefs =
        [
            ("1 each value alone", DenseScore.Identity(64)),
            ("2 channels of one frame", Dense.Kronecker(one, 16, p.Spatial, 4)),
            ("3 frames of one channel", Dense.Kronecker(p.Temporal, 16, channel, 4)),
            ("4 both, Γ⊗Σ", Full(p)),
            ("4b both, ℓ twice too long", Full(Process(16, 4, 8))),
        ];
        List<IReadOnlyList<object>> rows = [["0 says 0", .. times.Select(_ => (object)1.0)]];
        foreach ((string name, double[] belief) in beliefs)
        {
            rows.Add([name, .. times.Select(t => (object)NoiseLoss.OfBelief(p, NoiseLevel.FromTime(t), belief))]);
        }

        for (int i = 0; i < times.Length; i++)
        {
            double floor = OptimalLoss.PerValue(p, PredictionKind.Noise, NoiseLevel.FromTime(times[i]));
            Require(Math.Abs((double)rows[4][i + 1] - floor) < 1e-9, "the loss of the true belief");
        }

        output.Table("gp-structure", [new("what the predictor uses", "G"), .. times.Select(t => new TableColumn(Invariant($"t = {t}"), "F4"))], rows);
    }

    private static void FiniteSamples(BookOutput output)
    {
        const int Frames = 8, Width = 4, Repeats = 200, Few = 50;
        GaussianSequence process = Process(Frames, Width, 4);
        Philox random = new(80, PhiloxStream.Data);
        double[] truth = Full(process), zero = new double[process.Size], sums = new double[3];
        float[] samples = new float[Few * process.Size];
        for (int r = 0; r < Repeats; r++)
        {
            process.Sample(random, (long)r * Few, samples);
            SequenceStatistics found = new(samples, Frames, Width, zero);
            sums[0] += Square(Dense.RelativeError(found.Temporal, process.Temporal)) / Repeats;
            sums[1] += Square(Dense.RelativeError(found.Spatial, process.Spatial)) / Repeats;
            sums[2] += Square(Dense.RelativeError(SequenceStatistics.FullCovariance(samples, process.Size, zero), truth)) / Repeats;
        }

        ErrorFloors floors = ErrorFloors.Of(process, Few, meanIsKnown: true);
        double[] formulas = [floors.RelativeTemporal, floors.RelativeSpatial, floors.RelativeCovariance];
        for (int i = 0; i < 3; i++) Require(Math.Abs((Math.Sqrt(sums[i]) / formulas[i]) - 1) < 0.1, "an error floor");
        string[] names = ["Γ̂, scaled to trace N", "Σ̂", "Ĉ, no structure"];
        output.Table("gp-floors", [new($"estimate from {Few} samples", "G"), new("formula", "P1"), new($"measured, {Repeats} repeats", "P1")],
            [.. names.Select((name, i) => (IReadOnlyList<object>)[name, formulas[i], Math.Sqrt(sums[i])])]);
        PlugIn(output, process, random);
    }

    // What a learner loses that estimates the covariance from n samples and then predicts as if it were true.
    private static void PlugIn(BookOutput output, GaussianSequence process, Philox random)
    {
        const int Repeats = 10;
        NoiseLevel level = NoiseLevel.FromTime(0.1);
        double floor = OptimalLoss.PerValue(process, PredictionKind.Noise, level);
        int[] counts = [32, 128, 512, 2048];
        double[] zero = new double[process.Size];
        List<IReadOnlyList<object>> rows = [];
        List<double> free = [], ratio = [], likelihood = [];
        for (int c = 0; c < counts.Length; c++)
        {
            double[] sums = new double[3];
            float[] samples = new float[counts[c] * process.Size];
            for (int r = 0; r < Repeats; r++)
            {
                process.Sample(random, 100_000L + (c * 1_000_000L) + (r * 10_000L), samples);
                double[][] beliefs =
                [
                    SequenceStatistics.FullCovariance(samples, process.Size, zero),
                    Full(EstimatedProcess.Ratio(new SequenceStatistics(samples, process.Frames, process.Channels, zero))),
                    Full(EstimatedProcess.FlipFlop(samples, process.Frames, process.Channels, zero)),
                ];
                for (int i = 0; i < 3; i++) sums[i] += (NoiseLoss.OfBelief(process, level, beliefs[i]) - floor) / Repeats;
            }

            free.Add(sums[0]);
            ratio.Add(sums[1]);
            likelihood.Add(sums[2]);
            rows.Add([counts[c], sums[0], sums[1], sums[2], sums[0] / sums[2]]);
        }

        int unstructured = process.Size * (process.Size + 1) / 2;
        int structured = (process.Frames * (process.Frames + 1) / 2) + (process.Channels * (process.Channels + 1) / 2) - 1;
        output.Numbers("gp-plugin-facts", ("floor", floor), ("parameters-free", unstructured), ("parameters-kronecker", structured), ("parameters-ratio", (double)unstructured / structured), ("slope-free", Slope(free)), ("slope-likelihood", Slope(likelihood)));
        output.Table("gp-plugin", [new("n", "N0"), new("Ĉ, no structure", "0.0e-0"), new("Γ̂⊗Σ̂ by moments", "0.0e-0"), new("Γ̂⊗Σ̂ by likelihood", "0.0e-0"), new("price of no structure", "F0")], rows);

        double Slope(List<double> excess) => Math.Log(excess[^1] / excess[1]) / Math.Log((double)counts[^1] / counts[1]);
    }

    private static void Failures(BookOutput output)
    {
        StringBuilder text = new();
        double[] smooth = new ExponentialPower(2, 64).Matrix(32), periodic = new Periodic(4, 1).Matrix(32);
        GaussianSequence process = new(32, 1, [], smooth, [1]);
        text.AppendLine(Invariant($"Gaussian kernel, ν = 2, ℓ = 64, N = 32: Cholesky factor {(Cholesky.TryFactor(smooth, 32) is null ? "fails" : "found")}"));
        foreach (double t in new[] { 1e-3, 1e-1 })
        {
            text.AppendLine(Invariant($"  condition number at t = {t}: {process.ConditionNumber(NoiseLevel.FromTime(t)):G3}"));
        }

        try
        {
            new GaussianSequence(32, 1, [], periodic, [1]).Score(NoiseLevel.Clean, new double[32], new double[32]);
            text.AppendLine("periodic kernel, clean level: a score was given");
        }
        catch (ArgumentException problem)
        {
            text.AppendLine($"periodic kernel, period 4, clean level: {problem.Message}");
        }

        GaussianSequence chapter = Process(16, 4, 4);
        double[] cut = [.. chapter.Temporal];
        for (int i = 0; i < cut.Length; i++) cut[i] = Math.Abs((i / 16) - (i % 16)) <= 2 ? cut[i] : 0;
        text.AppendLine(Invariant($"Γ cut off beyond lag 2: smallest eigenvalue {new SymmetricEigen(cut, 16).Values[0]:F3}, of Γ itself {chapter.TemporalEigen.Values[0]:F3}"));
        output.Text("gp-failures", text.ToString());
        MarkovScore.Require(MarkovScore.At);
    }

    private static double Time(Action work, int times)
    {
        work();
        double best = double.PositiveInfinity;
        for (int round = 0; round < 5; round++)
        {
            long begin = Stopwatch.GetTimestamp();
            for (int i = 0; i < times; i++) work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalSeconds / times);
        }

        return best;
    }

    private static string Machine() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown CPU"
        : "unknown CPU";

    private static double Square(double x) => x * x;

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"{what}: the check of this chapter fails.");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
