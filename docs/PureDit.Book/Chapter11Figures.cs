// Chapter 11's experiments. Exact: two keys by hand, the ladder, polynomials, certificates, gradients, the papers' printed
// formulas, break-even lengths, bounded scores, failures. Times are in the pages of the laboratory.

using System.Globalization;
using System.Text;
using PureDit.Kernels;
using PureDit.Reporting;
using Truth = PureDit.Kernels.Reference;

namespace PureDit.Book;

internal sealed class Chapter11Figures : IChapter
{
    private static readonly PolynomialFit[] s_fits = [PolynomialFit.Taylor, PolynomialFit.Chebyshev, PolynomialFit.LeastSquares];

    public string Name => "11-almost-linear-attention";

    public void Run(BookOutput output)
    {
        ByHand(output);
        Check(output);
        Ladder(output);
        Polynomials(output);
        Certificates(output);
        Gradients(output);
        Chapter11Limits.Run(output);
    }

    /// <summary>Normal q, k, v of one head around a mean of `offset` in every entry of q and k, which are then scaled to R.</summary>
    public static float[] Problem(AttentionShape shape, double radius, double offset = 0, bool keepMeans = false, int key = 0)
    {
        float[] qkv = Chapter02.Normal(shape.QkvLength, 1100 + key);
        for (int i = 0; i < qkv.Length; i++) if (i / shape.Width % 3 < 2) qkv[i] += (float)offset;
        float scale = (float)Math.Sqrt(radius / PolynomialAttention.Radius(Cpu.Serial, shape, qkv, keepMeans));
        for (int i = 0; i < qkv.Length; i++) if (i / shape.Width % 3 < 2) qkv[i] *= scale;
        return qkv;
    }

    /// <summary>Largest difference of two arrays, in units of the range of the values that are mixed.</summary>
    public static double Error(IReadOnlyList<double> actual, double[] exact, AttentionShape shape, float[] qkv)
    {
        double worst = 0;
        for (int c = 0; c < shape.Width; c++)
        {
            double[] v = [.. Enumerable.Range(0, shape.Tokens).Select(j => (double)qkv[(j * 3 * shape.Width) + (2 * shape.Width) + c])];
            for (int i = c; i < exact.Length; i += shape.Width) worst = Math.Max(worst, Math.Abs(actual[i] - exact[i]) / (v.Max() - v.Min()));
        }

        return worst;
    }

    public static double[] Doubles(float[] x) => Array.ConvertAll(x, value => (double)value);

    public static double[] Exact(AttentionShape shape, float[] qkv)
    {
        double[] o = new double[shape.OutputLength];
        Truth.Attention.Forward(shape, Doubles(qkv), o);
        return o;
    }

    /// <summary>q, k and v of one head apart, with the scale 1/√d shared out between q and k.</summary>
    public static (double[] Q, double[] K, double[] V) Parts(AttentionShape shape, float[] qkv)
    {
        double root = 1 / Math.Sqrt(Math.Sqrt(shape.HeadSize));
        double[] Part(int part, double scale) =>
            [.. Enumerable.Range(0, shape.OutputLength).Select(i => scale * qkv[(i / shape.Width * 3 * shape.Width) + (part * shape.Width) + (i % shape.Width)])];
        return (Part(0, root), Part(1, root), Part(2, 1));
    }

    public static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static double[][] Rows(double[] x, int d) => [.. x.Chunk(d)];

    private static void ByHand(BookOutput output)
    {
        double[] k = [0.5, -0.5], v = [10, 20];
        ExpPolynomial taylor = ExpPolynomial.Create(1, 2, PolynomialFit.Taylor), best = ExpPolynomial.Create(1, 2);
        MonomialTable table = new(variables: 1, degree: 2);
        StringBuilder text = new("query   exact   Taylor, degree 2   best, degree 2\n");
        foreach (double q in new[] { 1, -1, 2.0 })
        {
            double[] a = [.. k.Select(x => Math.Exp(q * x))];
            double exact = ((a[0] * v[0]) + (a[1] * v[1])) / (a[0] + a[1]);
            text.AppendLine(Line($"{q,5}  {exact,6:F3}   {Polynomial(taylor, q),16:F3}   {Polynomial(best, q),14:F3}"));
        }

        output.Text("linear-by-hand", text.ToString());

        double Polynomial(ExpPolynomial p, double q) => // as many queries as keys: the same one twice
            Chapter11Attention.Forward(table, table.Coefficients(p.Coefficients), [q, q], k, v)[0];
    }

