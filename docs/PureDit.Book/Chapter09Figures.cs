// Experiments of chapter 9: two frames by hand, the iteration against its polynomial, steps against condition, what a
// band costs, kernels from ReLUs, products from ReLUs, and the size of the network that comes out.

using System.Globalization;
using System.Text;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.GaussianProcess.Unrolled;
using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Book;

public sealed class Chapter09Figures : IChapter
{
    private static readonly UnrolledMethod[] s_methods = Enum.GetValues<UnrolledMethod>();
    private static readonly string[] s_names = ["gradient descent", "heavy ball", "Chebyshev"];

    public string Name => "09-unrolling";

    public void Run(BookOutput output)
    {
        ByHand(output);
        Check(output);
        Methods(output);
        Decay(output);
        Bands(output);
        Kernels(output);
        Products(output);
        Floor(output);
        Size(output);
        Failures(output);
        PreviousFrame.Require(PreviousFrame.Layer);
        Chapter09Constructed.Run(output);
    }

    private static GaussianSequence Process(int frames, double nu, double ell) => new(
        frames, 4, mean: [], new ExponentialPower(nu, ell).Matrix(frames), new ExponentialPower(1, -1 / Math.Log(0.6)).Matrix(4));

    private static ScoreObjective At(GaussianSequence process, double time, int? bandwidth = null) =>
        new(new TruncatedProcess(process, bandwidth), NoiseLevel.FromTime(time));

    private static double[] Sample(GaussianSequence process, int key)
    {
        double[] x = new double[process.Size];
        new Philox(9, PhiloxStream.Evaluation).FillNormal(0, key, x);
        return x;
    }

    private static double[] Minimiser(ScoreObjective objective, double[] x)
    {
        double[] c = new double[x.Length], score = new double[x.Length];
        objective.Centre(x, c);
        objective.Minimiser(c, score);
        return score;
    }

    private static void ByHand(BookOutput output)
    {
        GaussianSequence two = new(2, 1, mean: [], [1, 0.5, 0.5, 1], [1]);
        ScoreObjective objective = new(new TruncatedProcess(two), NoiseLevel.FromAlphaBar(0.5));
        StringBuilder text = new("step   frame 1   frame 2\n");
        GradientUnrolling.Run(objective, UnrolledSchedule.For(UnrolledMethod.GradientDescent, objective, 5), [1, 0], (k, s) =>
            text.Append(CultureInfo.InvariantCulture, $"{k,4}  {s[0],8:F5}  {s[1],8:F5}\n"));
        double[] exact = Minimiser(objective, [1, 0]);
        text.Append(CultureInfo.InvariantCulture, $"exact {exact[0],8:F5}  {exact[1],8:F5}\n");
        output.Text("unrolling-hand", text.ToString());
    }

