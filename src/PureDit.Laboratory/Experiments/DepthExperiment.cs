// How deep must the network be? Gradient descent needs K = ½(κ+1) ln(1/ε) steps, one block each, and κ grows with the
// memory of the process; Chebyshev's method needs ½√κ ln(2/ε). K is counted by running the iteration on both extreme
// inputs, and a transformer of that depth is built and must reach ε.

using PureDit.GaussianProcess;
using PureDit.GaussianProcess.Unrolled;
using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Laboratory;

/// <summary>The depth that an accuracy takes, against the condition number.</summary>
public sealed class DepthExperiment : IExperiment
{
    private const double Accuracy = 1e-3;
    private static readonly double[] s_times = [0.01, 0.1, 1];
    private static readonly double s_slope = 0.5 * PortableMath.Log(1 / Accuracy), s_rootSlope = 0.5 * PortableMath.Log(2 / Accuracy);

    /// <summary>A factor on η; anything but 1 is an error that the criteria must notice.</summary>
    internal double StepScale { get; init; } = 1;

    /// <inheritdoc/>
    public string Name => "depth";

    /// <inheritdoc/>
    public string Question => "How many blocks does an accuracy of 10⁻³ take, and how does that follow the decay of the kernel?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int frames = options.Quick ? 16 : 32;
        double[] ells = options.Quick ? [1, 2, 4] : [0.5, 1, 2, 4];
        Worst over = new(), network = new();
        double shallow = double.PositiveInfinity;
        List<double> kappas = [], descent = [], chebyshev = [], random = [], least = [], most = [];
        List<IReadOnlyList<string>> rows = [];
        (double Nu, double Ell)[] kernels = [.. new double[] { 1, 2 }.SelectMany(nu => ells.Select(ell => (nu, ell)))];
        for (int i = 0; i < kernels.Length; i++)
        {
            LaboratoryProcess process = LaboratoryProcess.Of(frames, kernels[i].Nu, kernels[i].Ell);
            for (int j = 0; j < s_times.Length; j++)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((i + ((double)j / s_times.Length)) / kernels.Length);
                ScoreObjective objective = process.At(s_times[j]);
                double kappa = objective.ConditionNumber;
                string at = FormattableString.Invariant($"{process.Name}, t = {s_times[j]}, κ = {kappa:F0}");
                double[][] extremes = [LaboratoryProcess.Extreme(objective, false), LaboratoryProcess.Extreme(objective, true)];
                int worst = extremes.Max(x => Steps(UnrolledMethod.GradientDescent, objective, x));
                int[] samples = [.. Enumerable.Range(0, options.Seeds).Select(seed => Steps(UnrolledMethod.GradientDescent, objective, process.Noisy(objective.Level, seed)))];
                double bound = Math.Ceiling(s_slope * (kappa + 1));
                over.Add(worst / bound, null, at);
                for (int seed = 0; seed < options.Seeds; seed++) over.Add(samples[seed] / bound, seed, at);
                kappas.Add(kappa);
                descent.Add(worst);
                chebyshev.Add(extremes.Max(x => Steps(UnrolledMethod.Chebyshev, objective, x)));
                Spread spread = Spread.Of([.. samples.Select(k => (double)k)]);
                (double low, double high) = (samples.Min(), samples.Max());
                random.Add(spread.Mean);
                least.Add(low);
                most.Add(high);
                rows.Add([.. new[] { process.Nu, process.Ell, s_times[j], kappa, worst, bound, spread.Mean, spread.Deviation, chebyshev[^1], s_rootSlope * Math.Sqrt(kappa) }.Select(ResultTable.Cell)]);
                if (s_times[j] < 1 || process.Nu > 1) continue;
                network.Add(extremes.Max(x => Network(process, objective, x, worst)), null, $"{at}, {worst} steps");
                shallow = Math.Min(shallow, extremes.Max(x => Network(process, objective, x, worst / 2)));
            }
        }

        double slope = LineFit.Of(kappas, descent).Slope, rootSlope = LineFit.Of([.. kappas.Select(Math.Sqrt)], chebyshev).Slope;
        return new(Name, Question, options)
        {
            Criteria =
            [
                new("slope of K against κ: relative distance from ½ ln 10³", Math.Abs((slope / s_slope) - 1), 0.05) { Note = FormattableString.Invariant($"slope {slope:F4} over {kappas.Count} processes and times, theory {s_slope:F4}") },
                over.AtMost("K over ½(κ+1) ln 10³, worst and random inputs", 1),
                network.AtMost("error of a transformer of depth K on the worst input", Accuracy * (1 + 1e-6)) with
                {
                    Control = shallow, Note = $"{network.AtMost("", 0).Note}; control: the least error with half the blocks",
                },
                new("slope of Chebyshev's K against √κ: relative distance from ½ ln(2·10³)", Math.Abs((rootSlope / s_rootSlope) - 1), 0.05) { Note = FormattableString.Invariant($"slope {rootSlope:F4}, theory {s_rootSlope:F4}") },
            ],
            Tables = [new("steps", ["nu", "ell", "t0", "kappa", "steps_worst", "bound", "steps_random", "steps_random_deviation", "steps_chebyshev", "chebyshev_theory"], rows)],
            Figures = [Figure(options, frames, kappas, descent, chebyshev, random, least, most)],
            Text = $"N = {frames}, d = {LaboratoryProcess.Channels}, {options.Seeds} random samples each. Depth is a consequence of conditioning: a longer memory or an earlier t₀ raises κ, and K with it. "
                + "A random sample needs fewer steps than the worst; Chebyshev's steps turn κ into √κ.",
            Tried = "K counted on both extreme eigenvectors; the line fitted with an intercept; Chebyshev counted for each K anew, since its steps depend on K only through their number.",
        };
    }

    // The first k from which on the error is at most the accuracy.
    private int Steps(UnrolledMethod method, ScoreObjective objective, double[] x)
    {
        int most = (2 * UnrolledSchedule.StepsFor(method, objective.ConditionNumber, Accuracy)) + 2;
        UnrolledSchedule schedule = new(method, objective.Smallest / StepScale, objective.Largest / StepScale, most);
        double[] errors = GradientUnrolling.Errors(objective, schedule, x, LaboratoryProcess.Minimiser(objective, x));
        return Array.FindLastIndex(errors, e => !(e <= Accuracy)) + 1;
    }

    private static double Network(LaboratoryProcess process, ScoreObjective objective, double[] x, int steps)
    {
        UnrolledTransformer network = new(new TruncatedProcess(process.Process), new UnrolledOptions
        {
            Earliest = objective.Level,
            Steps = steps,
            Heads = KernelHeads.PiecewiseLinear,
        });
        return Dense.RelativeError(network.Score(objective.Level, x), LaboratoryProcess.Minimiser(objective, x));
    }

    private static ResultFigure Figure(
        ExperimentOptions options, int frames, List<double> kappas, List<double> descent, List<double> chebyshev,
        List<double> random, List<double> least, List<double> most)
    {
        int[] order = [.. Enumerable.Range(0, kappas.Count).OrderBy(i => kappas[i])];
        double[] Sorted(List<double> values) => [.. order.Select(i => values[i])];
        double[] places = Sorted(kappas);
        LineChart chart = new()
        {
            Title = "Steps to an error of 10⁻³ against κ",
            Subtitle = FormattableString.Invariant($"N = {frames}, d = {LaboratoryProcess.Channels}, κ from {places[0]:F1} to {places[^1]:F0}; band: least and most of {options.Seeds} samples."),
            X = new Axis("condition number κ", AxisScale.Log),
            Y = new Axis("steps K", AxisScale.Log),
            Curves =
            [
                new("gradient descent, worst input", places, Sorted(descent)) { Mark = CurveMark.Points, Color = PlotColor.Blue },
                new("½(κ+1) ln 10³", places, [.. places.Select(k => s_slope * (k + 1))]) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
                new("random samples", places, Sorted(random)) { Color = PlotColor.Green },
                new("Chebyshev, worst input", places, Sorted(chebyshev)) { Mark = CurveMark.Points, Color = PlotColor.Orange },
                new("½√κ ln(2·10³)", places, [.. places.Select(k => s_rootSlope * Math.Sqrt(k))]) { Mark = CurveMark.Dashed, Color = PlotColor.Muted },
            ],
            Bands = [new("", places, Sorted(least), Sorted(most)) { Color = PlotColor.Green }],
        };
        return new("steps", chart.ToSvg(), "Each place is a kernel (ν, ℓ) at a time t₀; the table has them one by one.");
    }
}
