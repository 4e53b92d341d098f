// The second half of chapter 11's experiments: where features pay (exponents, break-even lengths), what the papers
// print, bounded scores in a model, and failures.

using System.Text;
using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.Reporting;
using Truth = PureDit.Kernels.Reference;

namespace PureDit.Book;

internal static class Chapter11Limits
{
    public static void Run(BookOutput output)
    {
        Phases(output);
        BreakEven(output);
        Errata(output);
        Bounded(output);
        Training(output);
        Failures(output);
        Exercise(output);
    }

    // r = C(d+g, g) as a power of n, with d = ln n, ε = 1/n and the rule's degree.
    private static double Exponent(double n, double radius)
    {
        int d = (int)Math.Round(Math.Log(n)), g = 0;
        while (ExpPolynomial.Bound(radius, g) > 1 / n) g++;
        return Math.Log(MonomialTable.CountOf(d, g)) / Math.Log(n);
    }

    private static void Phases(BookOutput output)
    {
        double[] powers = [.. Enumerable.Range(8, 33).Select(p => (double)p)];
        (string Name, Func<double, double> Radius, PlotColor Color, CurveMark Mark)[] lines =
        [
            ("R = ½", _ => 0.5, PlotColor.Blue, CurveMark.Dashed), ("R = 1", _ => 1, PlotColor.Blue, CurveMark.Line), ("R = 2", _ => 2, PlotColor.Blue, CurveMark.LineAndPoints),
            ("R = ½ ln n", n => Math.Log(n) / 2, PlotColor.Orange, CurveMark.Dashed), ("R = ln n", Math.Log, PlotColor.Orange, CurveMark.Line),
        ];
        output.Figure("linear-phases", new LineChart
        {
            Title = "Features as a power of the length, r = n^e",
            Subtitle = "d = ln n (rounded) and ε = 1/n; degrees by the rule. Steps come from rounding d and g.",
            X = new Axis("log2 of the length n"),
            Y = new Axis("exponent e") { Minimum = 0.5, Maximum = 2 },
            Curves = [.. lines.Select(l => new Curve(l.Name, powers, [.. powers.Select(p => Exponent(Math.Pow(2, p), l.Radius(Math.Pow(2, p))))]) { Color = l.Color, Mark = l.Mark })],
            References = [new ReferenceLine("r = n, nothing won, e =", 1)],
        }.ToSvg());
    }

    private static void BreakEven(BookOutput output)
    {
        List<object[]> rows = [];
        foreach (int d in new[] { 1, 2, 4, 8, 16, 32, 64 })
            rows.Add([d, .. new[] { 0.5, 1, 2, 4 }.Select(r => Cell(d, r, 1e-2)), .. new[] { 1.0, 2 }.Select(r => Cell(d, r, 1e-3))]);
        output.Table("linear-break-even", [new("d", "0"), new("ε = 10⁻²: R = ½"), new("R = 1"), new("R = 2"), new("R = 4"), new("ε = 10⁻³: R = 1"), new("R = 2")], rows);

        static object Cell(int d, double radius, double error)
        {
            AttentionShape shape = new(1, 1, 1, d);
            AttentionPlan forward = AttentionPlan.ForRadius(shape, radius, new(error, Gradient: AttentionGradient.None)), both = AttentionPlan.ForRadius(shape, radius, new(error));
            return forward.Features == 0 ? "-" : Chapter11Figures.Line($"{forward.Features:N0}: {forward.Crossover:N0} / {(both.Features == 0 ? "-" : both.Crossover.ToString("N0", System.Globalization.CultureInfo.InvariantCulture))}");
        }
    }

