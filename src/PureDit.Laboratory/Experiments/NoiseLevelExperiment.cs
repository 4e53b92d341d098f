// How large are the scores of the attention that a diffusion model has to compute, along the path of a sampler? For a
// mixture of n balls of variance s² the exact score is one softmax attention with keys μ_k, and
//   R(t) = (α/C)·max‖h − h̄‖·max‖μ − μ̄‖,   C = α²s² + σ²          (means taken out: softmax does not see them)
// is known: ‖h‖² ≈ α²·mean‖μ‖² + d₀C. It is small where there is much noise, and grows to what s² allows. A polynomial
// can stand for exp where R is small: the experiment predicts, level by level, which of the two has fewer operations, and times what
// the library's plan takes at that R, on as many queries as keys.

using PureDit.Diffusion;
using PureDit.Kernels;
using PureDit.Latent;
using PureDit.Reporting;

namespace PureDit.Laboratory;

/// <summary>The size of attention scores against the noise level, and what it predicts.</summary>
public sealed class NoiseLevelExperiment : IExperiment
{
    private const int Rank = 4, Rounds = 9;
    private const double Width = 0.02, Error = 1e-2, Doubt = 1e-6;
    private static readonly NoiseLevel s_first = NoiseLevel.FromTime(5), s_last = NoiseLevel.FromTime(0.01);

    /// <summary>Takes σ for σ² in the closed form: an error that the criteria must notice.</summary>
    internal bool DeviationForVariance { get; init; }

    /// <summary>Measures; everything but times is the same with any clock.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    public string Name => "noise-level";

    /// <inheritdoc/>
    public string Question => "How large are the scores of attention at every noise level, and where can a polynomial stand for exp?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        (int keys, int queries, int steps) = options.Quick ? (1024, 256, 40) : (8192, 512, 100);
        NoiseLevel[] levels = NoiseGrid.UniformLogSnr(s_first, s_last, steps);
        AttentionOperations operations = new(keys, Rank);
        Worst law = new(), above = new(), fall = new(), dispatched = new();
        double everywhere = double.PositiveInfinity;
        double[][] sizes = new double[options.Seeds][], measured = new double[options.Seeds][];
        double[] closed = [];
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            progress?.Report((double)seed / options.Seeds);
            Path path = Walk(levels, keys, queries, seed, cancellation);
            sizes[seed] = path.Centred;
            closed = [.. levels[..^1].Select(level => ClosedForm(path.Points, level))];
            for (int k = 0; k < closed.Length; k++)
            {
                string at = FormattableString.Invariant($"t = {levels[k].Time:G3}");
                law.Add(Math.Abs(PortableMath.Log(path.Typical[k] / closed[k])), seed, at);
                above.Add(path.Largest[k] / Bound(path.Points, levels[k], queries * levels.Length * options.Seeds), seed, at);
            }

