// The exponents of the number of features, and what the experiment says and draws.

using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Laboratory;

public sealed partial class BoundExperiment
{
    private static readonly int[] s_powers = [8, 10, 12, 14, 16, 20, 32]; // L = 2^p
    private static readonly (string Name, double Constant, double OfLog)[] s_regimes =
        [("R = 0.5", 0.5, 0), ("R = 1", 1, 0), ("R = 2", 2, 0), ("R = ½ ln L", 0, 0.5), ("R = ln L", 0, 1), ("R = 2 ln L", 0, 2)];

    // ln r / ln L to two digits, derived beforehand from the best polynomials: a row per L, a column per regime.
    private static readonly double[][] s_printed =
    [
        [.80, .96, 1.11, 1.23, 1.62, 2.13], [.69, .84, 1.07, 1.27, 1.62, 2.10], [.75, .86, 1.05, 1.28, 1.62, 2.07], [.71, .83, 1.02, 1.38, 1.73, 2.20],
        [.76, .85, 1.01, 1.38, 1.72, 2.17], [.68, .84, .98, 1.44, 1.78, 2.24], [.70, .81, .95, 1.47, 1.83, 2.26],
    ];

    /// <param name="Rule">Exponent by the closed-form degree.</param>
    /// <param name="Plan">Exponent of the library's plan; NaN where it refuses.</param>
    /// <param name="Degrees">Degrees of the plan above those of the rule.</param>
    private readonly record struct Exponent(double Rule, double Plan, double Degrees);

    private static Exponent ExponentOf(int power, int regime)
    {
        double log = power * PortableMath.Log(2), radius = s_regimes[regime].Constant + (s_regimes[regime].OfLog * log), error = PortableMath.Exp(-log);
        int d = (int)Math.Round(log), rule = AttentionOperations.Degree(radius, error);
        AttentionShape shape = new(1, 1 << Math.Min(power, 24), 1, d);
        AttentionPlan plan = AttentionPlan.ForRadius(shape, radius, new(error, AttentionMode.Auto, AttentionGradient.None)); // the length is not in the degree
        return new(
            PortableMath.Log(new AttentionOperations(1, d).Rank(rule)) / log,
            plan.Features == 0 ? double.NaN : PortableMath.Log(plan.Features) / log,
            plan.Features == 0 ? double.NaN : plan.Degree - rule);
    }