    // The gradient of ½|f·h − E|² with respect to X, f = softmax of s·A1·X·A2ᵀ: as printed and as it must be.
    private static void Errata(BookOutput output)
    {
        const int n = 7, d = 3;
        const double s = 1.0 / d, step = 1e-5;
        double[] all = Chapter11Figures.Doubles(Chapter02.Normal((4 * n * d) + (d * d), 1195));
        double[] a1 = all[..21], a2 = all[21..42], h = all[42..63], target = all[63..84], x = all[84..];
        double[] truth = new double[d * d];
        for (int i = 0; i < truth.Length; i++)
        {
            double at = x[i];
            x[i] = at + step;
            double above = Loss();
            x[i] = at - step;
            truth[i] = (above - Loss()) / (2 * step);
            x[i] = at;
        }

        double[] f = F(), c = Residual(f), q = Product(c, h, n, d, n, true), swapped = Product(h, c, n, d, n, true);
        double[] r = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Sum(j => f[(i * n) + j] * q[(i * n) + j]))];
        double[] rSwapped = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Sum(j => f[(i * n) + j] * swapped[(i * n) + j]))];
        double[] right = P((i, j) => f[(i * n) + j] * (q[(i * n) + j] - r[i]));
        double[] columns = [.. Enumerable.Range(0, n).Select(j => Enumerable.Range(0, n).Sum(i => f[(i * n) + j]))];
        output.Table("linear-errata", [new("formula"), new("printed"), new("computed here"), new("gradient as printed, off by", "0.0E+0")],
        [
            ["correct in all places", "", "p = f ∘ (c·hᵀ) − diag(r)·f, times s", Off(right, s)],
            ["p₂ (G.7; D.5 in 2402.04497)", "f·diag(r)", "diag(r)·f", Off(P((i, j) => f[(i * n) + j] * (q[(i * n) + j] - r[j])), s)],
            ["q (D.3 in 2402.04497)", "h·cᵀ", "c·hᵀ", Off(P((i, j) => f[(i * n) + j] * (swapped[(i * n) + j] - rSwapped[i])), s)],
            ["scale s of the scores", "lost on the way", "kept in front of p", Off(right, 1)],
        ]);
        output.Numbers("linear-errata-numbers", ("least", columns.Min()), ("most", columns.Max()));

        double[] P(Func<int, int, double> entry) => [.. Enumerable.Range(0, n * n).Select(k => entry(k / n, k % n))];

        double Off(double[] p, double scale)
        {
            double[] gradient = Product(a1, Product(p, a2, n, n, d, false), d, n, d, false, true);
            return gradient.Zip(truth, (g, t) => Math.Abs((scale * g) - t)).Max() / truth.Max(Math.Abs);
        }

        double[] F()
        {
            double[] scores = Product(Product(a1, x, n, d, d, false), a2, n, d, n, true);
            for (int i = 0; i < scores.Length; i++) scores[i] *= s;
            double[] rows = new double[n * n];
            Truth.Softmax.Forward(scores, n, n, rows);
            return rows;
        }

        double[] Residual(double[] weights) => [.. Product(weights, h, n, n, d, false).Zip(target, (o, e) => o - e)];

        double Loss() => Residual(F()).Sum(v => v * v) / 2;
    }

    // op(a)[m, k]·op(b)[k, n]
    private static double[] Product(double[] a, double[] b, int m, int k, int n, bool transposeB, bool transposeA = false)
    {
        double[] c = new double[m * n];
        for (int i = 0; i < c.Length; i++)
            for (int j = 0; j < k; j++) c[i] += a[transposeA ? (j * m) + (i / n) : ((i / n) * k) + j] * b[transposeB ? ((i % n) * k) + j : (j * n) + (i % n)];
        return c;
    }

    private static void Bounded(BookOutput output)
    {
        AttentionSettings settings = new(AttentionMode.Polynomial, Error: 1e-3, LargestScore: 2);
        AttentionShape shape = new(1, 509, 2, 4);
        List<object[]> rows = [];
        foreach (double factor in new[] { 0.1, 1, 10, 1000 })
        {
            float[] qkv = Chapter02.Normal(shape.QkvLength, 1196), bounded = new float[qkv.Length], o = new float[shape.OutputLength];
            for (int i = 0; i < qkv.Length; i++) if (i / shape.Width % 3 < 2) qkv[i] *= (float)factor;
            QueryKeyNorm.Forward(Cpu.Serial, shape, qkv, [100, 100], [100, 100], settings.LargestGain(4), bounded);
            AttentionPlan plan = settings.PlanFor(shape);
            PolynomialAttention.Forward(Cpu.Serial, plan, bounded, o, []);
            rows.Add(
            [
                factor, PolynomialAttention.Radius(Cpu.Serial, shape, qkv), PolynomialAttention.Radius(Cpu.Serial, shape, bounded),
                plan.OutputError, Chapter11Figures.Error(Chapter11Figures.Doubles(o), Chapter11Figures.Exact(shape, bounded), shape, bounded),
            ]);
        }

        output.Table("linear-bounded", [new("q and k times", "0.#"), new("R as they come", "G3"), new("R behind the norm", "F2"), new("certified", "0.0E+0"), new("measured", "0.0E+0")], rows);
    }

    private static void Training(BookOutput output)
    {
        DiTConfig plain = new(new SequenceLayout(96, 3), Width: 16, Depth: 2, Heads: 4);
        double[] exact = Losses(AttentionMode.Exact, 1e-3), loose = Losses(AttentionMode.Polynomial, 0.1), usual = Losses(AttentionMode.Polynomial, 1e-3);
        output.Numbers("linear-training", ("steps", exact.Length), ("loose", Apart(loose)), ("usual", Apart(usual)));

        double Apart(double[] losses) => losses.Zip(exact, (a, b) => Math.Abs(a - b) / b).Max();

        double[] Losses(AttentionMode mode, double error)
        {
            const int samples = 8;
            DiT model = new(plain with { Attention = new AttentionSettings(mode, error, LargestScore: 2) }, seed: 11);
            foreach (Parameter p in model.Parameters.Parameters) // a fresh DiT predicts 0 and its attention is gated off
            {
                if (!p.IsTrained) continue;
                float[] values = Chapter02.Normal(p.Shape.Count, 1200 + p.Index);
                for (int i = 0; i < values.Length; i++) p.Data[i] = values[i] * (p.Shape.Rank == 1 ? 0.3f : 0.5f / MathF.Sqrt(p.Shape.Count / p.Shape[0]));
            }

            Shape shape = new(samples, plain.Input.Tokens, plain.Input.DataChannels);
            float[] x = Chapter02.Normal(shape.Count, 1197), wanted = Chapter02.Normal(shape.Count, 1198), times = [.. Enumerable.Range(1, samples).Select(i => 100f * i)];
            for (int i = 0; i < wanted.Length; i++) wanted[i] = (0.5f * wanted[i]) + x[i];
            model.Parameters.EnableTraining();
            Tape tape = new(Cpu.Serial, record: true);
            double[] losses = new double[40];
            for (int step = 0; step < losses.Length; step++)
            {
                model.Parameters.ZeroGradients();
                tape.Begin();
                Variable loss = tape.MeanSquaredError(model.Forward(tape, tape.Input(shape, x), times, []), tape.Input(shape, wanted));
                losses[step] = loss.Data[0];
                tape.Backward(loss);
                Elementwise.Axpy(Cpu.Serial, -0.05f, model.Parameters.Trained(ParameterBlock.Gradients), model.Parameters.Trained(ParameterBlock.Weights));
            }

            return losses;
        }
    }

    private static void Failures(BookOutput output)
    {
        AttentionShape wide = new(1, 256, 1, 64), narrow = new(1, 256, 1, 4);
        float[] raw = Chapter02.Normal(wide.QkvLength, 1199), calm = Chapter11Figures.Problem(narrow, 1, key: 90), o = new float[narrow.OutputLength];
        AttentionPlan plan = AttentionPlan.Measure(Cpu.Serial, narrow, calm, new(1e-3, AttentionMode.Polynomial));
        StringBuilder text = new();
        text.AppendLine(AttentionPlan.Measure(Cpu.Serial, wide, raw, new(1e-2)).ToString());
        Say(() => AttentionPlan.Measure(Cpu.Serial, wide, raw, new(1e-2, AttentionMode.Polynomial)));
        Say(() => AttentionPlan.ForRadius(wide, 2, new(1e-3, AttentionMode.Polynomial)));
        for (int i = 0; i < calm.Length; i++) calm[i] *= 2;
        Say(() => PolynomialAttention.Forward(Cpu.Serial, plan, calm, o, []));
        output.Text("linear-break-radius", text.ToString());

        Rounding(output);

        void Say(Action wrong)
        {
            try
            {
                wrong();
                throw new InvalidOperationException("expected a refusal.");
            }
            catch (ArgumentException refusal)
            {
                text.AppendLine(refusal.Message);
            }
        }
    }

    // The smallest weight, e^{-R}: q = x and k = -x, summed over monomials in float and in double.
    private static void Rounding(BookOutput output)
    {
        List<object[]> rows = [];
        foreach (double radius in new double[] { 1, 2, 4, 6, 8 })
        {
            int degree = 0;
            while (ExpPolynomial.Create(radius, degree).RelativeError > 1e-7) degree++;
            ExpPolynomial p = ExpPolynomial.Create(radius, degree);
            MonomialTable table = new(3, degree);
            double[] coefficients = table.Coefficients(p.Coefficients), m = new double[table.Count], x = new double[3];
            double inFloat = 0, inDouble = 0;
            for (int trial = 0; trial < 200; trial++)
            {
                new Philox(11, PhiloxStream.Data).FillNormal(0, trial, x);
                double length = Math.Sqrt(Chapter11Attention.Dot(x, x) / radius);
                for (int c = 0; c < 3; c++) x[c] /= length;
                table.Evaluate(x, m);
                float single = 0;
                double wide = 0;
                for (int a = 0; a < m.Length; a++)
                {
                    int power = Enumerable.Range(0, degree + 1).First(g => a < table.CountUpTo(g));
                    double other = power % 2 == 0 ? m[a] : -m[a];
                    single += (float)coefficients[a] * (float)m[a] * (float)other;
                    wide += coefficients[a] * m[a] * other;
                }

                inFloat = Math.Max(inFloat, Math.Abs((single * Math.Exp(radius)) - 1));
                inDouble = Math.Max(inDouble, Math.Abs((wide * Math.Exp(radius)) - 1));
            }

            rows.Add([radius, degree, p.Condition, Math.Exp(2 * radius), inFloat, inDouble]);
        }

        output.Table("linear-rounding",
            [new("R", "0"), new("g", "0"), new("Σ|a_k|R^k / least P", "0.0E+0"), new("e^2R", "0.0E+0"), new("float", "0.0E+0"), new("double", "0.0E+0")], rows);
    }

    private static void Exercise(BookOutput output)
    {
        Chapter11Attention.SeesOnlyThePast(Chapter11Attention.Causal);
        string said = "passes";
        try
        {
            Chapter11Attention.SeesOnlyThePast(Chapter11Attention.CausalStarter);
        }
        catch (InvalidOperationException problem)
        {
            said = "fails: " + problem.Message;
        }

        output.Text("linear-exercise", $"CausalStarter: {said}\nCausal:        passes");
    }
}
