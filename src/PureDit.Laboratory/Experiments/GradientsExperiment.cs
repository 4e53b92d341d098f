// How wrong is a gradient through approximate attention? Three routes (GradientCase): the exact formula with the polynomial's
// probabilities, by the printed chain of factors and by the kernel's antiderivative features, which must be one number; and
// the polynomial attention's own gradient, whose weights P′ are a worse e^x. Their error against ε, the bounds of the chain, the
// time of the backward pass against L. Last, a latent DiT is trained twice from one seed, with exact and with polynomial
// attention: at every report, a mean of four steps, the losses must agree to 10·ε relatively, which is stated here and was not fitted.

using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Latent;
using PureDit.Nn;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>Gradients through polynomial attention, and training with them.</summary>
/// <param name="clock">Measures; everything but times is the same with any clock.</param>
public sealed class GradientsExperiment(TimeProvider clock) : IExperiment
{
    private const int Judged = 1, HeadSize = 4, LeastDegree = 2, MostDegree = 6;
    private const double TrainError = 1e-3, TinyError = 1e-5, LooseError = 0.3, Factor = 10;
    private const int Report = 4; // steps of which a loss is the mean
    private static readonly double[] s_radii = [1, 2];

    /// <summary>The longest sequence that is timed; shorter for tests.</summary>
    internal int Longest { get; init; } = 65536;