    private static void Check(BookOutput output)
    {
        AttentionShape shape = new(1, 61, 1, 3);
        float[] qkv = Problem(shape, 1, 1.5);
        (double[] q, double[] k, double[] v) = Parts(shape, qkv);
        ExpPolynomial p = ExpPolynomial.Create(Chapter11Attention.Radius(q, k, 3), 6);
        MonomialTable table = new(3, 6);
        double[] coefficients = table.Coefficients(p.Coefficients), m = new double[table.Count], other = new double[table.Count];
        double identity = 0;
        for (int i = 0; i < 61; i++)
        {
            table.Evaluate(q.AsSpan(i * 3, 3), m);
            table.Evaluate(k.AsSpan(i * 3, 3), other);
            double value = p.Evaluate(Chapter11Attention.Dot(q.AsSpan(i * 3, 3), k.AsSpan(i * 3, 3)));
            identity = Math.Max(identity, Math.Abs((Enumerable.Range(0, m.Length).Sum(a => coefficients[a] * m[a] * other[a]) / value) - 1));
        }

        double[] dense = new double[shape.OutputLength], moved = new double[shape.OutputLength], still = new double[shape.OutputLength];
        Truth.PolynomialAttention.Forward(shape, p.Evaluate, Doubles(qkv), dense, keepMeans: true);
        double features = Error(Chapter11Attention.Forward(table, coefficients, q, k, v), dense, shape, qkv);
        Truth.PolynomialAttention.Forward(shape, Math.Exp, Doubles(qkv), moved);
        Truth.PolynomialAttention.Forward(shape, Math.Exp, Doubles(qkv), still, keepMeans: true);

        double[] dO = Doubles(Chapter02.Normal(shape.OutputLength, 1190)), expected = new double[shape.QkvLength];
        Truth.PolynomialAttention.Backward(shape, p.Evaluate, Doubles(qkv), dO, expected, keepMeans: true);
        double root = Math.Sqrt(Math.Sqrt(3));
        double[][] rowsQ = Rows([.. q.Select(x => x * root)], 3), rowsK = Rows([.. k.Select(x => x * root)], 3);
        Truth.AttentionGradientChain chain = new(table, p.Coefficients, rowsQ, rowsK, Rows(v, 3), Rows(dO, 3), 1 / Math.Sqrt(3));
        double[][] fromChain = chain.QueryGradient();
        double factors = Enumerable.Range(0, 61).Max(i => Enumerable.Range(0, 3).Max(c => Math.Abs(fromChain[i][c] - expected[(i * 9) + c])));
        AttentionPlan plan = AttentionPlan.Measure(Cpu.Serial, shape, qkv, new(1e-12, AttentionMode.Polynomial));
        float[] o = new float[shape.OutputLength], dQkv = new float[shape.QkvLength];
        PolynomialAttention.Forward(Cpu.Serial, plan, qkv, o, []);
        PolynomialAttention.Backward(Cpu.Serial, plan, qkv, o, [], [.. dO.Select(x => (float)x)], dQkv);
        double[] exact = new double[shape.QkvLength];
        Truth.Attention.Backward(shape, Doubles(qkv), dO, exact);
        output.Text("linear-check", Line($"""
            n = 61, d = 3, degree 6, double; largest differences
            P(q·k) and its {table.Count} monomials, relative                 {identity:0.0E+0}
            teaching code and the n × n definition                {features:0.0E+0}
            attention with and without recentring                 {Error(moved, still, shape, qkv):0.0E+0}
            chain of factors and the n × n gradient               {factors:0.0E+0}
            library at ε = 1E-12 (degree {plan.Degree}, {plan.Features} features, {plan.Precision}), against exact attention
              output                                              {Error(Doubles(o), Exact(shape, qkv), shape, qkv):0.0E+0}
              gradient, of the largest                            {Relative(Doubles(dQkv), exact):0.0E+0}
            """));
    }

