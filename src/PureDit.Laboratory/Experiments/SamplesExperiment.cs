// How does what a network learns depend on the number n of sequences that it was shown? Networks of one size are trained
// equally long on nested training sets, and held against two learners that need no training: the plug-in process (mean, Γ̂
// and Σ̂ of the same sequences, a learner that knows the Kronecker structure) and the sample covariance of whole sequences
// (one that knows nothing). Errors of samples stand beside what n sequences allow and what as many generated ones can show
// (ErrorFloors): an error below the first would mean that the network saw more than it was given.

using System.Globalization;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>Errors of trained networks against the number of training sequences.</summary>
public sealed class SamplesExperiment : ITrainingExperiment
{
    private const double Noise = 1.1; // what the mean over a few seeds may grow by though the truth falls

    /// <summary>Sizes; null for those of the options.</summary>
    internal SamplesSetting? Setting { get; init; }

    /// <summary>How many times the sequences that it is given a network is trained on: anything but 1 is a leak that the criteria must notice.</summary>
    internal int Leak { get; init; } = 1;

    /// <inheritdoc/>
    public string Name => "samples";

    /// <inheritdoc/>
    public string Question => "How do the errors of a trained network fall with the number of training sequences, and how far are they above what the data allow?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, Workbench? bench = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        bench ??= new();
        SamplesSetting setting = Setting ?? SamplesSetting.Of(options);
        LaboratoryProcess process = LaboratoryProcess.Of(setting.Frames, 1, setting.Ell);
        Measurement[][] all = [.. setting.Counts.Select(_ => new Measurement[options.Seeds])];
        Workbench[] parts = bench.Parts([.. Enumerable.Repeat(1.0, options.Seeds * setting.Counts.Length)]);
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            for (int i = 0; i < setting.Counts.Length; i++) all[i][seed] = Measure(process.Process, setting, setting.Counts[i], seed, parts[(seed * setting.Counts.Length) + i]);
        }

        Spread[] Over(Func<Measurement, double> of) => [.. all.Select(seeds => Spread.Of([.. seeds.Select(of)]))];
        Spread[] gamma = Over(m => m.Samples.Gamma), sigma = Over(m => m.Samples.Sigma), excess = Over(m => m.Excess), gap = Over(m => m.Gap);
        Spread[] plugIn = Over(m => m.PlugIn), unstructured = Over(m => m.Unstructured), trainingSet = Over(m => m.TrainingSet.Gamma), trainingSigma = Over(m => m.TrainingSet.Sigma);
        SampleFloors[] floors = [.. setting.Counts.Select(n => SampleFloors.Of(process.Process, n))];
        SampleFloors seen = SampleFloors.Of(process.Process, setting.Generated);
        double[] counts = [.. setting.Counts.Select(n => (double)n)];
        int[] before = [.. Enumerable.Range(0, counts.Length).Where(i => floors[i].Gamma >= gamma[^1].Mean)];
        double slope = LineFit.Of([.. before.Select(i => PortableMath.Log(counts[i]))], [.. before.Select(i => PortableMath.Log(gamma[i].Mean))]).Slope;
        double kappa = process.Process.ConditionNumber(NoiseLevel.FromTime(setting.Network.MinTime));
        return new(Name, Question, options)
        {
            Criteria =
            [
                new("error of Γ: largest growth from one n to the next", Growth(gamma), Noise) { Note = $"means over seeds, n = {string.Join(", ", setting.Counts)}: {string.Join("; ", gamma)}" },
                new("error of Γ: distance of its log-log slope in n from the middle of −0.25 and −0.6", Math.Abs(slope + 0.425), 0.175) { Note = FormattableString.Invariant($"slope {slope:F3} over n = {string.Join(", ", before.Select(i => setting.Counts[i]))}, where the floor of n is above what the largest n leaves") },
                new("error of Γ: of the largest n over that of the smallest", gamma[^1].Mean / gamma[0].Mean, 0.5) { Floor = floors[^1].Gamma / gamma[0].Mean },
                new("excess denoising loss: largest growth from one n to the next", Growth(excess), Noise) { Note = string.Join("; ", excess) },
                new("gap between training and fresh sequences: of the largest n over that of the smallest", gap[^1].Mean / gap[0].Mean, 0.5) { Note = string.Join("; ", gap) },
                NoLeak("error of Γ over what the sequences allow: least", gamma, trainingSet, [.. floors.Select(f => f.Gamma)]),
                NoLeak("error of Σ over what the sequences allow: least", sigma, trainingSigma, [.. floors.Select(f => f.Sigma)]),
                new("excess denoising loss over the plug-in's: least", excess.Zip(plugIn, (e, p) => e.Mean / p.Mean).Min(), 1) { Kind = BoundKind.AtLeast, Control = excess[^1].Mean / plugIn[0].Mean, Note = "the plug-in knows the structure; control: the largest n's network over the smallest n's plug-in" },
                new("excess denoising loss over the sample covariance's, smallest n", excess[0].Mean / unstructured[0].Mean, 1) { Note = $"sample covariance {string.Join("; ", unstructured)}; plug-in {string.Join("; ", plugIn)}" },
                new("floor of the generated samples over the error of Γ: largest", gamma.Max(g => seen.Gamma / g.Mean), 1.0 / 3) { Note = $"{setting.Generated} samples" },
            ],
            Tables = [Table(setting, all, floors, seen)],
            Figures =
            [
                Chart("gamma", "Error of Γ in samples against training sequences", "relative error of Γ", setting, kappa, options, counts,
                    [("network", gamma, PlotColor.Blue), ("training set itself", trainingSet, PlotColor.Green)],
                    [("floor of n", [.. floors.Select(f => f.Gamma)]), ("floor of the samples drawn", [.. counts.Select(_ => seen.Gamma)])]),
                Chart("excess", "Excess denoising loss against training sequences", "σ²E‖ŝ − s*‖² per value", setting, kappa, options, counts,
                    [("network", excess, PlotColor.Blue), ("plug-in process", plugIn, PlotColor.Green), ("sample covariance", unstructured, PlotColor.Orange), ("network: fresh less training sequences", gap, PlotColor.Purple)], []),
            ],
            Text = $"N = {setting.Frames}, d = {LaboratoryProcess.Channels}, ν = 1, ℓ = {setting.Ell}, κ = {kappa:F0} at t₀; width {setting.Network.Width}, {setting.Network.Depth} blocks, {setting.Network.Steps} steps of {setting.Network.Batch} sequences whatever n, {options.Seeds} seeds, {setting.Generated} samples by {setting.Network.Sampler} in {setting.Network.SamplerSteps} steps. "
                + $"Excess losses are means over twelve levels. KL of the fitted Gaussian: {string.Join("; ", Over(m => m.Samples.KullbackLeibler))}; squared Bures–Wasserstein distance: {string.Join("; ", Over(m => m.Wasserstein))}.",
            Tried = "equal steps for every n, so that a small training set is seen many times; excess from the exact norm of the score instead of from noisy losses.",
        };
    }

    private Measurement Measure(GaussianSequence process, SamplesSetting setting, int n, int seed, Workbench bench)
    {
        CancellationToken cancellation = bench.Cancellation;
        TrainingConfig config = setting.Network;
        Workbench[] parts = bench.Parts(TrainedNetwork.TrainingCost(config), 4 * TrainedNetwork.ScoringCost(config.EvaluationSequences), TrainedNetwork.DrawingCost(config, setting.Generated));
        string name = FormattableString.Invariant($"n-{n}-seed-{seed}");
        TrainedNetwork given = TrainedNetwork.Of(process, config with { TrainingSequences = n, Steps = Leak == 1 ? config.Steps : 0 }, seed, name, parts[0]);
        TrainedNetwork network = Leak == 1 ? given : TrainedNetwork.Of(process, config with { TrainingSequences = n * Leak }, seed, name, parts[0]);
        float[] fresh = network.Fresh(config.EvaluationSequences);
        ReadOnlySpan<float> training = given.Data.Training.AsSpan(0, Math.Min(n, config.EvaluationSequences) * process.Size);
        ScoreErrorAt[] score = network.Score(fresh, cancellation), onTraining = network.Score(training, cancellation);
        GaussianSequence unstructured = new(
            1, process.Size, new SequenceStatistics(given.Data.Training, 1, process.Size).Mean, [1], SequenceStatistics.FullCovariance(given.Data.Training, process.Size));
        double excessOfPlugIn = TrainedNetwork.Excess(process, given.Score(new GaussianDenoiser(given.Data.PlugIn), fresh, cancellation));
        double excessOfUnstructured = TrainedNetwork.Excess(process, given.Score(new GaussianDenoiser(unstructured), fresh, cancellation));
        parts[1].Report(1);
        float[] samples = network.Samples(setting.Generated, parts[2]);
        GaussianSequence fitted = EstimatedProcess.Ratio(new SequenceStatistics(samples, process.Frames, process.Channels));
        double Lost(IReadOnlyList<ScoreErrorAt> errors) => errors.Average(e => e.Loss - e.JudgeLoss);
        return new(
            SampleEvaluation.Run(samples, process), SampleEvaluation.Run(given.Data.Training, process), GaussianDivergence.SquaredWasserstein(fitted, process),
            TrainedNetwork.Excess(process, score), Lost(score) - Lost(onTraining), excessOfPlugIn, excessOfUnstructured);
    }

    private static double Growth(Spread[] spreads) => Enumerable.Range(1, spreads.Length - 1).Max(i => spreads[i].Mean / spreads[i - 1].Mean);

    // What the sequences allow is the floor of n, or less where the training sets happen to be better than their expectation.
    private static Criterion NoLeak(string name, Spread[] errors, Spread[] trainingSets, double[] floors)
    {
        double[] allowed = [.. trainingSets.Zip(floors, (set, floor) => Math.Min(set.Mean, floor))], ratios = [.. errors.Zip(allowed, (e, a) => e.Mean / a)];
        string Of(IEnumerable<double> values) => string.Join(", ", values.Select(v => v.ToString("F2", CultureInfo.InvariantCulture)));
        return new(name, ratios.Min(), 0.8)
        {
            Kind = BoundKind.AtLeast,
            Control = errors[^1].Mean / allowed[0],
            Note = $"by rising n {Of(ratios)}, over the floor of n {Of(errors.Zip(floors, (e, f) => e.Mean / f))}; less would be a leak; control: the largest n's network against the smallest n",
        };
    }

    private static ResultTable Table(SamplesSetting setting, Measurement[][] all, SampleFloors[] floors, SampleFloors seen) => new(
        "errors",
        ["n", "seed", "gamma", "gamma_floor_n", "gamma_floor_samples", "gamma_training_set", "sigma", "sigma_floor_n", "sigma_floor_samples", "kl", "wasserstein_squared", "excess", "excess_plug_in", "excess_sample_covariance", "train_test_gap"],
        [.. all.SelectMany((seeds, i) => seeds.Select((m, seed) => (IReadOnlyList<string>)
            [.. new[]
            {
                setting.Counts[i], seed, m.Samples.Gamma, floors[i].Gamma, seen.Gamma, m.TrainingSet.Gamma, m.Samples.Sigma, floors[i].Sigma, seen.Sigma,
                m.Samples.KullbackLeibler, m.Wasserstein, m.Excess, m.PlugIn, m.Unstructured, m.Gap,
            }.Select(ResultTable.Cell)]))]);

    private static ResultFigure Chart(
        string name, string title, string axis, SamplesSetting setting, double kappa, ExperimentOptions options, double[] counts,
        (string Name, Spread[] Values, PlotColor Color)[] measured, (string Name, double[] Values)[] expected)
    {
        LineChart chart = new()
        {
            Title = title,
            Subtitle = FormattableString.Invariant($"N = {setting.Frames}, d = {LaboratoryProcess.Channels}, ν = 1, ℓ = {setting.Ell}, κ = {kappa:F0} at t₀; band: ± a deviation over {options.Seeds} seeds."),
            X = new Axis("training sequences n", AxisScale.Log),
            Y = new Axis(axis, AxisScale.Log),
            Curves =
            [
                .. measured.Select(m => new Curve(m.Name, counts, [.. m.Values.Select(v => v.Mean)]) { Mark = CurveMark.LineAndPoints, Color = m.Color }),
                .. expected.Select((e, i) => new Curve(e.Name, counts, e.Values) { Mark = CurveMark.Dashed, Color = i == 0 ? PlotColor.Ink : PlotColor.Muted }),
            ],
            Bands = [.. measured.Select(m => new Band("", counts, [.. m.Values.Select(v => v.Mean - v.Deviation)], [.. m.Values.Select(v => v.Mean + v.Deviation)]) { Color = m.Color })],
        };
        return new(name, chart.ToSvg(), "Every network has the same size and the same number of steps.");
    }

    private sealed record Measurement(
        SampleErrors Samples, SampleErrors TrainingSet, double Wasserstein, double Excess, double Gap, double PlugIn, double Unstructured);
}

/// <summary>Sizes of the experiment on training sequences.</summary>
/// <param name="Frames">Frames N.</param>
/// <param name="Ell">ℓ of the kernel.</param>
/// <param name="Counts">Numbers of training sequences, rising.</param>
/// <param name="Generated">Samples drawn from each network.</param>
/// <param name="Network">The network.</param>
internal sealed record SamplesSetting(int Frames, double Ell, int[] Counts, int Generated, TrainingConfig Network)
{
    public static SamplesSetting Of(ExperimentOptions options) => options.Quick
        ? new(8, 4, [16, 64, 256, 1024], 4096, TrainedNetwork.Small)
        : new(16, 4, [128, 256, 512, 1024, 2048, 4096, 8192], 32768, TrainedNetwork.Large);
}
