// Training with polynomial attention, on a task that needs attention and from weights that use it (AttentionTraining, where the
// bound of a difference of losses is derived). Three things are asked: that the task needs it at all; that the losses stay
// within the bound, which a polynomial of too low a degree must break; that they part in proportion to ε.

using System.Globalization;
using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Laboratory;

public sealed partial class GradientsExperiment
{
    private const double LooseError = 0.5;
    private static readonly double[] s_asked = [1e-2, 1e-3, 1e-4];

    /// <summary>Steps with either attention; fewer for tests.</summary>
    internal int? Steps { get; init; }

    /// <summary>Steps of the common part; fewer for tests.</summary>
    internal int? WarmUp { get; init; }

    /// <summary>Takes a polynomial of a low degree whatever was asked: an error that the criteria must notice.</summary>
    internal bool LowDegree { get; init; }

    private sealed record Trained(Criterion[] Criteria, ResultTable[] Tables, ResultFigure[] Figures, string Text);

    /// <param name="Exact">Losses with exact attention.</param>
    /// <param name="Apart">|L_ε/L − 1| of every asked error at every report, then of too low a degree.</param>
    /// <param name="Standing">The same without training.</param>
    /// <param name="Uniform">L₀/L of the common weights.</param>
    /// <param name="Without">Loss of a network without attention over that of one with it.</param>
    /// <param name="Learned">The latter.</param>
    private sealed record TrainedSeed(double[] Exact, double[][] Apart, double[] Standing, double Uniform, double Without, double Learned);

    private Trained Train(ExperimentOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        int warmUp = WarmUp ?? (options.Quick ? 300 : 3000), steps = Steps ?? (options.Quick ? 40 : 400);
        TrainedSeed[] seeds = new TrainedSeed[options.Seeds];
        for (int seed = 0; seed < seeds.Length; seed++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(0.5 + (0.5 * seed / (seeds.Length + 1)));
            seeds[seed] = Follow(seed, warmUp, steps, cancellation);
        }

        progress?.Report(0.5 + (0.5 * seeds.Length / (seeds.Length + 1)));
        double otherSeed = new AttentionTraining(1000, warmUp, cancellation).Learned / seeds[0].Learned;
        Worst over = new();
        double low = double.PositiveInfinity;
        double[] epsilon = [.. s_asked.Select(asked => AttentionTraining.Polynomial(asked).Plan.ApproximationError)];
        for (int seed = 0; seed < seeds.Length; seed++)
        {
            TrainedSeed at = seeds[seed];
            double Bound(double asked) => AttentionTraining.Bound(AttentionTraining.Polynomial(asked).Plan.CertifiedError, at.Uniform);
            for (int e = 0; e < s_asked.Length; e++) over.Add(at.Apart[e].Max() / Bound(s_asked[e]), seed, FormattableString.Invariant($"ε = {s_asked[e]}"));
            low = Math.Min(low, at.Apart[^1].Max() / Bound(s_asked[^1]));
        }

        // One fit, of the geometric means over seeds: a maximum over few batches is a noisy number.
        double[] typical = [.. s_asked.Select((_, e) => seeds.Average(s => PortableMath.Log(s.Apart[e].Max())))];
        double slope = LineFit.Of([.. epsilon.Select(PortableMath.Log)], typical).Slope;
        return new(
            [
                new("loss of a latent DiT with equal attention weights over that with attention, least", seeds.Min(s => s.Without), 1.2)
                {
                    Kind = BoundKind.AtLeast, Control = otherSeed,
                    Note = $"{Spread.Of([.. seeds.Select(s => s.Without)])}, trained alike; control: attention from another seed",
                },
                over.AtMost("training with polynomial attention: |L_ε/L − 1| over its bound 2η(1 + √(L₀/L))", 1) with
                {
                    Control = low, Note = FormattableString.Invariant($"{over.AtMost("", 0).Note}; L₀/L = {Spread.Of([.. seeds.Select(s => s.Uniform)])}; control: degree {AttentionTraining.Polynomial(LooseError).Plan.Degree}, judged by the bound of ε = {s_asked[^1]}, its least"),
                },
                new("slope of ln of the largest |L_ε/L − 1| against ln ε: distance from 1", Math.Abs(slope - 1), 0.25)
                {
                    Note = FormattableString.Invariant($"slope {slope:F3} over ε = {string.Join(", ", epsilon.Select(e => e.ToString("G2", CultureInfo.InvariantCulture)))} of the polynomials taken; geometric mean over seeds"),
                },
            ],
            Tables(seeds, epsilon), Figures(seeds, steps, options),
            FormattableString.Invariant($"Training: {warmUp} steps with exact attention, then {steps} with each; loss {seeds[0].Learned:G3} with and {seeds[0].Learned * seeds[0].Without:G3} without attention after the common part (seed 0)."));
    }