    private static void Check(BookOutput output)
    {
        double form = 0, slope = 0, levels = 0;
        foreach ((double nu, double ell) in new[] { (1.0, 1.0), (1.0, 4.0), (2.0, 1.0), (2.0, 2.0) })
        {
            foreach (double time in new[] { 0.01, 0.1, 1 })
            {
                GaussianSequence process = Process(32, nu, ell);
                ScoreObjective objective = At(process, time);
                UnrolledSchedule schedule = UnrolledSchedule.For(UnrolledMethod.GradientDescent, objective, 100);
                double[] x = Sample(process, 1), c = new double[x.Length], expected = new double[x.Length], exact = Minimiser(objective, x);
                double eta = 2 / (objective.Smallest + objective.Largest), norm = Math.Sqrt(Dense.SquaredNorm(exact));
                objective.Centre(x, c);
                GradientUnrolling.Run(objective, schedule, x, (k, s) =>
                {
                    objective.Apply(lambda => -(1 - Math.Pow(1 - (eta * lambda), k)) / lambda, c, expected);
                    form = Math.Max(form, Distance(s.ToArray(), expected) / norm);
                });
                double[] worst = new double[x.Length];
                GradientUnrolling.WorstCase(objective, largest: false, worst);
                double[] errors = GradientUnrolling.Errors(objective, schedule, worst, Minimiser(objective, worst));
                int last = Array.FindLastIndex(errors, e => e > 1e-9);
                double ratio = Math.Log(errors[last]) / last / Math.Log((objective.ConditionNumber - 1) / (objective.ConditionNumber + 1));
                slope = Math.Max(slope, Math.Abs(ratio - 1));
                foreach (KernelHeads heads in Enum.GetValues<KernelHeads>())
                {
                    UnrolledTransformer network = new(objective.Process, new UnrolledOptions { Earliest = objective.Level, Steps = 40, Heads = heads });
                    double[] zero = GradientUnrolling.Run(objective, UnrolledSchedule.For(UnrolledMethod.GradientDescent, objective, 40), x).Score;
                    levels = Math.Max(levels, Distance(network.Score(objective.Level, x), zero) / norm);
                }
            }
        }

        Require(form < 1e-10 && slope < 0.02 && levels < 1e-9, "the unrolling");
        output.Text("unrolling-check", Invariant($"""
            N = 32, d = 4; ν = 1 and 2, ℓ = 1 to 4, t = 0.01, 0.1, 1; largest over all of them:
              iteration against its polynomial, 100 steps, over |s|   {form:0.0e-0}
              fitted rate on the worst input against ln ((κ-1)/(κ+1))   {slope:0.0e-0}
              transformer (gates) against the iteration, 40 steps, over |s|   {levels:0.0e-0}
            """));
    }

    private static void Methods(BookOutput output)
    {
        GaussianSequence process = Process(32, 1, 4);
        ScoreObjective objective = At(process, 0.1);
        double[] x = Sample(process, 2), exact = Minimiser(objective, x);
        List<Curve> curves = [];
        for (int m = 0; m < s_methods.Length; m++)
        {
            double[] errors = GradientUnrolling.Errors(objective, UnrolledSchedule.For(s_methods[m], objective, 200), x, exact);
            curves.Add(new Curve(s_names[m], Places(errors), Floored(errors)) { Color = PlotColor.Blue + m });
        }

        output.Figure("unrolling-methods", new LineChart
        {
            Title = "Error of the score against the number of steps",
            Subtitle = Invariant($"N = 32, d = 4, ν = 1, ℓ = 4, t = 0.1, κ = {objective.ConditionNumber:F0}; one random x."),
            X = new Axis("steps K"),
            Y = new Axis("relative error", AxisScale.Log),
            Curves = curves,
        }.ToSvg());

        List<IReadOnlyList<object>> rows = [];
        foreach (double kappa in new double[] { 4, 16, 64, 256, 1024 })
        {
            int[] steps = Array.ConvertAll(s_methods, m => UnrolledSchedule.StepsFor(m, kappa, 1e-3));
            rows.Add([kappa, steps[0], 0.5 * (kappa + 1) * Math.Log(1e3), steps[1], steps[2], 0.5 * Math.Sqrt(kappa) * Math.Log(2e3)]);
        }

        output.Table("unrolling-steps",
            [new("κ", "F0"), new("gradient descent", "F0"), new("½(κ+1) ln 10³", "F1"), new("heavy ball", "F0"), new("Chebyshev", "F0"), new("½√κ ln(2·10³)", "F1")], rows);
    }

    private static void Decay(BookOutput output)
    {
        List<Curve> curves = [];
        int color = 0;
        foreach (double ell in new double[] { 1, 4, 16 })
        {
            GaussianSequence process = Process(32, 1, ell);
            ScoreObjective objective = At(process, 0.1);
            double[] x = Sample(process, 3);
            double[] errors = GradientUnrolling.Errors(objective, UnrolledSchedule.For(UnrolledMethod.GradientDescent, objective, 200), x, Minimiser(objective, x));
            curves.Add(new Curve(Invariant($"ℓ = {ell}, κ = {objective.ConditionNumber:F0}"), Places(errors), Floored(errors)) { Color = PlotColor.Blue + color++ });
        }

        output.Figure("unrolling-decay", new LineChart
        {
            Title = "Gradient descent for three lengths of memory",
            Subtitle = "N = 32, d = 4, ν = 1, t = 0.1. A longer memory needs more layers.",
            X = new Axis("steps K"),
            Y = new Axis("relative error", AxisScale.Log),
            Curves = curves,
        }.ToSvg());
    }

