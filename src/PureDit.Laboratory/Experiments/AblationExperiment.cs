// What each ingredient is worth. The polynomial: Taylor, Chebyshev and least squares of the relative error on [−R, R], against
// a table of 22 cases derived beforehand. Recentring: the degree and the features that an error needs with and without the
// means taken out, for tokens that all lean one way. The arithmetic: with a degree whose own error is nothing, what is left is
// rounding, in float32 and in double, on keys at one end of a line and queries at both, where terms cancel: the floor u·e^{2R}.

using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Laboratory;

/// <summary>Fits, recentring and arithmetic of polynomial attention, each taken away.</summary>
public sealed class AblationExperiment : IExperiment
{
    private const double MinimaxFactor = 1.31, Digits = 0.07; // least squares over the best polynomial; two printed digits and the certificate's margin
    private const double Error = 1e-3;
    private const int Tokens = 512, HeadSize = 4, Rows = 64;

    // R, degree, then the largest relative errors of Taylor, Chebyshev and the best polynomial.
    private static readonly (double Radius, int Degree, double Taylor, double Chebyshev, double Best)[] s_golden =
    [
        (0.5, 2, 3.1e-2, 8.2e-3, 5.2e-3), (0.5, 4, 4.0e-4, 2.6e-5, 1.6e-5), (1, 2, 3.6e-1, 1.1e-1, 4.0e-2), (1, 3, 9.4e-2, 1.4e-2, 5.0e-3),
        (1, 4, 1.9e-2, 1.4e-3, 5.0e-4), (1, 6, 4.8e-4, 8.2e-6, 3.0e-6), (2, 3, 3.5, 6.3e-1, 7.1e-2), (2, 4, 1.5, 1.3e-1, 1.5e-2),
        (2, 6, 1.5e-1, 3.0e-3, 3.6e-4), (2, 8, 8.7e-3, 4.1e-5, 5.0e-6), (3, 8, 8.3e-1, 4.6e-3, 1.7e-4), (4, 4, 2.7e2, 4.2e1, 3.0e-1),
        (4, 6, 1.2e2, 3.6, 3.3e-2), (4, 8, 2.8e1, 1.9e-1, 2.0e-3), (4, 10, 4.3, 6.7e-3, 7.5e-5), (4, 12, 4.6e-1, 1.7e-4, 2.0e-6),
        (6, 8, 6.9e3, 8.1e1, 4.7e-2), (6, 10, 2.4e3, 6.0, 4.4e-3), (6, 12, 5.9e2, 3.2e-1, 2.8e-4), (8, 10, 3.8e5, 1.7e3, 5.9e-2),
        (8, 12, 1.7e5, 1.5e2, 7.2e-3), (8, 16, 1.3e4, 5.7e-1, 4.1e-5),
    ];

    /// <summary>Fits for R times this: an error that the criteria must notice.</summary>
    internal double FitScale { get; init; } = 1;

    /// <inheritdoc/>
    public string Name => "ablation";

    /// <inheritdoc/>
    public string Question => "What are the least-squares fit, the recentring and the arithmetic each worth?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Worst taylor = new(), chebyshev = new(), best = new(), order = new();
        List<IReadOnlyList<string>> fits = [];
        foreach ((double radius, int degree, double printedTaylor, double printedChebyshev, double printedBest) in s_golden)
        {
            string at = FormattableString.Invariant($"R = {radius}, g = {degree}");
            double[] errors = [.. new[] { PolynomialFit.Taylor, PolynomialFit.Chebyshev, PolynomialFit.LeastSquares }.Select(fit => ErrorOf(radius, degree, fit))];
            taylor.Add(Math.Abs((errors[0] / printedTaylor) - 1), null, at);
            chebyshev.Add(Math.Abs((errors[1] / printedChebyshev) - 1), null, at);
            best.Add(errors[2] / printedBest, null, at);
            order.Add(Math.Max(errors[2] / errors[1], errors[1] / errors[0]), null, at);
            fits.Add([.. new[] { radius, degree, errors[0], errors[1], errors[2], printedBest, ExpPolynomial.Bound(radius, degree) }.Select(ResultTable.Cell)]);
        }