    private ExperimentResult Result(ExperimentOptions options, int[] lengths, Judged judged, List<Row> rows, List<Point> points, Worst collapse, double apart)
    {
        Exponent[][] exponents = [.. s_powers.Select(power => s_regimes.Select((_, regime) => ExponentOf(power, regime)).ToArray())];
        Worst printed = new(), plans = new(), falling = new(), growing = new();
        double[] slopes = [.. s_regimes.Select((_, regime) => LineFit.Of([.. s_powers.Select(p => (double)p)], [.. exponents.Select(row => row[regime].Rule)]).Slope)];
        for (int regime = 0; regime < s_regimes.Length; regime++)
        {
            for (int p = 0; p < s_powers.Length; p++)
            {
                string at = $"L = 2^{s_powers[p]}, {s_regimes[regime].Name}";
                printed.Add(Math.Abs(exponents[p][regime].Rule - s_printed[p][regime]), null, at);
                if (!double.IsNaN(exponents[p][regime].Degrees)) plans.Add(Math.Abs(exponents[p][regime].Degrees), null, at);
            }

            if (s_regimes[regime].OfLog == 0) falling.Add(slopes[regime], null, s_regimes[regime].Name);
            else growing.Add(-slopes[regime], null, s_regimes[regime].Name);
        }

        return new(Name, Question, options)
        {
            Criteria =
            [
                judged.Certified.AtMost("Σ|f̃ − f| over the certified η", 1) with { Control = -judged.Outside.Value, Note = $"{judged.Certified.AtMost("", 0).Note}; control: scores to 1.5 R, its least where η < 0.1" },
                judged.Kernel.AtMost("the kernel's output error at the worst values over the certified one", 1),
                collapse.AtMost("errors at equal R and degree, largest over smallest over all L", 2) with { Control = apart, Note = $"{collapse.AtMost("", 0).Note}; control: equal c instead of equal R" },
                judged.Degrees.AtMost("degree needed for 1/L against the closed-form rule", 2),
                judged.Threshold.AtMost("R* where the error of L^0.9 features is 1/L, against the rule: |ln|", 0.25),
                printed.AtMost("exponent ln r/ln L against its derived table, 42 entries", 0.006),
                plans.AtMost("degrees of the library's plans beyond the rule", 2),
                falling.AtMost("constant R: slope of the exponent against log₂ L, largest", 0) with { Control = -growing.Value, Note = $"{falling.At}; control: R = c·ln L, its least" },
                new("R = c·ln L: slope of the exponent against log₂ L, least", -growing.Value, 0) { Kind = BoundKind.AtLeast, Control = falling.Value, Note = $"{growing.At}; control: constant R, its largest" },
            ],
            Tables = [Sweep(points, lengths), Thresholds(rows, lengths), Exponents(exponents)],
            Figures = [ErrorFigure(points, lengths, options), CollapseFigure(points, lengths), ExponentFigure(exponents)],
            Text = FormattableString.Invariant($"d = round(ln L), at most L^{Budget} features, {options.Seeds} seeds; {2 * Probes} queries each, on a line and on spheres, every error in double; polynomials are fitted for R itself. ")
                + "What the error follows is R = B², whatever L, d and c are apart; at constant R the exponent of the features falls with L, slowly, and at R = c·ln L it does not. "
                + "No size that runs shows L^{1+o(1)}: with d = ln L and an error of 1/L, features are about L^0.7 at R = ½ and more than L from R = 2 on. With d, R and the error fixed the method is exactly linear, and that is what `scaling` measures.",
            Tried = "Plans take radii of a grid of four to a doubling, which costs a degree or two where R is between; the table's values are those of the rule.",
        };
    }

    private static ResultTable Sweep(List<Point> points, int[] lengths) => new(
        "sweep", ["L", "c", "R", "budget_degree", "error", "error_deviation", "target", "degree_needed", "degree_rule"],
        [.. lengths.SelectMany(length => points.Where(p => p.Length == length && p.Seed == 0).Select(p =>
        {
            Spread error = Spread.Of([.. points.Where(q => q.Length == length && q.C == p.C).Select(q => q.Error)]);
            int needed = points.Where(q => q.Length == length && q.C == p.C).Max(q => q.Needed);
            return new[] { length, p.C, p.Radius, p.Budget, error.Mean, error.Deviation, 1.0 / length, needed, AttentionOperations.Degree(p.Radius, 1.0 / length) }.Select(ResultTable.Cell).ToArray();
        }))]);

    private static ResultTable Thresholds(List<Row> rows, int[] lengths) => new(
        "thresholds", ["L", "d", "degree", "features", "c", "c_deviation", "R", "R_rule"],
        [.. lengths.Select(length =>
        {
            Row[] of = [.. rows.Where(row => row.Length == length)];
            Spread c = Spread.Of([.. of.Select(row => row.C)]);
            return new[] { length, of[0].HeadSize, of[0].Degree, MonomialTable.CountOf(of[0].HeadSize, of[0].Degree), c.Mean, c.Deviation, of.Average(row => row.Radius), of[0].Predicted }.Select(ResultTable.Cell).ToArray();
        })]);

    private static ResultTable Exponents(Exponent[][] exponents) => new(
        "exponents", ["log2_L", "d", .. s_regimes.SelectMany(regime => new[] { regime.Name, $"{regime.Name}, plan" })],
        [.. exponents.Select((row, p) => new[] { s_powers[p], Math.Round(s_powers[p] * PortableMath.Log(2)) }.Concat(row.SelectMany(e => new[] { e.Rule, e.Plan })).Select(ResultTable.Cell).ToArray())]);