    private TrainedSeed Follow(int seed, int warmUp, int steps, CancellationToken cancellation)
    {
        AttentionTraining at = new(seed, warmUp, cancellation);
        double[] exact = at.Onward(AttentionTraining.Exact, steps);
        double standing = at.Standing(AttentionTraining.Exact), uniform = at.Standing(AttentionTraining.Equal) / standing;
        double[][] losses = [.. s_asked.Append(LooseError).Select(asked => at.Onward(AttentionTraining.Polynomial(LowDegree ? LooseError : asked).Settings, steps))];
        double[] still = [.. s_asked.Append(LooseError).Select(asked => Math.Abs((at.Standing(AttentionTraining.Polynomial(asked).Settings) / standing) - 1))];
        return new(exact, [.. losses.Select(l => Relative(l, exact))], still, uniform, at.LearnedWithout() / at.Learned, at.Learned);
    }

    private static double[] Relative(double[] losses, double[] exact) => [.. losses.Zip(exact, (a, b) => Math.Abs((a / b) - 1))];

    private static ResultTable[] Tables(TrainedSeed[] seeds, double[] epsilon)
    {
        double[] asked = [.. s_asked, LooseError], own = [.. epsilon, AttentionTraining.Polynomial(LooseError).Plan.ApproximationError];
        return
        [
            new("training", ["asked", "degree", "epsilon", "same_weights", "trained_4_steps", "trained_largest", "deviation", "bound"], [.. asked.Select((a, e) =>
            {
                Spread largest = Spread.Of([.. seeds.Select(s => s.Apart[e].Max())]);
                AttentionPlan plan = AttentionTraining.Polynomial(a).Plan;
                double bound = seeds.Average(s => AttentionTraining.Bound(plan.CertifiedError, s.Uniform));
                double[] values = [a, plan.Degree, own[e], seeds.Average(s => s.Standing[e]), seeds.Average(s => s.Apart[e][0]), largest.Mean, largest.Deviation, bound];
                return (IReadOnlyList<string>)[.. values.Select(ResultTable.Cell)];
            })]),
        ];
    }

    private static ResultFigure[] Figures(TrainedSeed[] seeds, int steps, ExperimentOptions options)
    {
        double[] places = [.. Enumerable.Range(1, seeds[0].Exact.Length).Select(report => (double)Math.Min(steps, AttentionTraining.StepsPerReport * report))];
        double[] Over(int e) => [.. places.Select((_, i) => seeds.Max(s => s.Apart[e][i]))];
        LineChart chart = new()
        {
            Title = "Losses of training with polynomial and exact attention, apart",
            Subtitle = FormattableString.Invariant($"a latent DiT of 2 blocks, 16 tokens, heads of {HeadSize}, R ≤ {AttentionTraining.LargestScore}; from the same trained weights; largest of {options.Seeds} seeds."),
            X = new Axis("step"),
            Y = new Axis("|loss / loss with exact attention − 1|", AxisScale.Log) { Minimum = 1e-9 },
            Curves =
            [
                .. s_asked.Select((error, e) => new Curve(FormattableString.Invariant($"ε = {error}"), places, Over(e))),
                new("too low a degree", places, Over(s_asked.Length)) { Mark = CurveMark.Dashed, Color = PlotColor.Muted },
            ],
            References =
            [
                .. s_asked.Select(error => new ReferenceLine(
                    FormattableString.Invariant($"bound for ε = {error}:"), seeds.Max(s => AttentionTraining.Bound(AttentionTraining.Polynomial(error).Plan.CertifiedError, s.Uniform)))),
            ],
        };
        return [new("training", chart.ToSvg(), "Equal distances between the curves: in proportion to ε.")];
    }
}
