// Does a DiT that sees videos learn how their content moves? The centre of a ball follows a Gaussian process; frames are
// rendered, encoded by principal components, and a DiT is trained on the codes. Its samples are decoded, the ball is found
// in each frame, and the covariance and the steps of the centres are held against those of the process.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>Videos of a ball, learnt in the space of a linear autoencoder.</summary>
public sealed class VideoExperiment : ITrainingExperiment
{
    private const int Frames = 16, Codes = 10, FittedVideos = 256, ShownFrames = 8, Shades = 8;
    private const double Ell = 8, Deviation = 1.2, Tolerance = 0.15, MostOfShuffled = 0.5, LearningRate = 1e-2, Start = 6.5;

    /// <summary>Whether the training videos' frames are in random order: an error that the criteria must notice.</summary>
    internal bool ShufflesTraining { get; init; }

    /// <summary>What is spent; null for what the options say.</summary>
    internal TrainingConfig? Trial { get; init; }

    /// <inheritdoc/>
    public string Name => "video";

    /// <inheritdoc/>
    public string Question => "Does a DiT trained on encoded videos learn how the ball in them moves?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, Workbench? bench = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        bench ??= new();
        TrainingConfig trial = (Trial ?? (options.Quick ? TrainedNetwork.Trial(2048, 2600, 32, 1024, 32) : TrainedNetwork.Trial(16384, 12000, 128, 8192, 50))) with
        {
            LearningRate = LearningRate,
            TimePower = 1, // frames far apart are decided where noise is strong
            MaxTime = Start, // there the slowest mode, of some five times the variance of a code, is noise but for its last half percent
        };
        GaussianSequence paths = Paths();
        double kappa = paths.ConditionNumber(NoiseLevel.FromTime(trial.MinTime));
        LagCurves lags = new(paths);
        double step = MeanStep(paths);
        List<Film> films = [];
        Workbench[] parts = bench.Parts([.. Enumerable.Repeat(1.0, options.Seeds)]);
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            bench.Cancellation.ThrowIfCancellationRequested();
            films.Add(Make(trial with { Seed = seed }, paths, options.Quick, seed, parts[seed]));
        }

        Worst lag = new(), steps = new(), coherence = new(), centres = new();
        List<IReadOnlyList<string>> rows = [];
        for (int seed = 0; seed < films.Count; seed++)
        {
            Film film = films[seed];
            double lagError = lags.Error(film.Generated.Lags), stepError = Math.Abs((film.Generated.Step / step) - 1);
            lag.Add(lagError, seed, "");
            steps.Add(stepError, seed, "");
            coherence.Add(film.Generated.Step / film.Shuffled.Step, seed, "");
            centres.Add(film.CentreError / step, seed, "");
            rows.Add([.. new[] { seed, lagError, lags.Error(film.Decoded.Lags), lags.Error(film.Shuffled.Lags), film.Generated.Step, film.Decoded.Step, film.Shuffled.Step, step, film.CentreError, film.PixelError, film.Explained }.Select(ResultTable.Cell)]);
        }

        double shuffledLag = films.Min(f => lags.Error(f.Shuffled.Lags)), shuffledStep = films.Min(f => Math.Abs((f.Shuffled.Step / step) - 1));
        return new(Name, Question, options)
        {
            Criteria =
            [
                lag.AtMost("lag covariance of the centres: relative distance from Γ", Tolerance) with
                {
                    Floor = lags.Floor(trial.Samples), Control = shuffledLag,
                    Note = $"{Spread.Of([.. films.Select(f => lags.Error(f.Generated.Lags))])} over seeds; true videos through the autoencoder {Spread.Of([.. films.Select(f => lags.Error(f.Decoded.Lags))])}; control: the same frames shuffled; floor: as many perfect paths",
                },
                steps.AtMost("mean step of the centre: relative distance from that of the process", Tolerance) with
                {
                    Control = shuffledStep,
                    Note = FormattableString.Invariant($"{step:F3} px by theory, generated {Spread.Of([.. films.Select(f => f.Generated.Step)])}, true videos through the autoencoder {Spread.Of([.. films.Select(f => f.Decoded.Step)])}; control: the same frames shuffled"),
                },
                coherence.AtMost("mean step of the centre over that of the same frames shuffled", MostOfShuffled) with
                {
                    Control = 1, Note = $"{Spread.Of([.. films.Select(f => f.Generated.Step / f.Shuffled.Step)])} over seeds, true videos {Spread.Of([.. films.Select(f => f.Decoded.Step / f.Shuffled.Step)])}; control: frames in random order, by definition",
                },
                centres.AtMost("autoencoder: error of the centre of a fresh frame over the mean step", Tolerance) with
                {
                    Note = FormattableString.Invariant($"root mean square {films.Average(f => f.CentreError):G3} px; pixels to {films.Average(f => f.PixelError):P1} of their deviation, {films.Average(f => f.Explained):P2} of the variance in {Codes} codes"),
                },
            ],
            Tables =
            [
                new("videos", ["seed", "lag_error", "lag_error_autoencoder", "lag_error_shuffled", "step", "step_autoencoder", "step_shuffled", "step_theory", "centre_error", "pixel_error", "explained"], rows),
                new("curves", ["lag", "truth", "generated_mean", "generated_deviation", "autoencoder_mean", "shuffled_mean"], [.. Enumerable.Range(0, Frames).Select(k => (IReadOnlyList<string>)
                [
                    ResultTable.Cell(k), ResultTable.Cell(lags.True[k]), ResultTable.Cell(Spread.Of([.. films.Select(f => f.Generated.Lags[k])]).Mean),
                    ResultTable.Cell(Spread.Of([.. films.Select(f => f.Generated.Lags[k])]).Deviation), ResultTable.Cell(films.Average(f => f.Decoded.Lags[k])), ResultTable.Cell(films.Average(f => f.Shuffled.Lags[k])),
                ])]),
            ],
            Figures = [Strip(films[0], kappa), Curves(lags, films, trial, kappa)],
            Text = FormattableString.Invariant($"{trial.TrainingSequences} videos of {Frames} frames of {BallVideo.Side} × {BallVideo.Side} pixels; the centre: two coordinates, deviation {Deviation} px, exp(−k²/{Ell}), κ = {kappa:F0} at t₀ = {trial.MinTime}. ")
                + FormattableString.Invariant($"{Codes} principal components of a frame; a DiT trained for {trial.Steps} steps of {trial.Batch} to predict v around the variance of each code; {trial.Samples} videos drawn from t = {trial.MaxTime} on. ")
                + "A centre is a centroid of light, nearly linear in the codes; the videos themselves are not Gaussian.",
            Tried = "disc edges of 0.8 px (the ball's steps come out half too long), codes each scaled to variance 1 (likewise), paths with ν = 1, deviations of 1.5 px, a width of 48, learning rates of 0.006 and 0.01, 16 and 20 steps of the sampler; training times that lean to little noise. The settings were chosen on seeds 10 to 12, which are not judged, by the mean distance from Γ with 2048 videos: 8 codes without the skip, 1300 steps of 64 from t = 9 0.130, from t = 6.5 0.125; 2600 steps of 32 0.120; with 10 codes and the skip too 0.103. What is left is a variance a tenth too small, blurred balls being drawn to the middle, and a covariance of some 0.03 between frames far apart.",
        };
    }

    // The paths of the centre: two independent coordinates.
    private static GaussianSequence Paths() => new(
        Frames, 2, [.. Enumerable.Repeat(BallVideo.Middle, Frames * 2)], new ExponentialPower(2, Ell).Matrix(Frames),
        [Deviation * Deviation, 0, 0, Deviation * Deviation]);

    // E‖Δ‖ of two normal coordinates of variance 2s²(1 − γ_1): their length has the mean √(π/2) deviations.
    private static double MeanStep(GaussianSequence paths) =>
        Deviation * Math.Sqrt(2 * (1 - paths.Temporal[1])) * Math.Sqrt(Math.PI / 2);

    private Film Make(TrainingConfig trial, GaussianSequence paths, bool quick, int seed, Workbench bench)
    {
        Workbench[] parts = bench.Parts(TrainedNetwork.TrainingCost(trial), TrainedNetwork.DrawingCost(trial, trial.Samples));
        Philox random = new((ulong)seed, PhiloxStream.Data);
        float[] centres = new float[trial.TrainingSequences * paths.Size], fresh = new float[trial.Samples * paths.Size];
        paths.Sample(random, 0, centres);
        paths.Sample(random, 1L << 31, fresh); // keys that no training sequence has
        float[] videos = BallVideo.Render(centres), truth = BallVideo.Render(fresh);
        if (ShufflesTraining) videos = BallVideo.Shuffled(videos, Frames, BallVideo.Pixels, seed);

        int fitted = Math.Min(trial.TrainingSequences, FittedVideos) * Frames * BallVideo.Pixels;
        FrameCodes autoencoder = new(videos.AsSpan(0, fitted), BallVideo.Pixels, Codes);
        float[] codes = autoencoder.Encode(videos);
        GaussianSequence judge = EstimatedProcess.Ratio(new SequenceStatistics(codes, Frames, Codes));
        DiTConfig config = new(new SequenceLayout(Frames, Codes), quick ? 64 : 96, quick ? 2 : 4, 4);
        TrainedNetwork network = TrainedNetwork.Of(new DiT(config, (ulong)seed), new SequenceData(codes, [], judge, judge, JudgeIsTruth: false), trial, FormattableString.Invariant($"seed-{seed}"), parts[0], Skip(codes));
        float[] generated = autoencoder.Decode(network.Samples(trial.Samples, parts[1]));
        float[] decoded = autoencoder.Decode(autoencoder.Encode(truth)), shuffled = BallVideo.Shuffled(generated, Frames, BallVideo.Pixels, seed);
        float[] found = BallVideo.Locate(decoded), seen = BallVideo.Locate(truth);
        double squared = 0, pixels = 0, power = 0, mean = truth.Average(v => (double)v);
        for (int i = 0; i < found.Length; i++) squared += (found[i] - (double)seen[i]) * (found[i] - (double)seen[i]);
        for (int i = 0; i < truth.Length; i++)
        {
            pixels += (truth[i] - (double)decoded[i]) * (truth[i] - (double)decoded[i]);
            power += (truth[i] - mean) * (truth[i] - mean);
        }

        LagCurves lags = new(paths);
        int shown = Frames * BallVideo.Pixels;
        return new(
            Motion.Of(BallVideo.Locate(generated), lags), Motion.Of(found, lags), Motion.Of(BallVideo.Locate(shuffled), lags),
            Math.Sqrt(2 * squared / found.Length), Math.Sqrt(pixels / power), autoencoder.Explained,
            [truth[..shown], decoded[..shown], generated[..(2 * shown)], shuffled[..shown]]);
    }

    // v around the variance of each code, the same in every frame: codes of a hundredth of the variance are learnt as well
    // as the first, and of time the network knows nothing beforehand.
    private static GaussianSkip Skip(float[] codes)
    {
        double[] power = new double[Codes];
        for (int i = 0; i < codes.Length; i++) power[i % Codes] += (double)codes[i] * codes[i] * Codes / codes.Length;
        return new(new double[Frames * Codes], [.. Enumerable.Repeat(power, Frames).SelectMany(p => p)]);
    }

    private static ResultFigure Strip(Film film, double kappa)
    {
        string[] names = ["true", "true, through the autoencoder", "generated", "generated, frames shuffled: the control"];
        FilmStrip strip = new()
        {
            Title = "Videos of a ball, true and generated",
            Subtitle = FormattableString.Invariant($"{BallVideo.Side} × {BallVideo.Side} pixels, every second of {Frames} frames; paths with κ = {kappa:F0}; {Codes} codes of a frame; seed 0."),
            Rows = [.. film.Shown.SelectMany((videos, row) => videos.Chunk(Frames * BallVideo.Pixels).Select(video => new FilmRow(names[row], Panels(video))))],
        };
        return new("film", strip.ToSvg(), "The generated balls move as the true ones do; the last row shows what frames without an order look like.");
    }

    // In few shades, which keep the document small.
    private static IReadOnlyList<HeatMapPanel> Panels(float[] video) =>
    [
        .. Enumerable.Range(0, ShownFrames).Select(i => new HeatMapPanel("", BallVideo.Side, BallVideo.Side,
            [.. video.AsSpan(i * (Frames / ShownFrames) * BallVideo.Pixels, BallVideo.Pixels).ToArray().Select(v => Math.Round(Math.Clamp(v, 0, 1) * Shades) / Shades)])),
    ];

    private static ResultFigure Curves(LagCurves lags, List<Film> films, TrainingConfig trial, double kappa)
    {
        double[] places = [.. Enumerable.Range(0, Frames).Select(k => (double)k)];
        double[] Mean(Func<Film, Motion> of) => [.. places.Select(k => films.Average(f => of(f).Lags[(int)k]))];
        LineChart chart = new()
        {
            Title = "Covariance of the ball's centre against the distance of frames",
            Subtitle = FormattableString.Invariant($"Deviation {Deviation} px, γ_k = exp(−k²/{Ell}), κ = {kappa:F0}; {trial.Samples} videos, mean of {films.Count} seeds, band from least to largest."),
            X = new Axis("distance k of frames"),
            Y = new Axis("covariance over that of a frame"),
            Curves =
            [
                new("γ_k, the truth", places, lags.True) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
                new("true videos, decoded", places, Mean(f => f.Decoded)) { Mark = CurveMark.Points, Color = PlotColor.Green },
                new("generated", places, Mean(f => f.Generated)) { Mark = CurveMark.LineAndPoints, Color = PlotColor.Blue },
                new("generated, shuffled", places, Mean(f => f.Shuffled)) { Color = PlotColor.Muted },
            ],
            Bands = [new("", places, [.. places.Select(k => films.Min(f => f.Generated.Lags[(int)k]))], [.. places.Select(k => films.Max(f => f.Generated.Lags[(int)k]))]) { Color = PlotColor.Blue }],
        };
        return new("lag-curves", chart.ToSvg(), "Shuffled frames keep the variance and lose all of the rest.");
    }

    /// <summary>How centres move: their lag curve, and the mean distance between successive ones, pixels.</summary>
    private sealed record Motion(double[] Lags, double Step)
    {
        public static Motion Of(float[] centres, LagCurves lags)
        {
            double sum = 0;
            int count = 0;
            for (int i = 0; i + 3 < centres.Length; i += 2)
            {
                if (i / 2 % Frames == Frames - 1) continue; // the next centre is of another video
                double dx = centres[i + 2] - (double)centres[i], dy = centres[i + 3] - (double)centres[i + 1];
                sum += Math.Sqrt((dx * dx) + (dy * dy));
                count++;
            }

            return new(lags.Of(centres), sum / count);
        }
    }

    /// <summary>What a seed gave; the shown videos: true, decoded, generated, shuffled.</summary>
    private sealed record Film(Motion Generated, Motion Decoded, Motion Shuffled, double CentreError, double PixelError, double Explained, float[][] Shown);
}