    private static double Relative(double[] actual, double[] exact) => actual.Zip(exact, (a, b) => Math.Abs(a - b)).Max() / exact.Max(Math.Abs);

    private static void Ladder(BookOutput output)
    {
        const int degree = 4, d = 4;
        AttentionShape shape = new(1, 509, 1, d);
        float[] qkv = Problem(shape, 4, 1.5, keepMeans: true);
        double[] exact = Exact(shape, qkv);
        (double[] q, double[] k, double[] v) = Parts(shape, qkv);
        MonomialTable table = new(d, degree);
        List<object[]> rows = [];
        ExpPolynomial taylor = ExpPolynomial.Create(4, degree, PolynomialFit.Taylor);
        double[] powers = taylor.Coefficients.ToArray();
        double[][] wordsQ = [.. q.Chunk(d).Select(x => Chapter11Attention.Words(x, powers))], wordsK = [.. k.Chunk(d).Select(x => Chapter11Attention.Words(x, powers))];
        double[] o = [.. wordsQ.SelectMany(x => Mix([.. wordsK.Select(y => Chapter11Attention.Dot(x, y))], v, d))];
        Row("1 Taylor, every product", wordsQ[0].Length, taylor, o);
        foreach ((string name, PolynomialFit fit) in new[] { ("2 each monomial once", s_fits[0]), ("3a Chebyshev series", s_fits[1]), ("3b least squares", s_fits[2]) })
        {
            ExpPolynomial p = ExpPolynomial.Create(4, degree, fit);
            Row(name, table.Count, p, Chapter11Attention.Forward(table, table.Coefficients(p.Coefficients), q, k, v));
        }

        double[] w = Chapter11Attention.Recentre(q, k, d);
        ExpPolynomial near = ExpPolynomial.Create(Chapter11Attention.Radius(q, k, d), degree);
        Row("4 recentred", table.Count, near, Chapter11Attention.Forward(table, table.Coefficients(near.Coefficients), q, k, v, w));
        AttentionPlan plan = AttentionPlan.Measure(Cpu.Serial, shape, qkv, new(1e-3, AttentionMode.Polynomial, AttentionGradient.None));
        float[] fast = new float[exact.Length];
        PolynomialAttention.Forward(Cpu.Serial, plan, qkv, fast, []);
        Row("5 degree for ε = 10⁻³ (library, float)", plan.Features, plan.Polynomial!, Doubles(fast));
        output.Table("linear-ladder",
            [
                new("rung"), new("features r", "N0"), new("degree g", "0"), new("R", "F2"), new("ε of a weight", "0.0E+0"),
                new("bound of the output", "0.0E+0"), new("worst keys", "0.0E+0"), new("these keys", "0.0E+0"),
            ], rows);
        output.Numbers("linear-ladder-numbers", ("recentred", near.Radius), ("gain", ExpPolynomial.Create(4, degree).RelativeError / near.RelativeError));

        void Row(string name, int features, ExpPolynomial p, double[] values)
        {
            double error = Error(values, exact, shape, qkv), bound = p.RelativeError < 1 ? p.RelativeError / (1 - p.RelativeError) / 2 : double.PositiveInfinity;
            double worst = Worst(p);
            Require(error <= bound + 1e-6 && error <= worst + 1e-6 && worst <= bound, name);
            rows.Add([name, features, p.Degree, p.Radius, p.RelativeError, double.IsFinite(bound) ? bound : "none", double.IsFinite(worst) ? worst : "any", error]);
        }
    }

    // Two groups of keys, where P/e^x is largest and where it is least, as many in each as harm most: f·a/(f·a + (1 − f)·b) − f.
    private static double Worst(ExpPolynomial p)
    {
        double[] ratios = [.. Enumerable.Range(0, 4001).Select(i => p.Radius * ((i / 2000.0) - 1)).Select(x => p.Evaluate(x) * Math.Exp(-x))];
        (double a, double b) = (Math.Sqrt(ratios.Max()), Math.Sqrt(ratios.Min()));
        return double.IsNaN(b) || b == 0 ? double.PositiveInfinity : (a - b) / (a + b); // a negative weight knows no limit
    }