    private static (double[] Places, double[] Mean, double[] Low, double[] High) Errors(List<Point> points, int length, Func<Point, double> place)
    {
        Point[][] groups = [.. points.Where(p => p.Length == length).GroupBy(p => p.C).OrderBy(g => g.Key).Select(g => g.ToArray())];
        double[] Over(Func<IEnumerable<double>, double> f) => [.. groups.Select(g => f(g.Select(p => p.Error)))];
        return ([.. groups.Select(g => place(g[0]))], Over(e => e.Average()), Over(e => e.Min()), Over(e => e.Max()));
    }

    private static ResultFigure ErrorFigure(List<Point> points, int[] lengths, ExperimentOptions options)
    {
        List<Curve> curves = [];
        List<Band> bands = [];
        List<ReferenceLine> targets = [];
        foreach (int length in lengths)
        {
            (double[] places, double[] mean, double[] low, double[] high) = Errors(points, length, p => p.C);
            curves.Add(new($"L = {length}, g = {points.First(p => p.Length == length).Budget}", places, mean));
            bands.Add(new("", places, low, high));
            targets.Add(new(FormattableString.Invariant($"1/{length} ="), 1.0 / length));
        }

        LineChart chart = new()
        {
            Title = "Error of attention weights with L^0.9 features",
            Subtitle = $"d = round(ln L); mean of {options.Seeds} seeds, bands from least to largest.",
            X = new Axis("c, where B = c·√(ln L) bounds the entries", AxisScale.Log),
            Y = new Axis("largest Σ|f̃ − f|", AxisScale.Log) { Minimum = 1e-8, Maximum = 2 },
            Curves = curves,
            Bands = bands,
            References = targets,
        };
        return new("error", chart.ToSvg(), "Each curve may go up to its own line: there is c*.");
    }

    private static ResultFigure CollapseFigure(List<Point> points, int[] lengths)
    {
        List<Curve> curves = [];
        foreach (int length in lengths)
        {
            Point[] of = [.. points.Where(p => p.Length == length && p.Seed == 0)];
            curves.Add(new($"L = {length}, d = {HeadSize(length)}", [.. of.Select(p => p.Radius)], [.. of.Select(p => (double)p.Needed)]) { Mark = CurveMark.LineAndPoints });
        }

        foreach (int length in lengths)
        {
            Point[] of = [.. points.Where(p => p.Length == length && p.Seed == 0)];
            curves.Add(new("", [.. of.Select(p => p.Radius)], [.. of.Select(p => (double)AttentionOperations.Degree(p.Radius, 1.0 / length))]) { Mark = CurveMark.Dashed, Color = PlotColor.Muted });
        }

        LineChart chart = new()
        {
            Title = "Degree that an error of 1/L needs, against R = B²",
            Subtitle = "measured, of seed 0; dashed the closed-form rule 2(R/2)^(g+1)/(g+1)! ≤ 1/L.",
            X = new Axis("R", AxisScale.Log),
            Y = new Axis("degree"),
            Curves = curves,
        };
        return new("degree", chart.ToSvg(), "Curves differ by their 1/L alone; entries enter through R = B² only.");
    }

    private static ResultFigure ExponentFigure(Exponent[][] exponents)
    {
        double[] places = [.. s_powers.Select(p => (double)p)];
        LineChart chart = new()
        {
            Title = "Exponent of the number of features, ln r/ln L",
            Subtitle = "d = round(ln L), error 1/L: lines by the rule, dots the library's own plans where they reach. Nothing here is random.",
            X = new Axis("log₂ L"),
            Y = new Axis("exponent"),
            Curves =
            [
                .. s_regimes.Select((regime, i) => new Curve(regime.Name, places, [.. exponents.Select(row => row[i].Rule)])),
                .. s_regimes.Select((_, i) => new Curve("", places, [.. exponents.Select(row => row[i].Plan)]) { Mark = CurveMark.Points, Color = PlotColor.Ink }),
            ],
            References = [new("as many features as tokens:", 1)],
        };
        return new("exponents", chart.ToSvg(), "Constant R falls, R = c·ln L does not: the phase transition, as far as sizes that run can show it. Falling to 0 is beyond any of them.");
    }
}
