// Are long sequences harder to learn? Networks of one size are trained equally on N frames of a process that forgets fast
// and of one that forgets slowly, with the same number of sequences. The relative error of Γ in Frobenius norm cannot stay
// flat: for fast decay ‖Γ‖² grows like N while N² entries are estimated, so that even the floor of n perfect sequences
// grows like √N. Judged is therefore what the network adds: growth over the floor's, and the error of its score.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>Errors of trained networks against the length of the sequences.</summary>
public sealed class LengthExperiment : ITrainingExperiment
{
    /// <summary>Sizes; null for those of the options.</summary>
    internal LengthSetting? Setting { get; init; }

    /// <inheritdoc/>
    public string Name => "length";

    /// <inheritdoc/>
    public string Question => "How do the errors of a trained network grow with the length of the sequences, for a short and for a long memory?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, Workbench? bench = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        bench ??= new();
        LengthSetting setting = Setting ?? LengthSetting.Of(options);
        Series[] series = new Series[2];
        Workbench[] halves = bench.Parts([.. series.Select(_ => 1.0)]);
        for (int k = 0; k < series.Length; k++)
        {
            (string name, double ell) = k == 0 ? ("fast", setting.FastEll) : ("slow", setting.SlowEll);
            GaussianSequence[] processes = [.. setting.Frames.Select(frames => LaboratoryProcess.Of(frames, 1, ell).Process)];
            Workbench[] lengths = halves[k].Parts([.. setting.Frames.Select(frames => (double)frames)]); // what a sequence costs
            Measurement[][] found = [.. processes.Zip(lengths, (process, length) =>
            {
                Workbench[] parts = length.Parts([.. Enumerable.Repeat(1.0, options.Seeds)]);
                return parts.Select((part, seed) => Measure(process, setting, seed, FormattableString.Invariant($"{name}-{process.Frames}-seed-{seed}"), part)).ToArray();
            })];
            series[k] = new(name, ell, processes, found, setting);
        }