    private static double[] Mix(double[] weights, double[] v, int d) =>
        [.. Enumerable.Range(0, d).Select(c => Enumerable.Range(0, weights.Length).Sum(j => weights[j] * v[(j * d) + c]) / weights.Sum())];

    private static void Polynomials(BookOutput output)
    {
        List<Curve> byDegree = [], byRadius = [];
        double[] radii = [0.5, 1, 2, 4, 8], degrees = [.. Enumerable.Range(0, 21).Select(g => (double)g)];
        for (int i = 0; i < radii.Length; i++)
        {
            byDegree.Add(new(Line($"R = {radii[i]}"), degrees, [.. degrees.Select(g => ExpPolynomial.Create(radii[i], (int)g).RelativeError)]) { Color = PlotColor.Blue + i, Mark = CurveMark.LineAndPoints });
            byDegree.Add(new("", degrees, [.. degrees.Select(g => Floored(ExpPolynomial.Bound(radii[i], (int)g)))]) { Color = PlotColor.Blue + i, Mark = CurveMark.Dashed });
        }

        output.Figure("linear-degree", new LineChart
        {
            Title = "Relative error of the fitted polynomial for e^x on [-R, R]",
            Subtitle = "Dots: certified error. Dashed: the rule 2(R/2)^(g+1)/(g+1)!",
            X = new Axis("degree g"),
            Y = new Axis("relative error", AxisScale.Log) { Minimum = 1e-15, Maximum = 1e4 },
            Curves = byDegree,
        }.ToSvg());

        double[] places = [.. Enumerable.Range(1, 32).Select(i => i / 4.0)];
        foreach ((string name, PolynomialFit fit) in new[] { ("Taylor", s_fits[0]), ("Chebyshev series", s_fits[1]), ("least squares", s_fits[2]) })
            byRadius.Add(new(name, places, [.. places.Select(r => ExpPolynomial.Create(r, 6, fit).RelativeError)]) { Color = PlotColor.Orange + byRadius.Count });
        byRadius.Add(new("the rule", places, [.. places.Select(r => ExpPolynomial.Bound(r, 6))]) { Color = PlotColor.Ink, Mark = CurveMark.Dashed });
        output.Figure("linear-radius", new LineChart
        {
            Title = "Three polynomials of degree 6 in the place of e^x",
            Subtitle = "Above the line at 1 an error says nothing: the polynomial may be negative.",
            X = new Axis("R, the bound of all scores"),
            Y = new Axis("relative error", AxisScale.Log) { Minimum = 1e-8 },
            Curves = byRadius,
            References = [new ReferenceLine("error", 1)],
        }.ToSvg());

        double[] ratios = [.. new[] { 0.25, 0.5, 1, 2, 3, 4, 6, 8 }.SelectMany(r => Enumerable.Range(1, 20).Select(g => (r, g)))
            .Where(x => ExpPolynomial.Bound(x.r, x.g) > 1e-7).Select(x => ExpPolynomial.Create(x.r, x.g).RelativeError / ExpPolynomial.Bound(x.r, x.g))];
        output.Numbers("linear-rule", ("cases", ratios.Length), ("least", ratios.Min()), ("most", ratios.Max()));
    }

    private static double Floored(double error) => error > 1e-15 ? error : double.NaN;

