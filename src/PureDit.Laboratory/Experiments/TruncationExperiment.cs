// How far must a frame look back? Γ̄ keeps lags up to J; the score of the cut process is off by at most
// α²‖Γ − Γ̄‖‖Σ‖/λmin(Ā) while Ā is positive definite, and J(ε) of order (ℓ ln 1/ε)^(1/ν) is enough:
// ln J(ε) against ln ℓ has slope 1/ν. J(ε) is read off between two lags, on the line through their ln errors.

using PureDit.GaussianProcess;
using PureDit.GaussianProcess.Unrolled;
using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Laboratory;

/// <summary>The error that a cut covariance causes, against its bound and against the memory of the process.</summary>
public sealed class TruncationExperiment : IExperiment
{
    private const double Time = 0.5, Accuracy = 1e-3;
    private const double Rounding = 1e-11; // of errors; bounds below are not compared
    private static readonly (double Nu, double[] Ells)[] s_kernels = [(1, [0.5, 1, 2, 4]), (2, [4, 8, 16, 32])];

    /// <summary>Kernels are made with ℓ to this power; anything but 1 is an error that the criteria must notice.</summary>
    internal double ScalePower { get; init; } = 1;

    /// <inheritdoc/>
    public string Name => "truncation";

    /// <inheritdoc/>
    public string Question => "How many lags must attention keep, how does that follow the decay of the kernel, and what happens when a cut covariance is none?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int frames = options.Quick ? 48 : 96;
        int[] lags = [.. Enumerable.Range(0, frames - 1).Where(j => !options.Quick || j <= 8 || j % 4 == 0)];
        Worst ratio = new();
        List<Criterion> slopes = [];
        List<ResultFigure> figures = [];
        List<IReadOnlyList<string>> rows = [], reaches = [];
        for (int k = 0; k < s_kernels.Length; k++)
        {
            (double nu, double[] ells) = s_kernels[k];
            double[][] reach = new double[ells.Length][]; // [ell][seed]
            List<Curve> curves = [];
            for (int i = 0; i < ells.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(((double)k + ((double)i / ells.Length)) / s_kernels.Length);
                LaboratoryProcess process = LaboratoryProcess.Of(frames, nu, PortableMath.Pow(ells[i], ScalePower));
                (double[][] errors, double[] bounds) = Errors(process, lags, options.Seeds);
                for (int j = 0; j < lags.Length; j++)
                {
                    for (int seed = 0; seed < options.Seeds; seed++)
                    {
                        if (bounds[j] is > Rounding and < double.PositiveInfinity) ratio.Add(errors[seed][j] / bounds[j], seed, $"{process.Name}, J = {lags[j]}");
                    }

                    Spread spread = Spread.Of([.. errors.Select(e => e[j])]);
                    rows.Add([.. new[] { nu, process.Ell, lags[j], process.At(Time).ConditionNumber, spread.Mean, spread.Deviation, bounds[j] }.Select(ResultTable.Cell)]);
                }

                reach[i] = [.. errors.Select(e => Reach(lags, e))];
                Spread found = Spread.Of(reach[i]);
                reaches.Add([.. new[] { nu, ells[i], found.Mean, found.Deviation }.Select(ResultTable.Cell)]);
                PlotColor color = PlotColor.Blue + i;
                double[] places = [.. lags.Select(j => (double)j)];
                curves.Add(new(FormattableString.Invariant($"ℓ = {ells[i]}, κ = {process.At(Time).ConditionNumber:F0}"), places, [.. lags.Select((_, j) => Drawn(errors.Average(e => e[j])))]) { Color = color });
                curves.Add(new("", places, [.. bounds.Select(Drawn)]) { Color = color, Mark = CurveMark.Dashed });
            }

            slopes.Add(Slope(nu, ells, reach, options.Seeds));
            figures.Add(Figure(nu, curves, frames, options.Seeds));
        }

