// Is a process harder to learn the longer it remembers? κ at the earliest time grows with ℓ and with the smoothness ν, and
// with it the depth that the unrolled network needs (DepthExperiment). Here networks of one size are trained equally on
// kernels of many decays, and the error of their scores at t₀ is ranked against κ. Judged is the relative error: the norm
// of the score itself grows with κ, and a network that says nothing would pass by it.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>Score errors of trained networks against the decay of the kernel.</summary>
public sealed class DecayExperiment : IExperiment
{
    /// <summary>Sizes; null for those of the options.</summary>
    internal DecaySetting? Setting { get; init; }

    /// <inheritdoc/>
    public string Name => "decay";

    /// <inheritdoc/>
    public string Question => "Does the error of a learnt score at small t grow with the condition number of the process?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        DecaySetting setting = Setting ?? DecaySetting.Of(options);
        LaboratoryProcess[] processes = [.. setting.Kernels
            .Select(kernel => LaboratoryProcess.Of(setting.Frames, kernel.Nu, kernel.Ell))
            .OrderBy(Kappa)];
        double[] kappas = [.. processes.Select(Kappa)];
        double[][] relative = [.. Enumerable.Range(0, options.Seeds).Select(_ => new double[processes.Length])];
        double[][] absolute = [.. relative.Select(row => new double[row.Length])], plugIn = [.. relative.Select(row => new double[row.Length])];
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            for (int i = 0; i < processes.Length; i++)
            {
                progress?.Report((seed + ((double)i / processes.Length)) / options.Seeds);
                GaussianSequence process = processes[i].Process;
                TrainedNetwork network = TrainedNetwork.Of(process, setting.Network, seed, cancellation);
                float[] fresh = network.Fresh(setting.Network.EvaluationSequences);
                ScoreErrorAt earliest = network.Score(fresh, cancellation)[0];
                relative[seed][i] = earliest.Value;
                absolute[seed][i] = TrainedNetwork.Excess(process, earliest);
                plugIn[seed][i] = network.Score(new GaussianDenoiser(network.Data.PlugIn), fresh, cancellation)[0].Value;
            }
        }

        Spread[] Over(double[][] values) => [.. Enumerable.Range(0, processes.Length).Select(i => Spread.Of([.. values.Select(row => row[i])]))];
        Spread[] error = Over(relative), excess = Over(absolute), floor = Over(plugIn);
        double[] ranks = [.. relative.Select(row => Correlation.Spearman(row, kappas))];
        return new(Name, Question, options)
        {
            Criteria =
            [
                new("Spearman's correlation of the relative score error at t₀ with κ: least over seeds", ranks.Min(), 0.8)
                {
                    Kind = BoundKind.AtLeast, Seed = Array.IndexOf(ranks, ranks.Min()), Control = Correlation.Spearman([.. kappas.Select(_ => 1.0)], kappas),
                    Note = $"{processes.Length} kernels, {Spread.Of(ranks)} over seeds; control: a network that predicts 0, whose relative error is 1 everywhere",
                },
                new("relative score error at t₀: of the largest κ over that of the smallest", error[^1].Mean / error[0].Mean, 1.5)
                {
                    Kind = BoundKind.AtLeast, Note = $"{error[0]} for {processes[0].Name}, {error[^1]} for {processes[^1].Name}; the bound is ours", Control = 1,
                },
                new("relative score error at t₀: largest", error.Max(e => e.Mean), 0.9)
                {
                    Control = 1, Floor = floor.Min(f => f.Mean), Note = "that anything was learnt at all; control: a network that predicts 0; floor: the best plug-in process of the same sequences",
                },
            ],
            Tables = [new("errors", ["nu", "ell", "kappa_t0", "seed", "relative_error", "excess", "plug_in_relative_error"],
                [.. processes.SelectMany((process, i) => relative.Select((row, seed) => (IReadOnlyList<string>)
                    [.. new[] { process.Nu, process.Ell, kappas[i], seed, row[i], absolute[seed][i], plugIn[seed][i] }.Select(ResultTable.Cell)]))])],
            Figures = [Figure(setting, processes, kappas, options, [("network", error, PlotColor.Blue), ("network: σ²E‖ŝ − s*‖² per value", excess, PlotColor.Purple), ("plug-in process", floor, PlotColor.Green)])],
            Text = $"N = {setting.Frames}, d = {LaboratoryProcess.Channels}, t₀ = {setting.Network.MinTime}; one network, {setting.Network.Steps} steps on {setting.Network.TrainingSequences} sequences, {options.Seeds} seeds. "
                + $"By rising κ: {string.Join("; ", processes.Select((process, i) => FormattableString.Invariant($"{process.Name}: κ {kappas[i]:F0}, error {error[i]}")))}.",
            Tried = "the excess denoising loss at t₀, which is in the table: it weighs an error by the norm of the score, which grows with κ by itself.",
        };

        double Kappa(LaboratoryProcess process) => process.Process.ConditionNumber(NoiseLevel.FromTime(setting.Network.MinTime));
    }

    private static ResultFigure Figure(
        DecaySetting setting, LaboratoryProcess[] processes, double[] kappas, ExperimentOptions options, (string Name, Spread[] Values, PlotColor Color)[] measured)
    {
        LineChart chart = new()
        {
            Title = "Error of the learnt score at t₀ against κ",
            Subtitle = FormattableString.Invariant($"N = {setting.Frames}, t₀ = {setting.Network.MinTime}, κ from {kappas[0]:F0} to {kappas[^1]:F0}; band: ± a deviation over {options.Seeds} seeds."),
            X = new Axis("condition number κ at t₀", AxisScale.Log),
            Y = new Axis("relative error of the score", AxisScale.Log),
            Curves = [.. measured.Select(m => new Curve(m.Name, kappas, [.. m.Values.Select(v => v.Mean)]) { Mark = CurveMark.LineAndPoints, Color = m.Color })],
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