    private static void Certificates(BookOutput output)
    {
        List<(double Certified, double Measured)>[] found = [[], []];
        int key = 10;
        foreach (int d in new[] { 2, 4, 8 })
        {
            foreach (double radius in new[] { 0.5, 1, 2, 4 })
            {
                foreach (double error in new[] { 1e-1, 1e-2, 1e-3, 1e-4 })
                {
                    AttentionShape shape = new(1, 127, 1, d);
                    if (AttentionPlan.ForRadius(shape, radius, new(error)).Reason is PlanReason.TooManyFeatures) continue;
                    for (int kind = 0; kind < 2; kind++)
                    {
                        float[] qkv = Problem(shape, radius, key: key++);
                        if (kind == 1) Oppose(qkv, shape, radius);
                        AttentionPlan plan = AttentionPlan.Measure(Cpu.Serial, shape, qkv, new(error, AttentionMode.Polynomial, AttentionGradient.None));
                        float[] o = new float[shape.OutputLength];
                        PolynomialAttention.Forward(Cpu.Serial, plan, qkv, o, []);
                        found[kind].Add((plan.OutputError, Error(Doubles(o), Exact(shape, qkv), shape, qkv)));
                    }
                }
            }
        }

        double[] line = [1e-6, 0.1];
        output.Figure("linear-certificate", new LineChart
        {
            Title = "What was certified before, and what was measured",
            Subtitle = "Largest error of an output over the range of the values; n = 127, float kernel.",
            X = new Axis("certified", AxisScale.Log),
            Y = new Axis("measured", AxisScale.Log),
            Curves =
            [
                new("normal queries and keys", [.. found[0].Select(x => x.Certified)], [.. found[0].Select(x => x.Measured)]) { Mark = CurveMark.Points, Color = PlotColor.Blue },
                new("all scores ±R", [.. found[1].Select(x => x.Certified)], [.. found[1].Select(x => x.Measured)]) { Mark = CurveMark.Points, Color = PlotColor.Orange },
                new("equal", line, line) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
            ],
        }.ToSvg());
        double[] Shares(int kind) => [.. found[kind].Select(x => x.Measured / x.Certified).Order()];
        Require(Shares(0)[^1] <= 1 && Shares(1)[^1] <= 1, "the certificate");
        output.Numbers("linear-certificate-numbers", ("cases", found[0].Count + found[1].Count), ("median", Shares(0)[found[0].Count / 2]), ("largest", Shares(0)[^1]), ("opposed", Shares(1)[^1]));
    }

    // Queries and keys ±u of one length: every score is R or −R, and the mean is nearly 0.
    private static void Oppose(float[] qkv, AttentionShape shape, double radius)
    {
        float size = (float)Math.Sqrt(radius * Math.Sqrt(shape.HeadSize) / shape.HeadSize * (1 - 1e-6));
        for (int i = 0; i < shape.Tokens; i++)
        {
            for (int c = 0; c < 2 * shape.Width; c++) qkv[(i * 3 * shape.Width) + c] = i % 2 == 0 ? size : -size;
            for (int c = 2 * shape.Width; c < 3 * shape.Width; c++) qkv[(i * 3 * shape.Width) + c] = i % 2; // the worst of values: 0 here, 1 there
        }
    }

    private static void Gradients(BookOutput output)
    {
        AttentionShape shape = new(1, 61, 1, 4);
        double[] dO = Doubles(Chapter02.Normal(shape.OutputLength, 1191)), exact = new double[shape.QkvLength];
        List<object[]> rows = [];
        foreach ((double radius, int degree) in new[] { (1.0, 4), (2.0, 4), (2.0, 6), (4.0, 8) })
        {
            double[] qkv = Doubles(Problem(shape, radius)), chain = new double[exact.Length], own = new double[exact.Length];
            ExpPolynomial p = ExpPolynomial.Create(radius * 1.0001, degree);
            Array.Clear(exact);
            Truth.Attention.Backward(shape, qkv, dO, exact);
            Truth.PolynomialAttention.Backward(shape, p.Evaluate, qkv, dO, chain);
            Truth.PolynomialAttention.Surrogate(shape, p.Evaluate, p.Derivative, qkv, dO, own);
            double slope = Enumerable.Range(0, 2001).Select(i => p.Radius * ((i / 1000.0) - 1)).Max(x => Math.Abs((p.Derivative(x) * Math.Exp(-x)) - 1));
            rows.Add([radius, degree, p.RelativeError, slope, MonomialTable.CountOf(4, degree + 1), MonomialTable.CountOf(4, degree), Relative(chain, exact), Relative(own, exact)]);
        }

        output.Table("linear-gradients",
            [
                new("R", "0.#"), new("g", "0"), new("error of P", "0.0E+0"), new("error of P′", "0.0E+0"), new("features of G", "0"), new("features of P", "0"),
                new("gradient through G", "0.0E+0"), new("gradient of the surrogate", "0.0E+0"),
            ], rows);
    }

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"{what}: the check of this chapter fails.");
    }
}