        cancellation.ThrowIfCancellationRequested();
        progress?.Report(0.2);
        Moved moved = Recentring(options, cancellation);
        progress?.Report(0.6);
        Floors floors = Rounding(options, cancellation);
        progress?.Report(1);
        return new(Name, Question, options)
        {
            Criteria =
            [
                taylor.AtMost("relative error of Taylor against its table: |ratio − 1|", Digits),
                chebyshev.AtMost("relative error of Chebyshev against its table: |ratio − 1|", Digits),
                best.AtMost("relative error of least squares over that of the best polynomial", MinimaxFactor * (1 + Digits)) with { Control = s_golden.Min(g => g.Chebyshev / g.Best), Note = $"{best.AtMost("", 0).Note}; control: Chebyshev's, its least" },
                order.AtMost("error of each fit over that of the next worse one", 1),
                moved.Ratio.AtMost("features with recentring over features without", 0.5),
                moved.Kept.AtMost("output error over the certified one, means taken out and kept", 1),
                floors.Certified.AtMost("rounding of the output over the certified one, float and double", 1),
                floors.Slope.AtMost("ln of the rounding against R, float: distance of the slope from 2", 1),
                floors.Gain.AtMost("rounding with double features over that with float ones, R = 3 and 4", 0.1),
            ],
            Tables =
            [
                new("fits", ["R", "degree", "taylor", "chebyshev", "least_squares", "best_printed", "bound"], fits),
                new("recentring", ["offset", "R_kept", "features_kept", "R", "features", "error_kept", "error"], moved.Rows),
                new("rounding", ["R", "float", "float_deviation", "double", "float_certified", "double_certified"], floors.Rows),
            ],
            Figures = [FitFigure(), floors.Figure],
            Text = FormattableString.Invariant($"Fits: {s_golden.Length} cases, nothing random. Recentring: L = {Tokens}, d = {HeadSize}, R = ½ before an offset of all tokens, error {Error}, {options.Seeds} seeds. ")
                + "Rounding: degrees whose own error is below that of the arithmetic, keys at one end of a line, queries at both; sums over tokens average rounding, which stays below its bound. Float features are allowed up to R = 4.",
            Tried = "Random tokens on spheres instead of a line: scores of ±R are then rare, and rounding is hardly seen.",
        };
    }

    private double ErrorOf(double radius, int degree, PolynomialFit fit) => FitScale == 1
        ? ExpPolynomial.Create(radius, degree, fit).RelativeError
        : ExpPolynomial.Create(radius * FitScale, degree, fit).RelativeError;

    private sealed record Moved(Worst Ratio, Worst Kept, List<IReadOnlyList<string>> Rows);

    private static Moved Recentring(ExperimentOptions options, CancellationToken cancellation)
    {
        Moved result = new(new(), new(), []);
        foreach (double offset in new[] { 0.25, 0.5, 1 })
        {
            double[][] seeds = new double[options.Seeds][];
            for (int seed = 0; seed < options.Seeds; seed++)
            {
                cancellation.ThrowIfCancellationRequested();
                BoundedHead head = BoundedHead.OnSpheres(Tokens, HeadSize, 0.5, seed).Moved(offset);
                (int, double[])[] exact = head.ExactRows(Rows);
                AttentionPlan[] plans = [Plan(keepMeans: true), Plan(keepMeans: false)];
                double[] errors = Array.ConvertAll(plans, plan =>
                {
                    float[] o = new float[head.Shape.OutputLength];
                    PolynomialAttention.Forward(Cpu.AllCores, plan, head.Qkv, o, []);
                    double error = head.Error(exact, o);
                    result.Kept.Add(error / (2 * plan.OutputError), seed, FormattableString.Invariant($"offset {offset}, {plan.Features} features"));
                    return error;
                });
                result.Ratio.Add((double)plans[1].Features / plans[0].Features, seed, FormattableString.Invariant($"offset {offset}: {plans[1].Features} of {plans[0].Features}"));
                seeds[seed] = [offset, plans[0].Radius, plans[0].Features, plans[1].Radius, plans[1].Features, errors[0], errors[1]];

                AttentionPlan Plan(bool keepMeans) => AttentionPlan.Measure(
                    Cpu.AllCores, head.Shape, head.Qkv, new(Error, AttentionMode.Polynomial, AttentionGradient.None) { KeepMeans = keepMeans });
            }

            result.Rows.Add([.. Enumerable.Range(0, seeds[0].Length).Select(i => ResultTable.Cell(seeds.Average(s => s[i])))]);
        }

        return result;
    }

    private sealed record Floors(Worst Certified, Worst Slope, Worst Gain, List<IReadOnlyList<string>> Rows, ResultFigure Figure);

    private static Floors Rounding(ExperimentOptions options, CancellationToken cancellation)
    {
        double[] radii = [0.5, 1, 2, 3, 4, 6, 8];
        Worst certified = new(), slope = new(), gain = new();
        double[][] single = [.. radii.Select(_ => new double[options.Seeds])], wide = [.. radii.Select(_ => new double[options.Seeds])];
        double[] singleBound = new double[radii.Length], wideBound = new double[radii.Length];
        for (int i = 0; i < radii.Length; i++)
        {
            for (int seed = 0; seed < options.Seeds; seed++)
            {
                cancellation.ThrowIfCancellationRequested();
                BoundedHead head = BoundedHead.Opposed(Tokens, 2, radii[i], seed);
                (int, double[])[] exact = head.ExactRows(Rows);
                (single[i][seed], singleBound[i]) = radii[i] <= 4 ? Of(FeaturePrecision.Single) : (double.NaN, double.NaN);
                (wide[i][seed], wideBound[i]) = Of(FeaturePrecision.Double);
                string at = FormattableString.Invariant($"R = {radii[i]}");
                if (radii[i] <= 4) certified.Add(single[i][seed] / singleBound[i], seed, $"{at}, float");
                certified.Add(wide[i][seed] / wideBound[i], seed, $"{at}, double");
                if (radii[i] is >= 3 and <= 4) gain.Add(wide[i][seed] / single[i][seed], seed, at);

                (double Error, double Bound) Of(FeaturePrecision precision)
                {
                    AttentionPlan plan = AttentionPlan.Measure(Cpu.AllCores, head.Shape, head.Qkv, new(double.PositiveInfinity, AttentionMode.Polynomial, AttentionGradient.None)
                    {
                        Degree = 12 + (int)(3 * radii[i]),
                        Precision = precision,
                        KeepMeans = true,
                    });
                    float[] o = new float[head.Shape.OutputLength];
                    PolynomialAttention.Forward(Cpu.AllCores, plan, head.Qkv, o, []);
                    return (head.Error(exact, o), (2 * plan.OutputError) + OutputRounding);
                }
            }
        }

        int[] fitted = [.. Enumerable.Range(0, radii.Length).Where(i => radii[i] is >= 1 and <= 4)];
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            double found = LineFit.Of([.. fitted.Select(i => radii[i])], [.. fitted.Select(i => PortableMath.Log(single[i][seed]))]).Slope;
            slope.Add(Math.Abs(found - 2), seed, FormattableString.Invariant($"slope {found:F2}"));
        }

        List<IReadOnlyList<string>> rows = [];
        for (int i = 0; i < radii.Length; i++)
        {
            Spread spread = Spread.Of(single[i]);
            rows.Add([.. new[] { radii[i], spread.Mean, spread.Deviation, wide[i].Average(), singleBound[i], wideBound[i] }.Select(ResultTable.Cell)]);
        }

        LineChart chart = new()
        {
            Title = "Rounding of an output against R",
            Subtitle = $"keys at one end of a line, queries at both, L = {Tokens}; mean of {options.Seeds} seeds. Outputs are floats in either case.",
            X = new Axis("R"),
            Y = new Axis("largest error, in units of half the range", AxisScale.Log),
            Curves =
            [
                new("float features", radii, [.. single.Select(s => s.Average())]) { Mark = CurveMark.LineAndPoints, Color = PlotColor.Orange },
                new("double features", radii, [.. wide.Select(s => s.Average())]) { Mark = CurveMark.LineAndPoints, Color = PlotColor.Blue },
                new("2⁻²⁴·e^{2R}", radii, [.. radii.Select(r => PortableMath.Exp(2 * r) / (1 << 24))]) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
            ],
            Bands = [new("", radii[..5], [.. single[..5].Select(s => s.Min())], [.. single[..5].Select(s => s.Max())]) { Color = PlotColor.Orange }],
        };
        return new(certified, slope, gain, rows, new("rounding", chart.ToSvg(), "Terms of the polynomial cancel where scores are −R, and leave their rounding."));
    }

    private const double OutputRounding = 1.0 / (1 << 23); // an output is a float

    private static ResultFigure FitFigure()
    {
        List<Curve> curves = [];
        foreach ((PolynomialFit fit, PolynomialMark mark) in new[]
        {
            (PolynomialFit.Taylor, new PolynomialMark("Taylor", PlotColor.Orange)), (PolynomialFit.Chebyshev, new PolynomialMark("Chebyshev", PlotColor.Green)),
            (PolynomialFit.LeastSquares, new PolynomialMark("least squares", PlotColor.Blue)),
        })
        {
            foreach (double radius in new[] { 1.0, 4 })
            {
                double[] degrees = [.. Enumerable.Range(1, 14).Select(g => (double)g)];
                curves.Add(new(FormattableString.Invariant($"{mark.Name}, R = {radius}"), degrees, [.. degrees.Select(g => ExpPolynomial.Create(radius, (int)g, fit).RelativeError)])
                {
                    Color = mark.Color,
                    Mark = radius == 1 ? CurveMark.Line : CurveMark.Dashed,
                });
            }
        }

        LineChart chart = new()
        {
            Title = "Relative error of a polynomial for e^x on [−R, R]",
            Subtitle = "certified; nothing here is random.",
            X = new Axis("degree"),
            Y = new Axis("largest |P(x)·e^(−x) − 1|", AxisScale.Log),
            Curves = curves,
        };
        return new("fits", chart.ToSvg(), "Softmax sees relative errors only: what is best absolutely is e^R times worse.");
    }

    private readonly record struct PolynomialMark(string Name, PlotColor Color);
}