    /// <summary>Steps of training; fewer for tests.</summary>
    internal int? Steps { get; init; }

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
                trained.Apart.AtMost(FormattableString.Invariant($"losses of training with exact and polynomial attention, ε = {TrainError}: largest relative difference"), Factor * TrainError) with
                {
                    Control = trained.OtherSeed, Floor = Math.Min(trained.Tiny, trained.Apart.Value), // both may be rounding
                    Note = FormattableString.Invariant($"{trained.Apart.AtMost("", 0).Note}; floor: ε = {TinyError}; control: exact attention from another seed"),
                },
            ],
            Tables =
            [
                new("errors", ["R", "degree", "epsilon", "antiderivative", "antiderivative_deviation", "own", "own_deviation", "rows_over_bound", "gradient_over_bound"], Rows(errors, options)),
                new("times", ["L", "exact_ms", "antiderivative_ms", "own_ms"], timed.Rows),
                trained.Table,
            ],
            Figures = [ErrorFigure(errors, options, tokens), .. trained.Figures],
            Text = FormattableString.Invariant($"d = {HeadSize}, L = {tokens}, values ±1, a quadratic loss with a normal target, degrees {LeastDegree} to {MostDegree}, {options.Seeds} seeds. ")
                + "The bounds hold with room to spare: they add up absolute values. A degree lower in the polynomial is what the own gradient costs, since P′ has one degree less. "
                + trained.Text,
            Tried = "The full dQ and dK instead of X: the same slopes. Training with polynomials of ε = 0.3 is in the figure.",
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
                    gradient => AttentionPlan.Measure(Cpu.Serial, head.Shape, head.Qkv, new(TrainError, AttentionMode.Polynomial, gradient)))];
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

    private sealed record Trained(Worst Apart, double Tiny, double OtherSeed, ResultTable Table, ResultFigure[] Figures, string Text);

    private Trained Train(ExperimentOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        int steps = Steps ?? (options.Quick ? 100 : 1500);
        double[] errors = [LooseError, TrainError, TinyError];
        double[][] exact = new double[options.Seeds][];
        double[] reference = Losses(1000, AttentionMode.Exact, TrainError);
        double[][][] polynomial = [.. errors.Select(_ => new double[options.Seeds][])];
        Worst apart = new();
        double tiny = 0;
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            exact[seed] = Losses(seed, AttentionMode.Exact, TrainError);
            for (int e = 0; e < errors.Length; e++)
            {
                if (e != Judged && seed > 0) continue; // shown for one seed only
                progress?.Report(0.5 + (0.5 * ((seed * errors.Length) + e) / (options.Seeds * errors.Length)));
                polynomial[e][seed] = Losses(seed, AttentionMode.Polynomial, errors[e]);
            }

            double[] relative = Relative(polynomial[Judged][seed], exact[seed]);
            for (int step = 0; step < relative.Length; step++) apart.Add(relative[step], seed, $"step {Report * (step + 1)}");
            if (seed == 0) tiny = Relative(polynomial[2][0], exact[0]).Max();
        }

        double[] places = [.. Enumerable.Range(1, exact[0].Length).Select(report => (double)(Report * report))];
        double[] Over(double[][] losses) => [.. places.Select((_, step) => losses.Where(l => l is not null).Select((l, seed) => Relative(l, exact[seed])[step]).Max())];
        LineChart chart = new()
        {
            Title = "Losses of training with polynomial and exact attention, apart",
            Subtitle = FormattableString.Invariant($"a latent DiT of 2 blocks, 16 tokens, heads of {HeadSize}, R ≤ 2; the same seed; ε = {TrainError}: largest of {options.Seeds} seeds."),
            X = new Axis("step"),
            Y = new Axis("|loss / loss with exact attention − 1|", AxisScale.Log) { Minimum = 1e-8 },
            Curves = [.. errors.Select((error, e) => new Curve(FormattableString.Invariant($"ε = {error}"), places, Over(polynomial[e])))],
            References = [new("bound for ε = 0.001:", Factor * TrainError)],
        };
        LineChart curves = new()
        {
            Title = "Loss of training",
            Subtitle = FormattableString.Invariant($"seed 0; lines: exact attention, dots: polynomial attention of ε = {TrainError}."),
            X = new Axis("step"),
            Y = new Axis("loss per value", AxisScale.Log),
            Curves =
            [
                new("exact", places, exact[0]) { Color = PlotColor.Ink },
                new("polynomial", places, polynomial[1][0]) { Color = PlotColor.Blue, Mark = CurveMark.Points },
            ],
        };
        ResultTable table = new(
            "training", ["step", "exact", .. errors.Select(e => FormattableString.Invariant($"polynomial_{e}"))],
            [.. places.Select((step, i) => new[] { step, exact[0][i] }.Concat(polynomial.Select(p => p[0][i])).Select(ResultTable.Cell).ToArray())]);
        return new(
            apart, tiny, Relative(reference, exact[0]).Max(), table,
            [
                new("loss", curves.ToSvg(), "The dots lie on the line."),
                new("training", chart.ToSvg(), "How far the two are apart. Gates begin at zero, so that a young network hardly sees its attention."),
            ],
            FormattableString.Invariant($"Training: {steps} steps, loss {exact[0][0]:G3} to {exact[0][^1]:G3} (seed 0)."));

        double[] Losses(int seed, AttentionMode mode, double error)
        {
            cancellation.ThrowIfCancellationRequested();
            return TrainingLosses(seed, steps, mode, error, cancellation);
        }
    }

    private static double[] Relative(double[] losses, double[] exact) => [.. losses.Zip(exact, (a, b) => Math.Abs((a / b) - 1))];

    private static double[] TrainingLosses(int seed, int steps, AttentionMode mode, double error, CancellationToken cancellation)
    {
        const int rank = 64;
        TrainingConfig config = new()
        {
            Width = 32,
            Depth = 2,
            Heads = 32 / HeadSize,
            Batch = 32,
            Steps = steps,
            Minutes = 0,
            WarmupSteps = 20,
            LearningRate = 2e-3,
            EmaDecay = 0,
            MinTime = 0.01,
            MaxTime = 5.5,
            TimePower = 1,
            Seed = seed,
            LogEvery = Report,
            CheckpointEvery = 0,
        };
        LatentWorld world = LatentWorld.Of(rank, LatentWorld.TwoModes(rank), seed);
        LatentData data = LatentData.Create(
            config, Array.ConvertAll(world.Codes(1024, seed), v => (float)v), new PatchReshape(8, 2), new IdentityAutoencoder(rank));
        DiTConfig architecture = data.Model.Tokens.Network.Config with { Attention = new AttentionSettings(mode, error) };
        DiffusionModel bounded = data.Model.Tokens with { Network = new DiT(architecture, (ulong)seed) };
        data = data with { Model = new LatentModel(bounded, data.Model.Reshape, data.Model.Autoencoder) };
        TrainingSummary summary = data.Train(TimeProvider.System, cancellation: cancellation); // no time limit is set: the clock changes nothing
        cancellation.ThrowIfCancellationRequested();
        return [.. summary.History.Select(report => report.Loss)];
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