    private static void Bands(BookOutput output)
    {
        List<IReadOnlyList<object>> rows = [];
        foreach ((double nu, double ell) in new[] { (1.0, 2.0), (2.0, 4.0) })
        {
            GaussianSequence process = Process(24, nu, ell);
            double[] x = Sample(process, 4), exact = new double[x.Length];
            process.Score(NoiseLevel.FromTime(0.1), x, exact);
            foreach (int band in new[] { 1, 2, 4, 8, 16 })
            {
                ScoreObjective objective = At(process, 0.1, band);
                object error = "no score", bound = "-";
                if (objective.Smallest > 0)
                {
                    bound = objective.Process.ScoreErrorBound(objective.Level);
                    error = Dense.RelativeError(Minimiser(objective, x), exact);
                    Require((double)error <= (double)bound + 1e-12, "the bound of truncation");
                }

                rows.Add([Invariant($"ν = {nu}, ℓ = {ell}"), band, objective.Process.RemovedNorm, objective.Process.TemporalEigen.Values[0], objective.Smallest, error, bound]);
            }
        }

        output.Table("unrolling-bands",
            [new("kernel"), new("J", "0"), new("‖Γ − Γ̄‖", "0.0e-0"), new("λmin(Γ̄)", "F4"), new("λmin(Ā)", "F4"), new("error", "0.0e-0"), new("bound", "0.0e-0")], rows);
    }

    private static void Kernels(BookOutput output)
    {
        CirclePositions positions = new(8);
        double[] lags = [.. Enumerable.Range(0, 8).Select(m => Math.Exp(-m / 2.0))], only = new double[8];
        only[2] = 1;
        IReadOnlyList<ReluTerm> trapezoid = ReluExpansion.Of(KernelHeads.Trapezoids, positions, only);
        IReadOnlyList<ReluTerm> all = ReluExpansion.Of(KernelHeads.Trapezoids, positions, lags), lines = ReluExpansion.Of(KernelHeads.PiecewiseLinear, positions, lags);
        double low = positions.InnerProduct(7), high = positions.InnerProduct(0);
        double[] z = [.. Enumerable.Range(0, 801).Select(i => low + ((high - low) * i / 800))], knots = [.. Enumerable.Range(0, 8).Select(positions.InnerProduct)];
        output.Figure("unrolling-kernel", new LineChart
        {
            Title = "A kernel from ReLUs of an inner product",
            Subtitle = "Eight frames. z takes the values of the dots only; between them the two differ.",
            X = new Axis("z = ⟨e_i, e_j⟩"),
            Y = new Axis("value"),
            Curves =
            [
                new("one trapezoid, lag 2: 4 heads", z, [.. z.Select(v => ReluExpansion.At(trapezoid, v))]) { Color = PlotColor.Blue, Mark = CurveMark.Dashed },
                new(Invariant($"all trapezoids: {all.Count} heads"), z, [.. z.Select(v => ReluExpansion.At(all, v))]) { Color = PlotColor.Blue },
                new(Invariant($"piecewise linear: {lines.Count} heads"), z, [.. z.Select(v => ReluExpansion.At(lines, v))]) { Color = PlotColor.Orange },
                new("γ at the eight lags", knots, lags) { Color = PlotColor.Ink, Mark = CurveMark.Points },
            ],
        }.ToSvg());

        List<IReadOnlyList<object>> rows = [];
        foreach (int frames in new[] { 16, 64 })
        {
            foreach (KernelHeads heads in Enum.GetValues<KernelHeads>())
            {
                CirclePositions circle = new(frames);
                double[] gamma = [.. Enumerable.Range(0, frames).Select(m => Math.Exp(-m / 4.0))];
                IReadOnlyList<ReluTerm> terms = ReluExpansion.Of(heads, circle, gamma);
                double inDouble = 0, inFloat = 0;
                for (int m = 0; m < frames; m++)
                {
                    double inner = circle.InnerProduct(m);
                    float sum = 0;
                    foreach (ReluTerm t in terms) sum += (float)t.Coefficient * MathF.Max(0, ((float)t.Slope * (float)inner) + (float)t.Offset);
                    inDouble = Math.Max(inDouble, Math.Abs(ReluExpansion.At(terms, inner) - gamma[m]));
                    inFloat = Math.Max(inFloat, Math.Abs(sum - gamma[m]));
                }

                rows.Add([frames, heads == KernelHeads.Trapezoids ? "trapezoids" : "piecewise linear", terms.Count, inDouble, inFloat]);
            }
        }

        output.Table("unrolling-heads", [new("N", "0"), new("construction"), new("heads", "0"), new("error, double", "0e-0"), new("error, float", "0e-0")], rows);
    }

