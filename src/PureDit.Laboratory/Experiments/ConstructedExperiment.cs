// Can the library's own DiT, softmax attention and adaLN gates and all, hold the score of a Gaussian process in its
// weights, without training? ConstructedDiT writes them; here they are judged:
//
//   network against the iteration that it is    both with K steps: what float32, layer norms and fitted gates cost
//   network against the score                   the accuracy that was asked for, at every time
//   samples against those of the exact score    the same noise, the same sampler
//   error against the constant C                ‖rest‖²/4C²: layer norms are all that is not exact at small C

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.GaussianProcess.Unrolled;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>The DiT that was never trained, against the iteration, the score and the samples that it stands for.</summary>
public sealed class ConstructedExperiment : IExperiment
{
    private const double Accuracy = 0.01;
    private const int Batch = 16;
    private static readonly UniformLogSnr s_schedule = new(0.01, 9);
    private static readonly double[] s_times = [0.01, 0.03, 0.1, 0.3, 1, 3, 9];
    private static readonly float[] s_constants = [256, 512, 1024];

    /// <summary>A factor on the ℓ that is written; anything but 1 is an error that the criteria must notice.</summary>
    internal double EllScale { get; init; } = 1;

    /// <inheritdoc/>
    public string Name => "constructed";

    /// <inheritdoc/>
    public string Question => "Can the library's own DiT hold the score of a Gaussian process in its weights, without training, and sample from it?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int frames = options.Quick ? 8 : 16, samples = options.Quick ? 256 : 8192;
        Worst iteration = new(), score = new(), half = new(), drawn = new(), few = new(), norm = new();
        double control = 0;
        List<IReadOnlyList<string>> rows = [], constants = [];
        List<ResultFigure> figures = [];
        (double Nu, double Ell)[] kernels = options.Quick ? [(1, 4), (2, 2)] : [(0.5, 4), (1, 1), (1, 2), (1, 4), (2, 1), (2, 2), (2, 3)];
        for (int i = 0; i < kernels.Length; i++)
        {
            LaboratoryProcess process = LaboratoryProcess.Of(frames, kernels[i].Nu, kernels[i].Ell);
            GaussianSequence written = LaboratoryProcess.Of(frames, kernels[i].Nu, kernels[i].Ell * EllScale).Process;
            int blocks = ConstructedDiT.BlocksFor(written, s_schedule, Accuracy);
            DiffusionModel model = ConstructedDiT.Build(written, s_schedule, blocks);
            IDenoiser network = model.Denoiser(Cpu.AllCores), halfNetwork = Denoiser(process, blocks / 2);
            double kappa = process.At(s_schedule.Start).ConditionNumber;
            foreach (double time in s_times)
            {
                for (int seed = 0; seed < options.Seeds; seed++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    string at = FormattableString.Invariant($"{process.Name}, t = {time}");
                    Errors errors = Compare(process, network, blocks, time, seed);
                    iteration.Add(errors.FromIteration, seed, at);
                    score.Add(errors.FromScore / Accuracy, seed, at);
                    half.Add(Compare(process, halfNetwork, blocks / 2, time, seed).FromScore / Accuracy, seed, at);
                    rows.Add([.. new[] { process.Nu, process.Ell, time, process.At(time).ConditionNumber, blocks, model.Network.Config.Width, seed, errors.FromIteration, errors.FromScore, errors.Iteration }.Select(ResultTable.Cell)]);
                }
            }

            if (i == 0) control = Compare(process, Denoiser(LaboratoryProcess.Of(frames, process.Nu, process.Ell * 1.01), blocks), blocks, 0.1, 0).FromIteration;
            for (int seed = 0; seed < options.Seeds; seed++)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((i + ((seed + 0.5) / options.Seeds)) / (kernels.Length + 1));
                double[] exact = Temporal(process, new GaussianDenoiser(process.Process), samples, seed);
                double Distance(IDenoiser denoiser) => Dense.RelativeError(Temporal(process, denoiser, samples, seed), exact);
                drawn.Add(Distance(network), seed, process.Name);
                if (i == 0 && seed == 0) few.Add(Distance(Denoiser(process, 4)), seed, process.Name);
            }
        }

        LaboratoryProcess shown = LaboratoryProcess.Of(frames, 1, 4);
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            double[] errors = [.. s_constants.Select(c => Compare(shown, ConstructedDiT.Build(shown.Process, s_schedule, 8, c).Denoiser(Cpu.AllCores), 8, 0.3, seed).FromIteration)];
            for (int c = 0; c < errors.Length; c++) constants.Add([.. new[] { s_constants[c], seed, errors[c] }.Select(ResultTable.Cell)]);
            double slope = LineFit.Of([.. s_constants.Select(c => PortableMath.Log(c))], [.. errors.Select(v => PortableMath.Log(v))]).Slope;
            norm.Add(Math.Abs(slope + 2), seed, FormattableString.Invariant($"slope {slope:F3}, C = {s_constants[0]} to {s_constants[^1]}"));
        }

        figures.Add(Figure(options, shown, cancellation));
        return new(Name, Question, options)
        {
            Criteria =
            [
                iteration.AtMost("network against the iteration of as many steps, over ‖s‖", 1e-3) with
                {
                    Floor = PortableMath.Pow(2, -24), Control = control, Note = $"{iteration.AtMost("", 0).Note}; control: the network of ℓ·1.01",
                },
                score.AtMost("error of the score over the accuracy asked for, all times", 1.05) with { Control = half.Value, Note = $"{score.AtMost("", 0).Note}; control: half the blocks" },
                drawn.AtMost("Γ of the samples against that of the exact score's, same noise", Accuracy) with { Control = few.Value, Note = $"{drawn.AtMost("", 0).Note}; {samples} samples; control: four blocks" },
                norm.AtMost("slope of ln error against ln C: distance from −2", 0.1),
            ],
            Tables = [new("errors", ["nu", "ell", "t", "kappa", "blocks", "width", "seed", "from_iteration", "from_score", "iteration_from_score"], rows), new("constants", ["constant", "seed", "from_iteration"], constants)],
            Figures = figures,
            Text = $"N = {frames}, d = {LaboratoryProcess.Channels}, {kernels.Length} kernels, {s_times.Length} times from {s_schedule.Start} to {s_schedule.End}, {options.Seeds} seeds of {Batch} samples. "
                + "Weights are written for an accuracy of 10⁻² at t₀, then the network runs as any trained one: float32, the library's kernels, the library's samplers. "
                + "Exact in real numbers: the products by Γ and Σ, the MLP, the way of the time. Approximate: the layer norm, ‖rest‖²/4C² with C = 4096; the gates, fitted to five digits; K steps.",
            Tried = "gates fitted with ramps of several steepness; Chebyshev's nodes in Leja's order (in sorted order the iterates of 64 steps grow by twelve digits); constants from 16 to 4096.",
        };
    }

    private static DiTDenoiser Denoiser(LaboratoryProcess process, int blocks) =>
        ConstructedDiT.Build(process.Process, s_schedule, Math.Max(1, blocks)).Denoiser(Cpu.AllCores);

    private readonly record struct Errors(double FromIteration, double FromScore, double Iteration);

    // Over the norm of the exact noise prediction: network − iteration, network − exact, iteration − exact.
    private static Errors Compare(LaboratoryProcess process, IDenoiser network, int blocks, double time, int seed)
    {
        NoiseLevel level = NoiseLevel.FromTime(time);
        ScoreObjective objective = process.At(time);
        UnrolledSchedule schedule = UnrolledSchedule.Richardson(objective.Smallest, objective.Largest, Math.Max(1, blocks));
        int size = process.Process.Size;
        float[] x = new float[Batch * size], predicted = new float[x.Length];
        double[] iterated = new double[x.Length], exact = new double[x.Length], found = new double[x.Length];
        for (int k = 0; k < Batch; k++)
        {
            double[] sample = [.. process.Noisy(level, (seed * Batch) + k).Select(v => (double)(float)v)];
            for (int i = 0; i < size; i++) x[(k * size) + i] = (float)sample[i];
            double[] score = GradientUnrolling.Run(objective, schedule, sample).Score, minimiser = LaboratoryProcess.Minimiser(objective, sample);
            for (int i = 0; i < size; i++) (iterated[(k * size) + i], exact[(k * size) + i]) = (-level.Sigma * score[i], -level.Sigma * minimiser[i]);
        }

        Prediction.Of(network, PredictionKind.Noise, level, x, predicted);
        for (int i = 0; i < found.Length; i++) found[i] = predicted[i];
        double length = Math.Sqrt(Dense.SquaredNorm(exact));
        return new(Distance(found, iterated) / length, Distance(found, exact) / length, Distance(iterated, exact) / length);
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());

    private static double[] Temporal(LaboratoryProcess process, IDenoiser denoiser, int samples, int seed)
    {
        float[] drawn = new float[samples * process.Process.Size];
        new SampleDrawer(denoiser, s_schedule).Draw(new SamplingOptions { Steps = 20, Seed = (ulong)seed }, drawn);
        return new SequenceStatistics(drawn, process.Process.Frames, process.Process.Channels).Temporal.ToArray();
    }

    private static ResultFigure Figure(ExperimentOptions options, LaboratoryProcess process, CancellationToken cancellation)
    {
        double[] blocks = options.Quick ? [2, 4, 8, 16, 32, 48, 64] : [2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128];
        List<Curve> curves = [];
        List<Band> bands = [];
        foreach (double time in new[] { 0.01, 0.1, 1 })
        {
            PlotColor color = PlotColor.Blue + (curves.Count / 2);
            Errors[][] errors = [.. blocks.Select(k =>
            {
                cancellation.ThrowIfCancellationRequested();
                DiTDenoiser network = Denoiser(process, (int)k);
                return Enumerable.Range(0, options.Seeds).Select(seed => Compare(process, network, (int)k, time, seed)).ToArray();
            })];
            double kappa = process.At(time).ConditionNumber;
            curves.Add(new(FormattableString.Invariant($"DiT, t = {time}, κ = {kappa:F0}"), blocks, [.. errors.Select(e => e.Average(v => v.FromScore))]) { Mark = CurveMark.Points, Color = color });
            curves.Add(new("", blocks, [.. errors.Select(e => e.Average(v => Math.Max(v.Iteration, 1e-7)))]) { Mark = CurveMark.Dashed, Color = color });
            bands.Add(new("", blocks, [.. errors.Select(e => e.Min(v => v.FromScore))], [.. errors.Select(e => e.Max(v => v.FromScore))]) { Color = color });
        }

        LineChart chart = new()
        {
            Title = "Error of a DiT that was never trained, against its blocks",
            Subtitle = FormattableString.Invariant($"{process.Name}, N = {process.Process.Frames}, d = {LaboratoryProcess.Channels}; mean of {options.Seeds} seeds, band from least to largest."),
            X = new Axis("blocks K"),
            Y = new Axis("relative error of the score", AxisScale.Log) { Minimum = 1e-7 },
            Curves = curves,
            Bands = bands,
        };
        return new("blocks", chart.ToSvg(), "Dashed: the same iteration in double. Where the DiT leaves it, float32 and the fitted gates show.");
    }
}