        double Slope(Series s, Func<Measurement, double> of) => LineFit.Of(
            [.. setting.Frames.Select(n => PortableMath.Log(n))], [.. s.Found.Select(seeds => PortableMath.Log(seeds.Average(of)))]).Slope;
        (Series fast, Series slow) = (series[0], series[1]);
        double kappa = fast.Kappa, slowKappa = slow.Kappa;
        return new(Name, Question, options)
        {
            Criteria =
            [
                new("fast decay: growth of the error of Γ, longest over shortest, over that of its floor", fast.Growth(m => m.Gamma) / fast.FloorGrowth, 1.25)
                {
                    Note = FormattableString.Invariant($"error {fast.Of(m => m.Gamma)}; by itself × {fast.Growth(m => m.Gamma):F2}, the floor of n × {fast.FloorGrowth:F2}"),
                },
                new("slow decay: growth of the error of Γ over that of its floor", slow.Growth(m => m.Gamma) / slow.FloorGrowth, 2)
                {
                    Note = FormattableString.Invariant($"error {slow.Of(m => m.Gamma)}; by itself × {slow.Growth(m => m.Gamma):F2}, the floor of n × {slow.FloorGrowth:F2}"),
                },
                new("fast decay: log-log slope of the relative score error in N", Slope(fast, m => m.Score), 0.25) { Note = fast.Of(m => m.Score) },
                new("slow decay: log-log slope of the relative score error in N", Slope(slow, m => m.Score), 0.5) { Note = slow.Of(m => m.Score) },
                new("relative score error: largest", series.Max(s => s.Found.Max(seeds => seeds.Average(m => m.Score))), 0.5) { Control = 1, Note = "that anything was learnt at all; control: a score of 0" },
                new("error of Γ over the floor of n: least", series.Min(s => s.AboveFloor), 0.8) { Kind = BoundKind.AtLeast, Note = "less would be a leak; training sets scatter about their floor" },
            ],
            Tables = [new("errors", ["ell", "frames", "kappa_t0", "seed", "gamma", "gamma_floor_n", "gamma_floor_samples", "lag_curve", "sigma", "score", "plug_in_score"],
                [.. series.SelectMany(s => s.Rows)])],
            Figures =
            [
                Chart("gamma", "Error of Γ in samples against length", "relative error of Γ", setting, kappa, slowKappa, options, series, m => m.Gamma, floors: true),
                Chart("score", "Error of the score against length", "relative error of the score", setting, kappa, slowKappa, options, series, m => m.Score, floors: false),
            ],
            Text = $"N = {string.Join(", ", setting.Frames)}, d = {LaboratoryProcess.Channels}, ν = 1, ℓ = {setting.FastEll} and {setting.SlowEll}, κ = {kappa:F0} and {slowKappa:F0} at t₀ for the longest; {setting.Network.TrainingSequences} sequences, {setting.Network.Steps} steps of {setting.Network.Batch} of them, {options.Seeds} seeds. "
                + "The relative error of Γ by itself cannot be flat for fast decay, since its floor is not; the criteria are about what the network adds.",
            Tried = "the raw error of Γ, whose floor grows with N, and the error of the lag curve; both are in the table.",
        };
    }

    private static Measurement Measure(GaussianSequence process, LengthSetting setting, int seed, string name, Workbench bench)
    {
        TrainingConfig config = setting.Network;
        Workbench[] parts = bench.Parts(TrainedNetwork.TrainingCost(config), TrainedNetwork.DrawingCost(config, setting.Generated), 2 * TrainedNetwork.ScoringCost(config.EvaluationSequences));
        TrainedNetwork network = TrainedNetwork.Of(process, config, seed, name, parts[0]);
        float[] fresh = network.Fresh(config.EvaluationSequences);
        SampleErrors samples = SampleEvaluation.Run(network.Samples(setting.Generated, parts[1]), process);
        double score = network.Score(fresh, bench.Cancellation).Average(at => at.Value);
        double plugInScore = network.Score(new GaussianDenoiser(network.Data.PlugIn), fresh, bench.Cancellation).Average(at => at.Value);
        parts[2].Report(1);
        return new(
            samples.Gamma,
            Dense.RelativeError(SequenceStatistics.LagCurve(samples.Temporal, process.Frames), SequenceStatistics.LagCurve(process.Temporal, process.Frames)),
            samples.Sigma, score, plugInScore);
    }

    private static ResultFigure Chart(
        string name, string title, string axis, LengthSetting setting, double kappa, double slowKappa, ExperimentOptions options, Series[] series, Func<Measurement, double> of, bool floors)
    {
        double[] frames = [.. setting.Frames.Select(n => (double)n)];
        List<Curve> curves = [];
        List<Band> bands = [];
        for (int k = 0; k < series.Length; k++)
        {
            PlotColor color = k == 0 ? PlotColor.Blue : PlotColor.Orange;
            Spread[] spreads = [.. series[k].Found.Select(seeds => Spread.Of([.. seeds.Select(of)]))];
            curves.Add(new($"{series[k].Name} decay, ℓ = {series[k].Ell}", frames, [.. spreads.Select(s => s.Mean)]) { Mark = CurveMark.LineAndPoints, Color = color });
            bands.Add(new("", frames, [.. spreads.Select(s => s.Mean - s.Deviation)], [.. spreads.Select(s => s.Mean + s.Deviation)]) { Color = color });
            if (floors) curves.Add(new($"its floor, n = {setting.Network.TrainingSequences}", frames, [.. series[k].Floors.Select(f => f.Gamma)]) { Mark = CurveMark.Dashed, Color = color });
        }

        LineChart chart = new()
        {
            Title = title,
            Subtitle = FormattableString.Invariant($"κ = {kappa:F0} (fast) and {slowKappa:F0} (slow) at t₀ for N = {setting.Frames[^1]}; band: ± a deviation over {options.Seeds} seeds."),
            X = new Axis("frames N", AxisScale.Log),
            Y = floors ? new Axis(axis, AxisScale.Log) : new Axis(axis) { Minimum = 0 },
            Curves = curves,
            Bands = bands,
        };
        return new(name, chart.ToSvg(), "The same network, the same number of sequences and of steps at every length.");
    }

    private sealed record Measurement(double Gamma, double LagCurve, double Sigma, double Score, double PlugInScore);

    // One kernel at all lengths: Found[length][seed].
    private sealed record Series(string Name, double Ell, GaussianSequence[] Processes, Measurement[][] Found, LengthSetting Setting)
    {
        public SampleFloors[] Floors { get; } = [.. Processes.Select(process => SampleFloors.Of(process, Setting.Network.TrainingSequences))];

        public double FloorGrowth => Floors[^1].Gamma / Floors[0].Gamma;

        public double AboveFloor => Found.Zip(Floors, (seeds, floor) => seeds.Average(m => m.Gamma) / floor.Gamma).Min();

        public double Growth(Func<Measurement, double> of) => Found[^1].Average(of) / Found[0].Average(of);

        public string Of(Func<Measurement, double> of) => string.Join("; ", Found.Select(seeds => Spread.Of([.. seeds.Select(of)])));

        public double Kappa => At(Processes[^1]);

        public IEnumerable<IReadOnlyList<string>> Rows => Found.SelectMany((seeds, i) => seeds.Select((m, seed) => (IReadOnlyList<string>)
            [.. new[]
            {
                Ell, Processes[i].Frames, At(Processes[i]), seed, m.Gamma, Floors[i].Gamma,
                SampleFloors.Of(Processes[i], Setting.Generated).Gamma, m.LagCurve, m.Sigma, m.Score, m.PlugInScore,
            }.Select(ResultTable.Cell)]));

        private double At(GaussianSequence process) => process.ConditionNumber(NoiseLevel.FromTime(Setting.Network.MinTime));
    }
}

/// <summary>Sizes of the experiment on length.</summary>
/// <param name="Frames">Numbers of frames N, rising.</param>
/// <param name="FastEll">ℓ of the kernel that forgets fast.</param>
/// <param name="SlowEll">ℓ of the kernel that forgets slowly.</param>
/// <param name="Generated">Samples drawn from each network.</param>
/// <param name="Network">The network.</param>
internal sealed record LengthSetting(int[] Frames, double FastEll, double SlowEll, int Generated, TrainingConfig Network)
{
    public static LengthSetting Of(ExperimentOptions options) => options.Quick
        ? new([4, 8, 16], 1, 8, 2048, TrainedNetwork.Small with { TrainingSequences = 512, Steps = 900 })
        : new([8, 16, 32, 64], 1, 16, 32768, TrainedNetwork.Large with { TrainingSequences = 4096 });
}
