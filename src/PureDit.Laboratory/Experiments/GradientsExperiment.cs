// How wrong is a gradient through approximate attention? Three routes (GradientCase): the exact formula with the polynomial's
// probabilities, by the printed chain of factors and by the kernel's antiderivative features, which must be one number; and
// the polynomial attention's own gradient, whose weights P′ are a worse e^x. Their error against ε, the bounds of the chain, the
// time of the backward pass against L. Last, training with polynomial attention (GradientsExperiment.Training.cs).

using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Laboratory;

/// <summary>Gradients through polynomial attention, and training with them.</summary>
/// <param name="clock">Measures; everything but times is the same with any clock.</param>
public sealed partial class GradientsExperiment(TimeProvider clock) : IExperiment
{
    private const int HeadSize = 4, LeastDegree = 2, MostDegree = 6;
    private const double TimedError = 1e-3;
    private static readonly double[] s_radii = [1, 2];

    /// <summary>The longest sequence that is timed; shorter for tests.</summary>
    internal int Longest { get; init; } = 65536;

    /// <summary>Takes p2 = f·diag(r), as printed: an error that the criteria must notice.</summary>
    internal bool Misprinted { get; init; }

    /// <inheritdoc/>
    public string Name => "gradients";

    /// <inheritdoc/>
    public string Question => "How wrong is a gradient through polynomial attention, by which route, and does training notice?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int tokens = options.Quick ? 96 : 384;
        Worst rows = new(), gradient = new(), kernel = new(), slope = new(), ratio = new();
        double misprint = double.PositiveInfinity;
        GradientCase.Errors[,][] errors = new GradientCase.Errors[s_radii.Length, options.Seeds][];
        for (int r = 0; r < s_radii.Length; r++)
        {
            for (int seed = 0; seed < options.Seeds; seed++)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(0.3 * ((r * options.Seeds) + seed) / (s_radii.Length * options.Seeds));
                GradientCase at = new(tokens, HeadSize, s_radii[r], seed);
                GradientCase.Errors[] found = errors[r, seed] = [.. Enumerable.Range(LeastDegree, MostDegree - LeastDegree + 1).Select(g => Measure(at, g))];
                for (int g = LeastDegree; g <= MostDegree; g++)
                {
                    string where = FormattableString.Invariant($"R = {s_radii[r]}, g = {g}");
                    GradientCase.Errors e = found[g - LeastDegree];
                    rows.Add(e.Rows, seed, where);
                    gradient.Add(e.Gradient, seed, where);
                    kernel.Add(e.Kernel, seed, where);
                }

                misprint = Math.Min(misprint, found[^1].Misprint);
                double[] x = [.. found.Select(e => PortableMath.Log(e.Epsilon))];
                double fit = LineFit.Of(x, [.. found.Select(e => PortableMath.Log(e.Chain))]).Slope;
                slope.Add(Math.Abs(fit - 1), seed, FormattableString.Invariant($"R = {s_radii[r]}: slope {fit:F3}"));
                ratio.Add(PortableMath.Exp(found.Average(e => PortableMath.Log(e.Chain / e.Surrogate))), seed, FormattableString.Invariant($"R = {s_radii[r]}"));
            }
        }

        Timed timed = Time(options, progress, cancellation);
        Trained trained = Train(options, progress, cancellation);
        progress?.Report(1);
        return new(Name, Question, options)
        {
            Criteria =
            [
                rows.AtMost("Σ|p̃ − p| of a row over η(3Q + 2dH² + 3ηdH²)", 1) with { Control = misprint, Note = $"{rows.AtMost("", 0).Note}; control: p2 = f·diag(r) as printed, at degree {MostDegree}, its least" },
                gradient.AtMost("error of the gradient over s·L·max|A1|·max|A2| times that bound", 1),
                kernel.AtMost("antiderivative kernel against the printed chain, relatively", 1e-5) with { Floor = kernel.Value < 1.0 / (1 << 24) ? null : 1.0 / (1 << 24) },
                slope.AtMost("slope of ln error of the gradient against ln ε: distance from 1", 0.15),
                ratio.AtMost("error by antiderivative over error of the own gradient, geometric mean", 0.5),
                new("slope of ln time of the backward pass against ln L from 4096 on", Math.Max(timed.Slopes[1], timed.Slopes[2]), 1.05)
                {
                    Control = timed.Slopes[0], Note = FormattableString.Invariant($"antiderivative {timed.Slopes[1]:F3}, own gradient {timed.Slopes[2]:F3}; control: exact; {Turns.Note}"),
                },
                .. trained.Criteria,
            ],
            Tables =
            [
                new("errors", ["R", "degree", "epsilon", "antiderivative", "antiderivative_deviation", "own", "own_deviation", "rows_over_bound", "gradient_over_bound"], Rows(errors, options)),
                new("times", ["L", "exact_ms", "antiderivative_ms", "own_ms"], timed.Rows),
                .. trained.Tables,
            ],
            Figures = [ErrorFigure(errors, options, tokens), .. trained.Figures],
            Text = FormattableString.Invariant($"d = {HeadSize}, L = {tokens}, values ±1, a quadratic loss with a normal target, degrees {LeastDegree} to {MostDegree}, {options.Seeds} seeds. ")
                + "The bounds hold with room to spare: they add up absolute values. A degree lower in the polynomial is what the own gradient costs, since P′ has one degree less. "
                + trained.Text,
            Tried = "The full dQ and dK instead of X: the same slopes. Training from fresh weights, with independent tokens: gates begin at zero and attention has nothing to say, so that polynomials of ε = 0.3 train to within 1E-5 of exact attention and any bound holds.",
        };
    }

    private GradientCase.Errors Measure(GradientCase at, int degree)
    {
        ExpPolynomial polynomial = at.Polynomial(degree);
        GradientCase.Errors errors = at.Of(polynomial, degree);
        return Misprinted ? errors with { Rows = errors.Misprint } : errors;
    }

    private sealed record Timed(double[] Slopes, List<IReadOnlyList<string>> Rows);

    private Timed Time(ExperimentOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        int[] lengths = [.. Enumerable.Range(12, 5).Select(power => 1 << power).Where(length => length <= Longest)];
        double[][][] medians = [.. Enumerable.Range(0, 3).Select(_ => lengths.Select(_ => new double[options.Seeds]).ToArray())];
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            for (int i = 0; i < lengths.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(0.3 + (0.2 * ((seed * lengths.Length) + i) / (options.Seeds * lengths.Length)));
                BoundedHead head = BoundedHead.OnSpheres(lengths[i], HeadSize, 1, seed);
                AttentionTimes run = new(head), exact = new(head);
                AttentionPlan[] plans = [.. new[] { AttentionGradient.Antiderivative, AttentionGradient.Surrogate }.Select(
                    gradient => AttentionPlan.Measure(Cpu.Serial, head.Shape, head.Qkv, new(TimedError, AttentionMode.Polynomial, gradient)))];
                exact.Exact();
                exact.ExactBackward();
                run.Forward(plans[0]);
                foreach (AttentionPlan plan in plans) run.Backward(plan);
                double[][] times = new Turns(clock).Round(options.Quick ? 3 : 9, exact.ExactBackward, () => run.Backward(plans[0]), () => run.Backward(plans[1]));
                for (int k = 0; k < 3; k++) medians[k][i][seed] = (k == 0 ? exact.Factor : 1) * Turns.Median(times[k]);
            }
        }

        double[] x = [.. lengths.Select(length => PortableMath.Log(length))];
        return new(
            [.. medians.Select(of => Turns.Median(Enumerable.Range(0, options.Seeds).Select(seed => LineFit.Of(x, [.. of.Select(t => PortableMath.Log(t[seed]))]).Slope)))],
            [.. lengths.Select((length, i) => new[] { length }.Select(l => (double)l).Concat(medians.Select(of => 1e3 * Turns.Median(of[i]))).Select(ResultTable.Cell).ToArray())]);
    }

    private static List<IReadOnlyList<string>> Rows(GradientCase.Errors[,][] errors, ExperimentOptions options)
    {
        List<IReadOnlyList<string>> rows = [];
        for (int r = 0; r < s_radii.Length; r++)
        {
            for (int g = LeastDegree; g <= MostDegree; g++)
            {
                GradientCase.Errors[] seeds = [.. Enumerable.Range(0, options.Seeds).Select(seed => errors[r, seed][g - LeastDegree])];
                Spread chain = Spread.Of([.. seeds.Select(e => e.Chain)]), own = Spread.Of([.. seeds.Select(e => e.Surrogate)]);
                rows.Add([.. new[] { s_radii[r], g, seeds[0].Epsilon, chain.Mean, chain.Deviation, own.Mean, own.Deviation, seeds.Max(e => e.Rows), seeds.Max(e => e.Gradient) }.Select(ResultTable.Cell)]);
            }
        }

        return rows;
    }

    private static ResultFigure ErrorFigure(GradientCase.Errors[,][] errors, ExperimentOptions options, int tokens)
    {
        List<Curve> curves = [];
        List<Band> bands = [];
        for (int r = 0; r < s_radii.Length; r++)
        {
            double[] places = [.. errors[r, 0].Select(e => e.Epsilon)];
            foreach ((string name, Func<GradientCase.Errors, double> of) in new (string, Func<GradientCase.Errors, double>)[] { ("antiderivative", e => e.Chain), ("own gradient", e => e.Surrogate) })
            {
                double[] Over(Func<IEnumerable<double>, double> f) => [.. places.Select((_, g) => f(Enumerable.Range(0, options.Seeds).Select(seed => of(errors[r, seed][g]))))];
                curves.Add(new(FormattableString.Invariant($"{name}, R = {s_radii[r]}"), places, Over(v => v.Average())) { Mark = CurveMark.LineAndPoints });
                bands.Add(new("", places, Over(v => v.Min()), Over(v => v.Max())));
            }
        }

        LineChart chart = new()
        {
            Title = "Error of the gradient against the certified error of a weight",
            Subtitle = FormattableString.Invariant($"L = {tokens}, d = {HeadSize}; mean of {options.Seeds} seeds, bands from least to largest; a point per degree."),
            X = new Axis("ε", AxisScale.Log),
            Y = new Axis("relative error of dL/dX", AxisScale.Log),
            Curves = curves,
            Bands = bands,
        };
        return new("errors", chart.ToSvg(), "The printed chain is not drawn: it is the antiderivative's curve.");
    }
}
