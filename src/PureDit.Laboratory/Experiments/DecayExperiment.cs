// Is a process harder to learn the longer it remembers? κ at the earliest time grows with ℓ and with the smoothness ν, and
// with it the depth that the unrolled network needs (DepthExperiment). Here networks of one size are trained equally on
// kernels of many decays, and the excess of their denoising loss at t₀, σ²E‖ŝ − s*‖², is ranked against κ. The norm of the
// score itself grows with κ, so that even a score of 0 is ranked so: it is the share of its excess that is left
// which shows that something was learnt.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>Score errors of trained networks against the decay of the kernel.</summary>
public sealed class DecayExperiment : ITrainingExperiment
{
    /// <summary>Sizes; null for those of the options.</summary>
    internal DecaySetting? Setting { get; init; }

    /// <inheritdoc/>
    public string Name => "decay";

    /// <inheritdoc/>
    public string Question => "Does the error of a learnt score at small t grow with the condition number of the process?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, Workbench? bench = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        bench ??= new();
        DecaySetting setting = Setting ?? DecaySetting.Of(options);
        LaboratoryProcess[] processes = [.. setting.Kernels
            .Select(kernel => LaboratoryProcess.Of(setting.Frames, kernel.Nu, kernel.Ell))
            .OrderBy(Kappa)];
        double[] kappas = [.. processes.Select(Kappa)];
        double[][] left = Empty(), excess = Empty(), plugIn = Empty();
        TrainingConfig config = setting.Network;
        Workbench[] parts = bench.Parts([.. Enumerable.Repeat(1.0, options.Seeds * processes.Length)]);
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            for (int i = 0; i < processes.Length; i++)
            {
                Workbench[] part = parts[(seed * processes.Length) + i].Parts(TrainedNetwork.TrainingCost(config), 2 * TrainedNetwork.ScoringCost(config.EvaluationSequences));
                GaussianSequence process = processes[i].Process;
                TrainedNetwork network = TrainedNetwork.Of(process, config, seed, FormattableString.Invariant($"kernel-{i}-seed-{seed}"), part[0]);
                float[] fresh = network.Fresh(config.EvaluationSequences);
                ScoreErrorAt earliest = network.Score(fresh, bench.Cancellation)[0];
                left[seed][i] = earliest.Value * earliest.Value;
                excess[seed][i] = TrainedNetwork.Excess(process, earliest);
                plugIn[seed][i] = TrainedNetwork.Excess(process, network.Score(new GaussianDenoiser(network.Data.PlugIn), fresh, bench.Cancellation)[0]);
                part[1].Report(1);
            }
        }

        Spread[] Over(double[][] values) => [.. Enumerable.Range(0, processes.Length).Select(i => Spread.Of([.. values.Select(row => row[i])]))];
        Spread[] error = Over(excess), share = Over(left), best = Over(plugIn), nothing = [.. error.Zip(share, (e, s) => new Spread(e.Mean / s.Mean, 0))];
        double[] ranks = [.. excess.Select(row => Correlation.Spearman(row, kappas))];
        return new(Name, Question, options)
        {
            Criteria =
            [
                new("Spearman's correlation of the excess denoising loss at t₀ with κ: least over seeds", ranks.Min(), 0.8)
                {
                    Kind = BoundKind.AtLeast, Seed = Array.IndexOf(ranks, ranks.Min()),
                    Note = FormattableString.Invariant($"{processes.Length} kernels, {Spread.Of(ranks)} over seeds; of a score of 0 it is {Correlation.Spearman([.. nothing.Select(n => n.Mean)], kappas):F2}, of the plug-in processes {Correlation.Spearman([.. best.Select(p => p.Mean)], kappas):F2}, of the share in the next line {Correlation.Spearman([.. share.Select(s => s.Mean)], kappas):F2}"),
                },
                new("excess at t₀ over that of a score of 0: largest", share.Max(s => s.Mean), 0.5)
                {
                    Control = 1, Floor = best.Zip(nothing, (p, n) => p.Mean / n.Mean).Min(), Note = $"by rising κ {string.Join("; ", share)}; the bound is ours; floor: the best plug-in process of the same sequences",
                },
            ],
            Tables = [new("errors", ["nu", "ell", "kappa_t0", "seed", "excess", "excess_over_zero_prediction", "excess_plug_in"],
                [.. processes.SelectMany((process, i) => excess.Select((row, seed) => (IReadOnlyList<string>)
                    [.. new[] { process.Nu, process.Ell, kappas[i], seed, row[i], left[seed][i], plugIn[seed][i] }.Select(ResultTable.Cell)]))])],
            Figures = [Figure(setting, processes, kappas, options, [("network", error, PlotColor.Blue), ("a score of 0", nothing, PlotColor.Orange), ("plug-in process", best, PlotColor.Green)])],
            Text = $"N = {setting.Frames}, d = {LaboratoryProcess.Channels}, t₀ = {setting.Network.MinTime}; one network, {setting.Network.Steps} steps on {setting.Network.TrainingSequences} sequences, {options.Seeds} seeds. "
                + $"By rising κ: {string.Join("; ", processes.Select((process, i) => FormattableString.Invariant($"{process.Name}: κ {kappas[i]:F0}, excess {error[i]}")))}. "
                + "The relative error of the score does not rise with κ: where a process forgets fast there is little to say at t₀, and the network's own error weighs more.",
            Tried = "the relative error of the score at t₀, the root of the share in the table, which does not follow κ.",
        };

        double[][] Empty() => [.. Enumerable.Range(0, options.Seeds).Select(_ => new double[processes.Length])];
        double Kappa(LaboratoryProcess process) => process.Process.ConditionNumber(NoiseLevel.FromTime(setting.Network.MinTime));
    }

    private static ResultFigure Figure(
        DecaySetting setting, LaboratoryProcess[] processes, double[] kappas, ExperimentOptions options, (string Name, Spread[] Values, PlotColor Color)[] measured)
    {
        LineChart chart = new()
        {
            Title = "Excess of the denoising loss at t₀ against κ",
            Subtitle = FormattableString.Invariant($"N = {setting.Frames}, t₀ = {setting.Network.MinTime}, κ from {kappas[0]:F0} to {kappas[^1]:F0}; band: ± a deviation over {options.Seeds} seeds."),
            X = new Axis("condition number κ at t₀", AxisScale.Log),
            Y = new Axis("σ²E‖ŝ − s*‖² per value", AxisScale.Log),
            Curves = [.. measured.Select(m => new Curve(m.Name, kappas, [.. m.Values.Select(v => v.Mean)]) { Mark = m.Color == PlotColor.Blue ? CurveMark.Points : CurveMark.LineAndPoints, Color = m.Color })],
            Bands = [.. measured.Select(m => new Band("", kappas, [.. m.Values.Select(v => v.Mean - v.Deviation)], [.. m.Values.Select(v => v.Mean + v.Deviation)]) { Color = m.Color })],
            Labels = [.. processes.Select((process, i) => new PointLabel(kappas[i], measured[0].Values[i].Mean, process.Name))],
        };
        return new("kappa", chart.ToSvg(), "Each place is a kernel (ν, ℓ).");
    }
}

/// <summary>Sizes of the experiment on decay.</summary>
/// <param name="Frames">Frames N.</param>
/// <param name="Kernels">ν and ℓ of the kernels.</param>
/// <param name="Network">The network.</param>
internal sealed record DecaySetting(int Frames, (double Nu, double Ell)[] Kernels, TrainingConfig Network)
{
    public static DecaySetting Of(ExperimentOptions options) => options.Quick
        ? new(8, [(1, 1), (1, 4), (1, 16), (0.5, 4), (2, 1), (2, 4)], TrainedNetwork.Small)
        : new(16, [(1, 1), (1, 4), (1, 16), (0.5, 1), (0.5, 4), (0.5, 16), (2, 1), (2, 4), (2, 16)], TrainedNetwork.Large);
}