    private static void Products(BookOutput output)
    {
        List<IReadOnlyList<object>> rows = [];
        double before = 0;
        foreach (int m in new[] { 1, 2, 3, 4, 6, 8, 10 })
        {
            (double deep, double wide) = (Worst(new SawtoothProducts(m)), Worst(new SplineProducts(1 << m)));
            Require(deep <= Math.Pow(4, -(m + 1)) * (1 + 1e-9), "the bound of a product");
            rows.Add([m, m + 1, 1 << m, deep, wide, Math.Pow(4, -(m + 1)), before == 0 ? "-" : Math.Pow(before / deep, 1.0 / (m - (int)rows[^1][0]))]);
            before = deep;
        }

        output.Table("unrolling-products",
            [new("m", "0"), new("layers, deep", "0"), new("pieces, wide", "0"), new("worst, deep", "0.00e-0"), new("worst, wide", "0.00e-0"), new("4^-(m+1)", "0.00e-0"), new("gain per layer", "F3")], rows);

        static double Worst(IProductModule module)
        {
            IReadOnlyList<ITokenLayer> layers = module.Build(5, new TokenUpdate([new SlotProduct(2, 1, 0, 1, [new(1, 1)], 1)], []), 3);
            double worst = 0;
            for (int i = 0; i <= 4096; i++)
            {
                double y = ((i * 0.6180339887498949) % 1 * 2) - 1, x = (i / 2048.0) - 1;
                foreach (double other in new[] { y, x, -x })
                {
                    double[] token = [x, other, 0, 0, 0];
                    foreach (ITokenLayer layer in layers) layer.Apply(token);
                    worst = Math.Max(worst, Math.Abs(token[2] - (x * other)));
                }
            }

            return worst;
        }
    }

