// Does gradient descent on the quadratic objective find the score, as fast as theory says, and does a transformer do it?
//
//   error on the worst input    ‖s^k − s‖ = ((κ−1)/(κ+1))^k ‖s‖        fitted slope against ln((κ−1)/(κ+1))
//   iterate                     s^k = −p_k(A)c, p_k(λ) = (1 − (1−ηλ)^k)/λ   by eigenvectors, which the iteration has not
//   any input                   never above the bound
//   transformer of gates        = iteration

using PureDit.GaussianProcess;
using PureDit.GaussianProcess.Unrolled;
using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Laboratory;

/// <summary>Unrolled gradient descent against its closed form, and the constructed transformer against both.</summary>
public sealed class UnrollingExperiment : IExperiment
{
    private const int Frames = 32;
    private const double Rounding = 1e-12; // relative errors below are rounding, and tell nothing of a rate
    private static readonly double[] s_times = [0.01, 0.1, 0.5, 1, 2];

    /// <summary>A factor on η; anything but 1 is an error that the criteria must notice.</summary>
    internal double StepScale { get; init; } = 1;

    /// <inheritdoc/>
    public string Name => "unrolling";

    /// <inheritdoc/>
    public string Question => "Is the score the limit of gradient descent, at the rate of its condition number, and is a transformer of constructed weights that descent?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int steps = options.Quick ? 100 : 200, blocks = options.Quick ? 8 : 40;
        Worst rate = new(), form = new(), above = new(), network = new();
        double control = 0;
        List<IReadOnlyList<string>> rows = [];
        (double Nu, double Ell)[] kernels = [(1, 1), (1, 2), (1, 4), (2, 1), (2, 2), (2, 4)];
        for (int i = 0; i < kernels.Length; i++)
        {
            LaboratoryProcess process = LaboratoryProcess.Of(Frames, kernels[i].Nu, kernels[i].Ell);
            for (int j = 0; j < s_times.Length; j++)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((i + ((double)j / s_times.Length)) / kernels.Length);
                ScoreObjective objective = process.At(s_times[j]);
                string at = FormattableString.Invariant($"{process.Name}, t = {s_times[j]}");
                UnrolledSchedule schedule = Schedule(objective, steps);
                double theory = PortableMath.Log((objective.ConditionNumber - 1) / (objective.ConditionNumber + 1)), slope = 0;
                foreach (bool largest in new[] { false, true })
                {
                    slope = Slope(objective, schedule, LaboratoryProcess.Extreme(objective, largest));
                    rate.Add(Math.Abs((slope / theory) - 1), null, at);
                }

                double worstForm = 0, worstAbove = 0;
                for (int seed = 0; seed < options.Seeds; seed++)
                {
                    double[] x = process.Noisy(objective.Level, seed);
                    (double difference, double ratio) = Polynomial(objective, schedule, x);
                    form.Add(difference, seed, at);
                    above.Add(ratio, seed, at);
                    (worstForm, worstAbove) = (Math.Max(worstForm, difference), Math.Max(worstAbove, ratio));
                    bool shared = seed == 0 && (!options.Quick || j % 2 == 0);
                    if (!shared) continue;
                    foreach (KernelHeads heads in Enum.GetValues<KernelHeads>())
                    {
                        network.Add(Network(process, objective, x, blocks, heads), seed, $"{at}, {heads}");
                    }

                    if (i == 0 && j == 2) control = Network(LaboratoryProcess.Of(Frames, 1, 1.01), objective, x, blocks, KernelHeads.PiecewiseLinear);
                }

                rows.Add([.. new[] { process.Nu, process.Ell, s_times[j], objective.ConditionNumber, slope, theory, worstForm, worstAbove }.Select(ResultTable.Cell)]);
            }
        }

        return new(Name, Question, options)
        {
            Criteria =
            [
                rate.AtMost("rate on the worst input, relative distance from ln((κ−1)/(κ+1))", 0.02),
                form.AtMost("iterate against its polynomial, over ‖s‖", 1e-10) with { Floor = PortableMath.Pow(2, -53) },
                above.AtMost("error of a random sample over the bound", 1 + 1e-9),
                network.AtMost("transformer of gates against the iteration, over ‖s‖", 1e-9) with
                {
                    Floor = PortableMath.Pow(2, -53), Control = control, Note = $"{network.AtMost("", 0).Note}; control: the transformer of ℓ = 1.01 for ℓ = 1",
                },
            ],
            Tables = [new("rates", ["nu", "ell", "t", "kappa", "slope", "theory", "iterate_error", "over_bound"], rows)],
            Figures = [Figure(options, 1, steps), Figure(options, 2, steps)],
            Text = $"N = {Frames}, d = {LaboratoryProcess.Channels}, six kernels, five times, {steps} steps, {options.Seeds} samples each; the transformer has {blocks} steps. "
                + "The polynomial is evaluated by eigenvectors, which neither the iteration nor the transformer uses.",
            Tried = "rates fitted to errors above rounding only; both extreme eigenvectors; both constructions of the heads.",
        };
    }

    private UnrolledSchedule Schedule(ScoreObjective objective, int steps) =>
        new(UnrolledMethod.GradientDescent, objective.Smallest / StepScale, objective.Largest / StepScale, steps);

    // Slope of ln error against k, as far as errors are above rounding.
    private static double Slope(ScoreObjective objective, UnrolledSchedule schedule, double[] x)
    {
        double[] errors = GradientUnrolling.Errors(objective, schedule, x, LaboratoryProcess.Minimiser(objective, x));
        double[] kept = [.. errors.TakeWhile(e => e > Rounding * 100)];
        return LineFit.Of([.. kept.Select((_, k) => (double)k)], [.. kept.Select(v => PortableMath.Log(v))]).Slope;
    }

    // Largest ‖s^k + p_k(A)c‖/‖s‖, and largest error over ((κ−1)/(κ+1))^k.
    private static (double Difference, double Ratio) Polynomial(ScoreObjective objective, UnrolledSchedule schedule, double[] x)
    {
        double[] c = new double[x.Length], expected = new double[x.Length], exact = LaboratoryProcess.Minimiser(objective, x);
        objective.Centre(x, c);
        double eta = 2 / (objective.Smallest + objective.Largest), norm = Math.Sqrt(Dense.SquaredNorm(exact)), difference = 0, ratio = 0;
        GradientUnrolling.Run(objective, schedule, x, (k, s) =>
        {
            objective.Apply(lambda => -(1 - PortableMath.Pow(1 - (eta * lambda), k)) / lambda, c, expected);
            for (int i = 0; i < expected.Length; i++) expected[i] -= s[i];
            difference = Math.Max(difference, Math.Sqrt(Dense.SquaredNorm(expected)) / norm);
            double bound = UnrolledSchedule.WorstError(UnrolledMethod.GradientDescent, objective.ConditionNumber, k);
            if (k > 0 && bound > Rounding * 100) ratio = Math.Max(ratio, Dense.RelativeError(s, exact) / bound);
        });
        return (difference, ratio);
    }

    private double Network(LaboratoryProcess process, ScoreObjective objective, double[] x, int steps, KernelHeads heads)
    {
        UnrolledTransformer network = new(new TruncatedProcess(process.Process), new UnrolledOptions { Earliest = objective.Level, Steps = steps, Heads = heads });
        double[] difference = network.Score(objective.Level, x), iterate = GradientUnrolling.Run(objective, Schedule(objective, steps), x).Score;
        for (int i = 0; i < difference.Length; i++) difference[i] -= iterate[i];
        return Math.Sqrt(Dense.SquaredNorm(difference) / Dense.SquaredNorm(LaboratoryProcess.Minimiser(objective, x)));
    }

    private ResultFigure Figure(ExperimentOptions options, double nu, int steps)
    {
        const double Time = 0.1;
        List<Curve> curves = [];
        List<Band> bands = [];
        double[] places = [.. Enumerable.Range(0, steps + 1).Select(k => (double)k)];
        foreach (double ell in new double[] { 1, 2, 4 })
        {
            LaboratoryProcess process = LaboratoryProcess.Of(Frames, nu, ell);
            ScoreObjective objective = process.At(Time);
            PlotColor color = PlotColor.Blue + (curves.Count / 2);
            double[][] errors = [.. Enumerable.Range(0, options.Seeds).Select(seed =>
            {
                double[] x = process.Noisy(objective.Level, seed);
                return GradientUnrolling.Errors(objective, Schedule(objective, steps), x, LaboratoryProcess.Minimiser(objective, x));
            })];
            double[] Over(Func<IEnumerable<double>, double> f) =>
                [.. places.Select((_, k) => f(errors.Select(e => k < e.Length && e[k] > Rounding ? e[k] : double.NaN)))];
            curves.Add(new(FormattableString.Invariant($"ℓ = {ell}, κ = {objective.ConditionNumber:F0}"), places, Over(e => e.Average())) { Color = color });
            curves.Add(new("", places, [.. places.Select(k => PortableMath.Pow((objective.ConditionNumber - 1) / (objective.ConditionNumber + 1), k))]) { Color = color, Mark = CurveMark.Dashed });
            bands.Add(new("", places, Over(e => e.Min()), Over(e => e.Max())) { Color = color });
        }

        LineChart chart = new()
        {
            Title = FormattableString.Invariant($"Error of the score against steps, ν = {nu}"),
            Subtitle = FormattableString.Invariant($"N = {Frames}, d = {LaboratoryProcess.Channels}, t = {Time}; mean of {options.Seeds} samples, band from least to largest."),
            X = new Axis("steps k"),
            Y = new Axis("relative error", AxisScale.Log) { Minimum = Rounding },
            Curves = curves,
            Bands = bands,
        };
        return new(FormattableString.Invariant($"error-nu{nu}"), chart.ToSvg(), "Dashed: the bound ((κ−1)/(κ+1))^k, which the worst input keeps with equality.");
    }
}