            fall.Add(path.Centred[0] / path.Centred[^1], seed, "");
            measured[seed] = [.. path.Centred.Select(size => Measured(keys, size, seed, cancellation))];
            double[] polynomial = [.. path.Centred.Select(size => operations.Polynomial(size, Error) / operations.Exact)];
            dispatched.Add(polynomial.Average(share => Math.Min(1, share)), seed, Switch(levels, polynomial));
            everywhere = Math.Min(everywhere, polynomial.Average());
        }

        progress?.Report(1);
        return new(Name, Question, options)
        {
            Criteria =
            [
                law.AtMost("root mean square of R against its closed form: |ln|", 0.15),
                above.AtMost("largest R over its bound for so many samples", 1),
                fall.AtMost("R at the noisiest level over R at the cleanest", 0.05),
                dispatched.AtMost("predicted operations of the cheaper of the two, over exact attention", 0.85) with
                {
                    Control = everywhere, Note = $"{dispatched.AtMost("", 0).Note}; ε = {Error}; control: the polynomial at every level. A prediction from counts, not a time",
                },
                new("time of what the plan takes over exact attention, mean over levels", measured.Max(shares => shares.Average()), 0.85)
                {
                    Note = $"{Spread.Of([.. measured.Select(shares => shares.Average())])} over seeds; {keys} queries and keys; {Turns.Note}",
                },
            ],
            Tables = [Levels(levels, operations, sizes, closed, measured)],
            Figures = [SizeFigure(options, levels, keys, sizes, closed), CostFigure(options, levels, operations, sizes)],
            Text = FormattableString.Invariant($"{keys} balls of s² = {Width} around draws of a two-mode law in R⁴, {queries} samples, {steps} steps even in log-SNR from t = {s_first.Time} to {s_last.Time}, {options.Seeds} seeds. ")
                + "With much noise all keys look alike and a low degree is enough; near the data attention picks one key, and only exp does that. What the dispatch saves is bounded by the share of steps at high noise.",
            Tried = "R without taking the means out, which is in the table's closed form and costs a degree or two.",
        };
    }

    // The time of the plan's choice over that of exact attention; 1 where it is exact attention.
    private double Measured(int keys, double size, int seed, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        AttentionPlan plan = AttentionPlan.ForRadius(new(1, keys, 1, Rank), size, new(Error, AttentionMode.Auto, AttentionGradient.None));
        if (!plan.IsPolynomial) return 1;
        AttentionTimes run = new(BoundedHead.OnSpheres(keys, Rank, size, seed));
        run.Exact();
        run.Forward(plan);
        double[][] times = new Turns(Clock).Round(Rounds, run.Exact, () => run.Forward(plan));
        return Turns.Median(times[1].Zip(times[0], (polynomial, exact) => polynomial / (run.Factor * exact)));
    }

    private sealed record Path(IsotropicMixture Points, double[] Typical, double[] Largest, double[] Centred);

    private static Path Walk(NoiseLevel[] levels, int keys, int queries, int seed, CancellationToken cancellation)
    {
        double[] points = new double[keys * Rank];
        LatentWorld.TwoModes(Rank).Sample(new Philox((ulong)seed, PhiloxStream.Data), 0, points);
        IsotropicMixture mixture = new(Rank, points, Width);
        Watched denoiser = new(mixture);
        PhiloxNoise noise = new((ulong)seed, Rank);
        float[] x = new float[queries * Rank];
        noise.Fill(0, x);
        new ReverseSdeExponential().Run(denoiser, levels, noise, x, new SamplerWorkspace(), progress: null, cancellation);
        return new(mixture, [.. denoiser.Typical], [.. denoiser.Largest], [.. denoiser.Centred]);
    }

    // (α/C)·√(α² mean‖μ‖² + d₀C)·max‖μ‖
    private double ClosedForm(IsotropicMixture mixture, NoiseLevel level)
    {
        double c = DeviationForVariance ? (level.AlphaBar * Width) + level.Sigma : mixture.Spread(level);
        double square = mixture.Points.ToArray().Sum(v => v * v) / mixture.Count;
        return level.Alpha / c * Math.Sqrt((level.AlphaBar * square) + (Rank * c)) * mixture.Radius;
    }

    // ‖h‖ ≤ α max‖μ‖ + √C(√d₀ + √(2 ln(N/δ))) for N of them at once, but with probability δ
    private static double Bound(IsotropicMixture mixture, NoiseLevel level, int count)
    {
        double c = mixture.Spread(level), tail = Math.Sqrt(2 * PortableMath.Log(count / Doubt));
        return level.Alpha / c * ((level.Alpha * mixture.Radius) + (Math.Sqrt(c) * (Math.Sqrt(Rank) + tail))) * mixture.Radius;
    }

    private static string Switch(NoiseLevel[] levels, double[] polynomial)
    {
        int last = Array.FindLastIndex(polynomial, share => share < 1);
        return FormattableString.Invariant($"polynomial at {polynomial.Count(share => share < 1)} of {polynomial.Length} steps, down to t = {(last < 0 ? double.NaN : levels[last].Time):G3}");
    }

    private static ResultTable Levels(NoiseLevel[] levels, AttentionOperations operations, double[][] sizes, double[] closed, double[][] measured)
    {
        List<IReadOnlyList<string>> rows = [];
        for (int k = 0; k < closed.Length; k++)
        {
            Spread size = Spread.Of([.. sizes.Select(s => s[k])]);
            int degree = AttentionOperations.Degree(size.Mean, Error);
            rows.Add([.. new[] { levels[k].Time, levels[k].LogSnr, size.Mean, size.Deviation, closed[k], degree, operations.Rank(degree), operations.Polynomial(size.Mean, Error) / operations.Exact, measured.Average(m => m[k]) }.Select(ResultTable.Cell)]);
        }

        return new("levels", ["t", "log_snr", "R", "R_deviation", "R_closed_form_with_means", "degree", "rank", "polynomial_over_exact", "measured_over_exact"], rows);
    }

    private static ResultFigure SizeFigure(ExperimentOptions options, NoiseLevel[] levels, int keys, double[][] sizes, double[] closed)
    {
        double[] places = [.. levels[..^1].Select(level => level.Time)];
        double[] Over(Func<IEnumerable<double>, double> f) => [.. places.Select((_, k) => f(sizes.Select(s => s[k])))];
        LineChart chart = new()
        {
            Title = "Size R of the scores along sampling",
            Subtitle = FormattableString.Invariant($"{keys} keys in R⁴, s² = {Width}; mean of {options.Seeds} seeds, band from least to largest."),
            X = new Axis("time t: little noise left, much noise right", AxisScale.Log),
            Y = new Axis("R", AxisScale.Log),
            Curves =
            [
                new("measured, means taken out", places, Over(s => s.Average())) { Color = PlotColor.Blue },
                new("closed form of the root mean square, with means", places, closed) { Color = PlotColor.Ink, Mark = CurveMark.Dashed },
            ],
            Bands = [new("", places, Over(s => s.Min()), Over(s => s.Max())) { Color = PlotColor.Blue }],
            References = [new("float32 features up to R =", 4)],
        };
        return new("size", chart.ToSvg(), "R is a maximum over samples, the closed form a root mean square.");
    }

    private static ResultFigure CostFigure(ExperimentOptions options, NoiseLevel[] levels, AttentionOperations operations, double[][] sizes)
    {
        double[] places = [.. levels[..^1].Select(level => level.Time)];
        List<Curve> curves = [];
        foreach (double error in new[] { 1e-1, 1e-2, 1e-3 })
        {
            curves.Add(new(FormattableString.Invariant($"ε = {error}"), places, [.. places.Select((_, k) => sizes.Average(s => operations.Polynomial(s[k], error)) / operations.Exact)]));
        }

        LineChart chart = new()
        {
            Title = "Predicted operations, polynomial over exact",
            Subtitle = FormattableString.Invariant($"L = {operations.Tokens}, d = {operations.HeadSize}; mean of {options.Seeds} seeds. Counted, not timed."),
            X = new Axis("time t", AxisScale.Log),
            Y = new Axis("polynomial / exact", AxisScale.Log) { Maximum = 100 },
            Curves = curves,
            References = [new("equal", 1)],
        };
        return new("cost", chart.ToSvg(), "Below 1 the polynomial has fewer operations; steps in the curves are degrees.");
    }

    // The exact score, and how large the scores of the attention in it are.
    private sealed class Watched(IsotropicMixture mixture) : IDenoiser
    {
        private readonly LatentDenoiser _inner = new(mixture);
        private readonly double _radius = Radius(mixture.Points.ToArray());

        public List<double> Typical { get; } = [];

        public List<double> Largest { get; } = [];

        public List<double> Centred { get; } = [];

        public int Size => _inner.Size;

        public PredictionKind Kind => _inner.Kind;

        public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction)
        {
            double scale = level.Alpha / mixture.Spread(level), square = 0, largest = 0;
            double[] h = new double[x.Length];
            for (int i = 0; i < x.Length; i += Rank)
            {
                double norm = 0;
                for (int j = 0; j < Rank; j++) norm += (h[i + j] = x[i + j]) * h[i + j];
                square += norm * Rank / x.Length;
                largest = Math.Max(largest, norm);
            }

            Typical.Add(scale * Math.Sqrt(square) * mixture.Radius);
            Largest.Add(scale * Math.Sqrt(largest) * mixture.Radius);
            Centred.Add(scale * Radius(h) * _radius);
            _inner.Predict(level, x, prediction);
        }

        // Largest distance from the mean.
        private static double Radius(double[] rows)
        {
            double[] mean = new double[Rank];
            for (int i = 0; i < rows.Length; i++) mean[i % Rank] += rows[i] * Rank / rows.Length;
            double largest = 0;
            for (int i = 0; i < rows.Length; i += Rank)
            {
                double norm = 0;
                for (int j = 0; j < Rank; j++) norm += (rows[i + j] - mean[j]) * (rows[i + j] - mean[j]);
                largest = Math.Max(largest, norm);
            }

            return Math.Sqrt(largest);
        }
    }
}