    private static void Floor(BookOutput output)
    {
        GaussianSequence process = Process(8, 1, 2);
        ScoreObjective objective = At(process, 0.3);
        double[] x = Sample(process, 5), exact = Minimiser(objective, x);
        List<Curve> curves = [];
        int[] depths = [8, 12, 16], steps = [1, 2, 4, 7, 11, 16, 24, 34, 48, 66, 90, 120, 160];
        List<IReadOnlyList<object>> rows = [];
        foreach (int depth in depths)
        {
            UnrolledTransformer last = Build(new SawtoothProducts(depth), steps[^1]);
            curves.Add(new Curve(Invariant($"ReLU, m = {depth}"), Array.ConvertAll(steps, k => (double)k),
                Array.ConvertAll(steps, k => Error(Build(new SawtoothProducts(depth), k))))
            { Color = PlotColor.Orange + curves.Count });
            double floor = Error(last);
            rows.Add([depth, last.Network.Blocks.Count, last.Options.Products.RelativeError, floor, last.Bounds.AccumulatedError(objective.Level) / Math.Sqrt(Dense.SquaredNorm(exact))]);
        }

        curves.Insert(0, new Curve("gates", Array.ConvertAll(steps, k => (double)k), Array.ConvertAll(steps, k => Error(Build(new GatedProducts(), k)))) { Color = PlotColor.Blue });
        output.Figure("unrolling-floor", new LineChart
        {
            Title = "A pure ReLU transformer stops at the error of its products",
            Subtitle = Invariant($"N = 8, d = 4, ν = 1, ℓ = 2, t = 0.3, κ = {objective.ConditionNumber:F0}."),
            X = new Axis("steps K"),
            Y = new Axis("relative error", AxisScale.Log),
            Curves = curves,
        }.ToSvg());
        output.Table("unrolling-floors",
            [new("m", "0"), new("blocks at K = 160", "N0"), new("error of a product", "0.0e-0"), new("floor of the score", "0.0e-0"), new("bound of the floor", "0.0e-0")], rows);

        UnrolledTransformer Build(IProductModule products, int k) => new(objective.Process, new UnrolledOptions
        {
            Earliest = objective.Level,
            Steps = k,
            Heads = KernelHeads.PiecewiseLinear,
            Products = products,
        });

        double Error(UnrolledTransformer network) => Dense.RelativeError(network.Score(objective.Level, x), exact);
    }

    private static void Size(BookOutput output)
    {
        UnrolledTransformer network = UnrolledExample.ForMyKernel();
        GaussianSequence process = network.Process.Process;
        double[] x = Sample(process, 6), exact = new double[x.Length];
        List<IReadOnlyList<object>> rows = [];
        foreach (SizeEntry entry in TransformerSize.Of(network, 1e-3)) rows.Add([entry.Symbol, entry.Meaning, entry.Built, entry.Expression, entry.Value, entry.Source]);
        output.Table("unrolling-size", [new("size"), new("what"), new("built", "N0"), new("expression"), new("its value", "N0"), new("source")], rows);
        process.Score(network.Options.Earliest, x, exact);
        output.Numbers("unrolling-example",
            ("error", Dense.RelativeError(network.Score(network.Options.Earliest, x), exact)), ("steps", network.Options.Steps),
            ("kappa", process.ConditionNumber(network.Options.Earliest)), ("blocks", network.Network.Blocks.Count), ("nonzeros", network.Network.NonZeros));
    }

    private static void Failures(BookOutput output)
    {
        GaussianSequence smooth = Process(13, 2, 4);
        ScoreObjective cut = At(smooth, 0.05, 2);
        UnrollingResult result = GradientUnrolling.Run(cut, UnrolledSchedule.For(UnrolledMethod.GradientDescent, cut, 5000), Sample(smooth, 7));
        StringBuilder text = new();
        text.AppendLine(Invariant($"stopped after {result.Steps} of 5000 steps at |s| = {Math.Sqrt(Dense.SquaredNorm(result.Score)):0.0e-0}: {result.Divergence}"));
        UnrolledTransformer network = UnrolledExample.ForMyKernel();
        Say(() => network.Score(NoiseLevel.FromTime(0.05), new double[24]));
        Say(() => network.Score(network.Options.Earliest, [.. Enumerable.Repeat(10.0, 24)]));
        Say(() => _ = new UnrolledTransformer(new TruncatedProcess(new GaussianSequence(3, 1, [], new ExponentialPower(1, 2).Matrix([0, 1, 3]), [1])), network.Options));
        output.Text("unrolling-failures", text.ToString());

        void Say(Action wrong)
        {
            try
            {
                wrong();
            }
            catch (ArgumentException problem)
            {
                text.AppendLine(problem.Message);
            }
        }
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());

    private static double[] Places(double[] values) => [.. Enumerable.Range(0, values.Length).Select(i => (double)i)];

    private static double[] Floored(double[] errors) => Array.ConvertAll(errors, e => e > 1e-14 ? e : double.NaN); // below is rounding

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"{what}: the check of this chapter fails.");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
