// Does the transformer learn the decay of correlations better than a convolutional U-Net of the same size? Both are
// trained on the same sequences with the same steps, batches, seeds and optimiser; each at the learning rate, out of the
// same four, that did best in a shorter trial run with a seed of its own. Which one is nearer to the truth is reported, not judged.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>DiT and U-Net of equal size on a Gaussian process.</summary>
public sealed class UNetExperiment : ITrainingExperiment
{
    private const int Frames = 16, TrialSeed = 1000, Fresh = 256;
    private const double Ell = 4, MostDifference = 0.05, LeastCorrelation = 0.95, MostOfMemoryless = 0.5;
    private static readonly double[] s_rates = [3e-3, 6e-3, 12e-3, 24e-3];

    /// <summary>ℓ of the process that the networks are trained on; another one is an error that the criteria must notice.</summary>
    internal double TrainedEll { get; init; } = Ell;

    /// <summary>What is spent; null for what the options say.</summary>
    internal TrainingConfig? Trial { get; init; }

    /// <inheritdoc/>
    public string Name => "unet";

    /// <inheritdoc/>
    public string Question => "Does a DiT learn the decay of correlations better than a convolutional U-Net of the same size?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, Workbench? bench = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        bench ??= new();
        CancellationToken cancellation = bench.Cancellation;
        TrainingConfig trial = Trial ?? (options.Quick ? TrainedNetwork.Trial(8192, 450, 64, 2048, 16) : TrainedNetwork.Trial(16384, 12000, 128, 16384, 40));
        Contestant[] contestants = Contestants(options.Quick);
        GaussianSequence process = LaboratoryProcess.Of(Frames, 1, Ell).Process;
        double kappa = process.ConditionNumber(NoiseLevel.FromTime(trial.MinTime));
        LagCurves lags = new(process);
        TrainingConfig shorter = trial with { Steps = Math.Max(1, trial.Steps / 3), WarmupSteps = Math.Max(1, trial.Steps / 3) / 10, Seed = TrialSeed };
        double training = TrainedNetwork.TrainingCost(trial), drawing = TrainedNetwork.DrawingCost(trial, trial.Samples), scoring = TrainedNetwork.ScoringCost(Fresh);
        Workbench[] parts = bench.Parts(
        [
            .. Enumerable.Repeat(TrainedNetwork.TrainingCost(shorter) + scoring, contestants.Length * s_rates.Length),
            .. Enumerable.Repeat((2 * scoring) + drawing + (contestants.Length * (training + drawing + scoring)), options.Seeds),
        ]);
        int trials = 0;

        List<IReadOnlyList<string>> rates = [], rows = [];
        foreach (Contestant contestant in contestants)
        {
            foreach (double rate in s_rates)
            {
                Workbench[] part = parts[trials++].Parts(TrainedNetwork.TrainingCost(shorter), scoring);
                TrainedNetwork network = TrainedNetwork.Of(
                    contestant.Create(TrialSeed), Data(TrialSeed), shorter with { LearningRate = rate }, FormattableString.Invariant($"{contestant.Name}-rate-{rate}"), part[0]);
                double error = ScoreError(network.Denoiser(), process, TrialSeed, cancellation);
                part[1].Report(1);
                rates.Add([contestant.Name, ResultTable.Cell(rate), ResultTable.Cell(error)]);
                if (error < contestant.TrialError) (contestant.TrialError, contestant.LearningRate) = (error, rate);
            }
        }