        (Criterion silent, string example) = Divergence(frames, cancellation);
        return new(Name, Question, options)
        {
            Criteria = [ratio.AtMost("error of the cut score over its bound", 1), .. slopes, silent],
            Tables = [new("errors", ["nu", "ell", "lag", "kappa", "error", "error_deviation", "bound"], rows), new("reach", ["nu", "ell", "lags", "lags_deviation"], reaches)],
            Figures = figures,
            Text = FormattableString.Invariant($"N = {frames}, d = {LaboratoryProcess.Channels}, t = {Time}, {options.Seeds} samples; J is where the error falls to {Accuracy}. ")
                + $"Kernels that are cut too short have no score at small t, and the method says so: {example}",
            Tried = "errors of random samples and not of the worst; J read off between lags, so that it is not a whole number; slopes seed by seed.",
        };
    }

    private static double Drawn(double value) => value > 1e-15 && double.IsFinite(value) ? value : double.NaN;

    // Errors [seed][lag] of the cut score, +∞ where there is none, and bounds [lag].
    private static (double[][] Errors, double[] Bounds) Errors(LaboratoryProcess process, int[] lags, int seeds)
    {
        ScoreObjective whole = process.At(Time);
        double[][] x = [.. Enumerable.Range(0, seeds).Select(seed => process.Noisy(whole.Level, seed))];
        double[][] exact = [.. x.Select(sample => LaboratoryProcess.Minimiser(whole, sample))];
        double[][] errors = [.. x.Select(_ => new double[lags.Length])];
        double[] bounds = new double[lags.Length];
        for (int j = 0; j < lags.Length; j++)
        {
            ScoreObjective cut = process.At(Time, lags[j]);
            bounds[j] = cut.Process.ScoreErrorBound(cut.Level);
            for (int seed = 0; seed < seeds; seed++)
            {
                errors[seed][j] = cut.Smallest > 0
                    ? Dense.RelativeError(LaboratoryProcess.Minimiser(cut, x[seed]), exact[seed])
                    : double.PositiveInfinity;
            }
        }

        return (errors, bounds);
    }

    // The lag from which on the error is below the accuracy; between two lags by their logarithms.
    private static double Reach(int[] lags, double[] errors)
    {
        int last = Array.FindLastIndex(errors, e => !(e <= Accuracy));
        if (last < 0 || last == errors.Length - 1) return double.NaN; // not inside
        double above = PortableMath.Log(errors[last]), below = PortableMath.Log(errors[last + 1]);
        if (double.IsInfinity(errors[last])) return lags[last + 1];
        return lags[last] + ((lags[last + 1] - lags[last]) * (above - PortableMath.Log(Accuracy)) / (above - below));
    }

    private static Criterion Slope(double nu, double[] ells, double[][] reach, int seeds)
    {
        double[] logs = [.. ells.Select(v => PortableMath.Log(v))];
        double[] slopes = [.. Enumerable.Range(0, seeds).Select(seed => LineFit.Of(logs, [.. reach.Select(r => PortableMath.Log(r[seed]))]).Slope)];
        Worst worst = new();
        for (int seed = 0; seed < seeds; seed++) worst.Add(Math.Abs(slopes[seed] - (1 / nu)), seed, "");
        return worst.AtMost(FormattableString.Invariant($"slope of ln J against ln ℓ, ν = {nu}: distance from {1 / nu}"), 0.2) with
        {
            Note = $"slope {Spread.Of(slopes)} over seeds",
        };
    }

    // Of all cuts without a score at a small t: how many the iteration did not report.
    private static (Criterion, string) Divergence(int frames, CancellationToken cancellation)
    {
        LaboratoryProcess smooth = LaboratoryProcess.Of(frames, 2, 4);
        int indefinite = 0, silent = 0;
        string example = "";
        for (int j = 0; j < 8; j++)
        {
            cancellation.ThrowIfCancellationRequested();
            ScoreObjective cut = smooth.At(0.05, j);
            if (cut.Smallest > 0) continue;
            UnrollingResult result = GradientUnrolling.Run(cut, UnrolledSchedule.For(UnrolledMethod.GradientDescent, cut, 2000), smooth.Noisy(cut.Level, 0));
            indefinite++;
            if (result.Divergence is null || result.Score.Any(s => !double.IsFinite(s))) silent++;
            else if (example.Length == 0) example = result.Divergence;
        }

        return (new("cuts without a score that are not reported", indefinite == 0 ? double.NaN : silent, 0) { Note = $"{indefinite} of 8 cuts of {smooth.Name} at t = 0.05 have no score" }, example);
    }

    private static ResultFigure Figure(double nu, IReadOnlyList<Curve> curves, int frames, int seeds)
    {
        LineChart chart = new()
        {
            Title = FormattableString.Invariant($"Error of the score against kept lags, ν = {nu}"),
            Subtitle = FormattableString.Invariant($"N = {frames}, d = {LaboratoryProcess.Channels}, t = {Time}; mean of {seeds} samples."),
            X = new Axis("last kept lag J"),
            Y = new Axis("relative error", AxisScale.Log) { Minimum = 1e-12 },
            Curves = curves,
            References = [new("J(10⁻³)", Accuracy)],
        };
        return new(FormattableString.Invariant($"error-nu{nu}"), chart.ToSvg(), "Dashed: the bound. Where a curve has no beginning, the cut covariance has no score.");
    }
}