        double[] plugIn = new double[options.Seeds], white = new double[options.Seeds], memoryless = new double[options.Seeds], sampler = new double[options.Seeds];
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            Workbench[] part = parts[trials + seed].Parts([(2 * scoring) + drawing, .. contestants.Select(_ => training + drawing + scoring)]);
            SequenceData data = Data(seed);
            TrainingConfig seeded = trial with { Seed = seed };
            plugIn[seed] = ScoreError(new GaussianDenoiser(data.PlugIn), process, seed, cancellation);
            cancellation.ThrowIfCancellationRequested();
            GaussianSequence frames = new(Frames, process.Channels, process.Mean, new White().Matrix(Frames), process.Spatial);
            memoryless[seed] = ScoreError(new GaussianDenoiser(frames), process, seed, cancellation);
            float[] noise = new float[trial.Samples * process.Size];
            frames.Sample(new Philox((ulong)seed, PhiloxStream.Evaluation), 0, noise);
            sampler[seed] = lags.Error(lags.Of(TrainedNetwork.Samples(new GaussianDenoiser(process), seeded, trial.Samples, part[0])));
            white[seed] = lags.Correlation(lags.Of(noise));
            for (int i = 0; i < contestants.Length; i++)
            {
                Contestant contestant = contestants[i];
                Workbench[] work = part[i + 1].Parts(training, drawing, scoring);
                TrainedNetwork network = TrainedNetwork.Of(
                    contestant.Create(seed), data, seeded with { LearningRate = contestant.LearningRate }, FormattableString.Invariant($"{contestant.Name}-seed-{seed}"), work[0]);
                float[] samples = network.Samples(trial.Samples, work[1]);
                SampleErrors errors = SampleEvaluation.Run(samples, process);
                double[] curve = lags.Of(samples);
                contestant.Results.Add(new(curve, lags.Error(curve), lags.Correlation(curve), errors.Gamma, ScoreError(network.Denoiser(), process, seed, cancellation)));
                Outcome last = contestant.Results[^1];
                rows.Add([contestant.Name, .. new[] { seed, contestant.Parameters, contestant.LearningRate, last.LagError, last.Correlation, last.Gamma, errors.Sigma, errors.KullbackLeibler, last.Score, plugIn[seed] }.Select(ResultTable.Cell)]);
                work[2].Report(1);
            }
        }

        double gammaFloor = SampleFloors.Of(process, trial.Samples).Gamma;
        (Contestant dit, Contestant unet) = (contestants[0], contestants[1]);
        return new(Name, Question, options)
        {
            Criteria =
            [
                new("parameters of the U-Net over those of the DiT: distance from 1", Math.Abs((unet.Parameters / dit.Parameters) - 1), MostDifference) { Note = FormattableString.Invariant($"DiT {dit.Parameters:F0}, U-Net {unet.Parameters:F0} trained values") },
                .. contestants.Select(c => c.Correlates(white.Max())),
                .. contestants.Select(c => c.KnowsTheScore(memoryless.Min(), plugIn.Min())),
                new("error of Γ over that of as many samples of the truth: least of both", contestants.SelectMany(c => c.Results).Min(r => r.Gamma) / gammaFloor, 1)
                {
                    Kind = BoundKind.AtLeast, Note = FormattableString.Invariant($"below its floor of {gammaFloor:G3} an error would be a leak"),
                },
            ],
            Tables =
            [
                new("networks", ["network", "seed", "parameters", "learning_rate", "lag_error", "lag_correlation", "gamma_error", "sigma_error", "kl", "score_error", "score_error_plug_in"], rows),
                new("rates", ["network", "learning_rate", "score_error"], rates),
                new("curves", ["lag", "truth", "deviation_of_perfect_samples", .. contestants.Select(c => $"{c.Name}_mean"), .. contestants.Select(c => $"{c.Name}_deviation")], Curves(lags, process, trial, contestants)),
            ],
            Figures = [Figure(lags, process, trial, contestants, options.Seeds, kappa)],
            Text = FormattableString.Invariant($"N = {Frames}, d = {process.Channels}, ν = 1, ℓ = {Ell}, κ = {kappa:F0} at t₀ = {trial.MinTime}; {trial.TrainingSequences} training sequences, {trial.Steps} steps of {trial.Batch}, {trial.Samples} samples. ")
                + $"Relative error of the lag curve: DiT {Spread.Of([.. dit.Results.Select(r => r.LagError)])} (learning rate {ResultTable.Cell(dit.LearningRate)}), "
                + $"U-Net {Spread.Of([.. unet.Results.Select(r => r.LagError)])} (learning rate {ResultTable.Cell(unet.LearningRate)}), "
                + FormattableString.Invariant($"as many perfect samples {lags.Floor(trial.Samples):G3}, as many of the exact score by the same sampler {Spread.Of(sampler)}; the DiT's over the U-Net's seed by seed: {Spread.Of([.. dit.Results.Zip(unet.Results, (a, b) => a.LagError / b.LagError)])}. ")
                + $"Relative error of the score: DiT {Spread.Of([.. dit.Results.Select(r => r.Score)])}, U-Net {Spread.Of([.. unet.Results.Select(r => r.Score)])}, plug-in {Spread.Of(plugIn)}. "
                + "The comparison is reported, not judged: it is one of two small networks after a given number of steps.",
            Tried = "learning rates 0.003, 0.006, 0.012 and 0.024 for both, each in a trial of a third of the steps with a seed of its own; networks sized to equal numbers of trained values; a U-Net of three levels of 8, 16 and 32 channels in place of two of 16 and 32, twice as far from the score.",
        };

        SequenceData Data(int seed) => TrainedNetwork.Sequences(LaboratoryProcess.Of(Frames, 1, TrainedEll).Process, trial.TrainingSequences, seed);
    }

    /// <summary>The networks that are compared.</summary>
    internal static (DiTConfig DiT, UNetConfig UNet) Sizes(bool quick)
    {
        SequenceLayout input = new(Frames, LaboratoryProcess.Channels);
        return quick
            ? (new(input, 48, 2, 4), new(input, 16) { EmbeddingWidth = 70 })
            : (new(input, 96, 4, 4), new(input, 40) { EmbeddingWidth = 260 });
    }

    private static Contestant[] Contestants(bool quick)
    {
        (DiTConfig dit, UNetConfig unet) = Sizes(quick);
        return [new("DiT", seed => new DiT(dit, (ulong)seed)), new("U-Net", seed => new UNet(unet, (ulong)seed))];
    }

    // Mean over noise levels of the relative error of the score, on fresh sequences.
    private static double ScoreError(IDenoiser denoiser, GaussianSequence process, int seed, CancellationToken cancellation)
    {
        float[] fresh = new float[Fresh * process.Size];
        process.Sample(new Philox((ulong)seed, PhiloxStream.Data), 1L << 31, fresh); // keys that no training sequence has
        return ScoreEvaluation.Run(denoiser, process, fresh, (ulong)seed, cancellation).Average(at => at.Value);
    }

    private static IReadOnlyList<IReadOnlyList<string>> Curves(LagCurves lags, GaussianSequence process, TrainingConfig trial, Contestant[] contestants)
    {
        double[] deviations = ErrorFloors.LagDeviations(process, trial.Samples);
        return [.. Enumerable.Range(0, Frames).Select(k => (IReadOnlyList<string>)
        [
            ResultTable.Cell(k), ResultTable.Cell(lags.True[k]), ResultTable.Cell(deviations[k]),
            .. contestants.Select(c => ResultTable.Cell(c.At(k).Mean)), .. contestants.Select(c => ResultTable.Cell(c.At(k).Deviation)),
        ])];
    }

    private static ResultFigure Figure(
        LagCurves lags, GaussianSequence process, TrainingConfig trial, Contestant[] contestants, int seeds, double kappa)
    {
        double[] places = [.. Enumerable.Range(0, Frames).Select(k => (double)k)], deviations = ErrorFloors.LagDeviations(process, trial.Samples);
        PlotColor[] colors = [PlotColor.Blue, PlotColor.Orange];
        LineChart chart = new()
        {
            Title = "Covariance of frames against their distance: DiT and U-Net",
            Subtitle = FormattableString.Invariant($"N = {Frames}, d = {process.Channels}, ν = 1, ℓ = {Ell}, κ = {kappa:F0}; mean of {seeds} seeds, bands from least to largest; grey: two deviations of {trial.Samples} perfect samples."),
            X = new Axis("distance k of frames"),
            Y = new Axis("covariance"),
            Curves =
            [
                new("γ_k, the truth", places, lags.True) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
                .. contestants.Select((c, i) => new Curve(c.Name, places, [.. places.Select(k => c.At((int)k).Mean)]) { Mark = CurveMark.LineAndPoints, Color = colors[i] }),
            ],
            Bands =
            [
                new("", places, [.. lags.True.Zip(deviations, (c, s) => c - (2 * s))], [.. lags.True.Zip(deviations, (c, s) => c + (2 * s))]) { Color = PlotColor.Muted },
                .. contestants.Select((c, i) => new Band(
                    "", places, [.. places.Select(k => c.Results.Min(r => r.Curve[(int)k]))], [.. places.Select(k => c.Results.Max(r => r.Curve[(int)k]))]) { Color = colors[i] }),
            ],
        };
        return new("lag-curves", chart.ToSvg(), "Both networks see the decay; how near each comes to it, with its spread over seeds.");
    }

    /// <summary>What a trained network's samples and score were like.</summary>
    private sealed record Outcome(double[] Curve, double LagError, double Correlation, double Gamma, double Score);

    /// <summary>An architecture, the learning rate that suits it, and what it achieved, seed by seed.</summary>
    private sealed class Contestant(string name, Func<int, INetwork> create)
    {
        public string Name => name;

        public Func<int, INetwork> Create => create;

        public double Parameters { get; } = create(0).Parameters.TrainedValueCount;

        public double LearningRate { get; set; } = s_rates[0];

        public double TrialError { get; set; } = double.PositiveInfinity;

        public List<Outcome> Results { get; } = [];

        public Criterion Correlates(double control)
        {
            int worst = Enumerable.Range(0, Results.Count).MinBy(seed => Results[seed].Correlation);
            return new($"{name}: correlation of its samples' lag curve with γ", Results[worst].Correlation, LeastCorrelation)
            {
                Kind = BoundKind.AtLeast,
                Seed = worst,
                Control = control,
                Note = $"{Spread.Of([.. Results.Select(r => r.Correlation)])} over seeds; control: frames without memory",
            };
        }

        public Criterion KnowsTheScore(double memoryless, double plugIn)
        {
            int worst = Enumerable.Range(0, Results.Count).MaxBy(seed => Results[seed].Score);
            return new($"{name}: relative error of its score", Results[worst].Score, MostOfMemoryless * memoryless)
            {
                Seed = worst,
                Control = memoryless,
                Floor = plugIn,
                Note = $"{Spread.Of([.. Results.Select(r => r.Score)])} over seeds; bound: half of that of a process without memory, the control; floor: the plug-in process of the training set",
            };
        }

        public Spread At(int lag) => Spread.Of([.. Results.Select(r => r.Curve[lag])]);
    }
}
