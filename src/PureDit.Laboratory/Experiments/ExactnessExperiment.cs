// Is everything but the network exact? With the exact score each sampler turns normal noise into a Gaussian whose
// covariance obeys a closed recurrence mode by mode (ModeRecurrence). The samplers that users run are held against it:
//   without drawing a number   all modes at once, from the samplers' responses to impulses (SamplerLaw)
//   printed numbers            one mode of λ = 3.7, worked out apart from this code
//   by samples                 C_ij estimated from n of them scatters by (C_ii C_jj + C_ij²)/n; C is made I, so that all modes count
// What a trained network gets wrong beyond this is the network's.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Laboratory;

/// <summary>Every sampler with the exact score against its closed form.</summary>
public sealed class ExactnessExperiment : IExperiment
{
    private const double Single = 1.0 / (1 << 24); // samples are floats
    private const double Lambda = 3.7, Last = 6, First = 0.01;
    private static readonly int[] s_steps = [25, 50, 100, 200, 400];

    /// <summary>Gives the samplers the score of Σ ⊗ Γ; an error that the criteria must notice.</summary>
    internal bool SwapFactors { get; init; }

    /// <summary>Replaces the true posterior variance; an error that the criteria must notice.</summary>
    internal Func<GaussianSequence, IReverseVariance> PosteriorVariance { get; init; } = process => new GaussianReverseVariance(process);

    /// <inheritdoc/>
    public string Name => "exactness";

    /// <inheritdoc/>
    public string Question => "Do the samplers, given the exact score, make exactly the distribution that their recurrences say?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int frames = options.Quick ? 8 : 16, count = options.Quick ? 2000 : 20000, steps = options.Quick ? 25 : 50;
        Worst covariance = new(), mode = new(), mean = new(), chain = new(), scatter = new();
        double control = double.PositiveInfinity, controlScatter = double.PositiveInfinity;
        List<IReadOnlyList<string>> rows = [];
        LaboratoryProcess[] processes = [LaboratoryProcess.Of(frames, 1, 4), LaboratoryProcess.Of(frames, 2, 2)];
        for (int p = 0; p < processes.Length; p++)
        {
            GaussianSequence process = processes[p].Process;
            GaussianDenoiser denoiser = new(SwapFactors
                ? new(process.Channels, process.Frames, process.Mean, process.Spatial, process.Temporal)
                : process);
            Method[] methods = Methods(process, steps);
            for (int i = 0; i < methods.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((p + ((double)i / methods.Length)) / processes.Length);
                Method method = methods[i];
                string at = $"{processes[p].Name}, {method.Name}";
                SamplerLaw law = SamplerLaw.Of(method.Sampler, denoiser, method.Levels);
                double[] variances = [.. process.Modes.ToArray().Select(lambda => method.Closed(lambda).Variance())];
                double[] found = law.Covariance(), expected = Rotated(process, variances);
                double distance = Dense.RelativeError(found, expected), worstMode = WorstMode(process, found, variances), worstMean = MeanError(process, law, method);
                covariance.Add(distance, null, at);
                mode.Add(worstMode, null, at);
                mean.Add(worstMean, null, at);
                if (method.Name == "DDIM") control = Math.Min(control, Dense.RelativeError(found, Flow(process, method.Levels)));
                if (method.Name == "DDPM, posterior") chain.Add(Dense.RelativeError(found, ReverseSde(process, method.Levels)), null, at);

                double worstScatter = double.NegativeInfinity;
                for (int seed = 0; seed < options.Seeds; seed++)
                {
                    double[] samples = SampleCovariance(method, denoiser, count, seed);
                    double value = Scatter(process, samples, variances, count);
                    scatter.Add(value, seed, at);
                    worstScatter = Math.Max(worstScatter, value);
                    if (method.Name == "DDPM, β̃") controlScatter = Math.Min(controlScatter, Scatter(process, samples, FlowVariances(process, method.Levels), count));
                }

                rows.Add([ResultTable.Cell(processes[p].Nu), ResultTable.Cell(processes[p].Ell), ResultTable.Cell(process.ConditionNumber(method.Levels[^1])), method.Name,
                    .. new[] { distance, worstMode, worstMean, worstScatter, Dense.RelativeError(expected, ReverseSde(process, method.Levels)) }.Select(ResultTable.Cell)]);
            }
        }

        (Worst printed, IReadOnlyList<IReadOnlyList<string>> printedRows) = Printed();
        return new(Name, Question, options)
        {
            Criteria =
            [
                covariance.AtMost("covariance of a sampler's output against the rotated recurrence, relative", 1e-5) with
                {
                    Floor = Single, Control = control, Note = $"{covariance.AtMost("", 0).Note}; control: DDIM against the exact flow, which it shrinks",
                },
                mode.AtMost("variance of a mode against its recurrence, relative", 1e-4) with { Floor = Single },
                mean.AtMost("mean of a sampler's output against its recurrence, over ‖μ‖", 1e-5) with { Floor = Single },
                chain.AtMost("DDPM with the true posterior variance against the exact reverse SDE, relative", 1e-5) with { Floor = Single },
                printed.AtMost("printed golden numbers: largest error in units of the last digit", 1) with { Floor = 0 },
                .. Orders(),
                scatter.AtMost($"covariance of {count} samples, whitened: distance above its expectation, in standard deviations", 4) with
                {
                    Control = controlScatter, Note = $"{scatter.AtMost("", 0).Note}; control: DDPM with β̃ against the exact flow",
                },
            ],
            Tables =
            [
                new("samplers", ["nu", "ell", "kappa_t0", "sampler", "covariance_error", "mode_error", "mean_error", "scatter", "distance_from_reverse_sde"], rows),
                new("printed", ["what", "printed", "found", "units"], printedRows),
            ],
            Figures = [Figure()],
            Text = $"N = {frames}, d = {LaboratoryProcess.Channels}, two kernels, {rows.Count / 2} samplers of {steps} steps from N(0, I), {count} samples for each of {options.Seeds} seeds. "
                + "The first four criteria draw nothing: they follow the responses to impulses. Even with the exact score only DDPM with the posterior variance is exact; what the others miss is in the last column of the table.",
            Tried = "all levels and step numbers of the golden values; impulses in every value of the start and of each step's noise.",
        };
    }

    // A sampler, the levels it walks, and what it should do to a mode there.
    private sealed record Method(string Name, ISampler Sampler, NoiseLevel[] Levels, Func<double, ModeLaw> Closed);

    private Method[] Methods(GaussianSequence process, int steps)
    {
        NoiseLevel[] early = NoiseGrid.UniformLogSnr(NoiseLevel.FromTime(Last), NoiseLevel.FromTime(First), steps), clean = Chain(steps);
        Method Of(string name, ISampler sampler, NoiseLevel[] levels, Func<ReverseStep, double, ModeStep> step) =>
            new(name, sampler, levels, lambda => ModeRecurrence.Run(step, levels, lambda));
        return
        [
            Of("probability flow, Euler", new ProbabilityFlowEuler(), early, ModeRecurrence.Euler),
            Of("probability flow, Heun", new ProbabilityFlowHeun(), early, ModeRecurrence.Heun),
            Of("Euler–Maruyama", new ReverseSdeEulerMaruyama(), early, ModeRecurrence.EulerMaruyama),
            Of("exponential integrator", new ReverseSdeExponential(), early, ModeRecurrence.Exponential),
            Of("DDPM, β", new DdpmSampler(ReverseVariance.Beta), clean, ModeRecurrence.DdpmBeta),
            Of("DDPM, β̃", new DdpmSampler(), clean, ModeRecurrence.DdpmBetaTilde),
            Of("DDPM, posterior", new DdpmSampler(PosteriorVariance(process)), clean, ModeRecurrence.DdpmPosterior),
            Of("DDIM", new DdimSampler(), clean, ModeRecurrence.Ddim(0)),
            Of("DDIM, η = ½", new DdimSampler(0.5), clean, ModeRecurrence.Ddim(0.5)),
            new("DPM-Solver++", new DpmSolverPlusPlus2M(), clean, lambda => ModeRecurrence.DpmSolver(clean, lambda)),
        ];
    }

    private static NoiseLevel[] Chain(int steps)
    {
        DdpmSchedule schedule = DdpmSchedule.Linear(50, 1e-4, 0.25);
        return NoiseGrid.Respaced(schedule, steps);
    }

    // Largest relative error of the variances along the modes.
    private static double WorstMode(GaussianSequence process, double[] covariance, double[] variances)
    {
        double worst = 0;
        double[] column = new double[process.Size], image = new double[process.Size], mode = new double[process.Size];
        for (int i = 0; i < process.Size; i++)
        {
            mode.AsSpan().Clear();
            mode[i] = 1;
            process.FromModes(mode, column);
            Dense.Multiply(covariance, column, process.Size, process.Size, 1, image);
            worst = Math.Max(worst, Math.Abs((column.Zip(image, (x, y) => x * y).Sum() / variances[i]) - 1));
        }

        return worst;
    }

    private static double MeanError(GaussianSequence process, SamplerLaw law, Method method)
    {
        double[] mu = new double[process.Size], expected = new double[process.Size];
        process.ToModes(process.Mean, mu);
        for (int i = 0; i < mu.Length; i++) mu[i] *= method.Levels[^1].Alpha + method.Closed(process.Modes[i]).Bias;
        process.FromModes(mu, expected);
        double distance = 0;
        for (int i = 0; i < mu.Length; i++) distance += (law.Mean[i] - expected[i]) * (law.Mean[i] - expected[i]);
        return Math.Sqrt(distance / Dense.SquaredNorm(process.Mean));
    }

    private static double[] FlowVariances(GaussianSequence process, NoiseLevel[] levels) =>
        [.. process.Modes.ToArray().Select(lambda => ModeRecurrence.V(levels[^1], lambda) / ModeRecurrence.V(levels[0], lambda))];

    private static double[] Flow(GaussianSequence process, NoiseLevel[] levels) => Rotated(process, FlowVariances(process, levels));

    private static double[] ReverseSde(GaussianSequence process, NoiseLevel[] levels) =>
        Rotated(process, [.. process.Modes.ToArray().Select(lambda => ReverseSde(levels, lambda))]);

    // From N(0, 1):  V_s + e^{−(t−s)} (V_s/V_t)² (1 − V_t).
    private static double ReverseSde(NoiseLevel[] levels, double lambda)
    {
        double from = ModeRecurrence.V(levels[0], lambda), to = ModeRecurrence.V(levels[^1], lambda);
        return to + (PortableMath.Exp(levels[^1].Time - levels[0].Time) * (to / from) * (to / from) * (1 - from));
    }

    private static double[] Rotated(GaussianSequence process, double[] variances)
    {
        double[] covariance = new double[process.Size * process.Size];
        process.FromModeVariances(variances, covariance);
        return covariance;
    }

    private static double[] SampleCovariance(Method method, GaussianDenoiser denoiser, int count, int seed)
    {
        float[] samples = new float[count * denoiser.Size];
        PhiloxNoise noise = new((ulong)seed, denoiser.Size);
        noise.Fill(0, samples);
        method.Sampler.Run(denoiser, method.Levels, noise, samples, new SamplerWorkspace());
        return SequenceStatistics.FullCovariance(samples, denoiser.Size);
    }

    // W = C^−½ Ĉ C^−½ should be I, so that every mode counts alike. ‖W − I‖² is p(p + 1)/ν on average, with variance
    // 4p(p + 1)/ν² where it is close to normal.
    private static double Scatter(GaussianSequence process, double[] found, double[] variances, int count)
    {
        int size = process.Size;
        double[] root = new double[found.Length], half = new double[found.Length], white = new double[found.Length];
        process.FromModeVariances([.. variances.Select(v => 1 / Math.Sqrt(v))], root);
        Dense.Multiply(root, found, size, size, size, half);
        Dense.Multiply(half, root, size, size, size, white);
        for (int i = 0; i < size; i++) white[(i * size) + i] -= 1;
        double degrees = count - 1, pairs = (double)size * (size + 1);
        return (Dense.SquaredNorm(white) - (pairs / degrees)) / (2 * Math.Sqrt(pairs) / degrees);
    }

    private (Worst Worst, IReadOnlyList<IReadOnlyList<string>> Rows) Printed()
    {
        GaussianSequence process = new(1, 1, [], [1], [Lambda]);
        GaussianDenoiser denoiser = new(process);
        NoiseLevel from = NoiseLevel.FromTime(Last), to = NoiseLevel.FromTime(First);
        double Variance(ISampler sampler, NoiseLevel[] levels, double start = 1) => SamplerLaw.Of(sampler, denoiser, levels).Covariance(start)[0];
        DdpmSampler posterior = new(PosteriorVariance(process));
        NoiseLevel[] chain = Chain(50);
        double noisy = ModeRecurrence.V(chain[0], Lambda);
        List<(string What, double Printed, double Found, double Unit)> numbers =
        [
            ("reverse SDE, by an exact chain of 7 steps", 3.67291, Variance(posterior, NoiseGrid.UniformLogSnr(from, to, 7)), 1e-5),
            ("probability flow, by Heun's method", 3.64872, Variance(new ProbabilityFlowHeun(), NoiseGrid.UniformLogSnr(from, to, 1000)), 1e-5),
            ("DDPM, β", 3.56622, Variance(new DdpmSampler(ReverseVariance.Beta), chain, noisy), 1e-5),
            ("DDPM, β̃", 3.35044, Variance(new DdpmSampler(), chain, noisy), 1e-5),
            ("DDPM, posterior", 3.70000, Variance(posterior, chain, noisy), 1e-5),
            ("DDIM, gain", 1.873289, Math.Sqrt(Variance(new DdimSampler(), chain)), 1e-6),
            ("exact flow, gain", 1.920813, Math.Sqrt(Flow(process, chain)[0]), 1e-6),
        ];
        double[] eulerMaruyama = [3.4226, 3.5417, 3.6057, 3.6389, 3.6558], exponential = [3.8050, 3.7348, 3.7029, 3.6877, 3.6802];
        for (int i = 0; i < s_steps.Length; i++)
        {
            NoiseLevel[] levels = NoiseGrid.UniformTime(from, to, s_steps[i]);
            numbers.Add(($"Euler–Maruyama, {s_steps[i]} steps", eulerMaruyama[i], Variance(new ReverseSdeEulerMaruyama(), levels), 1e-4));
            numbers.Add(($"exponential integrator, {s_steps[i]} steps", exponential[i], Variance(new ReverseSdeExponential(), levels), 1e-4));
        }

        Worst worst = new();
        foreach ((string what, double printed, double found, double unit) in numbers) worst.Add(Math.Abs(found - printed) / unit, null, what);
        return (worst, [.. numbers.Select(n => new[] { n.What, ResultTable.Cell(n.Printed), ResultTable.Cell(n.Found), ResultTable.Cell(Math.Abs(n.Found - n.Printed) / n.Unit) })]);
    }

    // Error of the variance of one mode against the number of steps, by the recurrences that the samplers were held to.
    private static (string Name, int Order, double[] Errors)[] Errors()
    {
        NoiseLevel from = NoiseLevel.FromTime(Last), to = NoiseLevel.FromTime(First);
        double sde = ReverseSde([from, to], Lambda), flow = ModeRecurrence.V(to, Lambda) / ModeRecurrence.V(from, Lambda);
        double[] Of(double exact, Func<NoiseLevel[], ModeLaw> law) =>
            [.. s_steps.Select(n => Math.Abs(law(NoiseGrid.UniformLogSnr(from, to, 4 * n)).Variance() - exact))];
        return
        [
            ("Euler–Maruyama", 1, Of(sde, levels => ModeRecurrence.Run(ModeRecurrence.EulerMaruyama, levels, Lambda))),
            ("exponential integrator", 1, Of(sde, levels => ModeRecurrence.Run(ModeRecurrence.Exponential, levels, Lambda))),
            ("DDIM", 1, Of(flow, levels => ModeRecurrence.Run(ModeRecurrence.Ddim(0), levels, Lambda))),
            ("Heun", 2, Of(flow, levels => ModeRecurrence.Run(ModeRecurrence.Heun, levels, Lambda))),
            ("DPM-Solver++", 2, Of(flow, levels => ModeRecurrence.DpmSolver(levels, Lambda))),
        ];
    }

    private static IEnumerable<Criterion> Orders()
    {
        double[] logs = [.. s_steps.Select(n => PortableMath.Log(n))];
        foreach (IGrouping<int, (string Name, int Order, double[] Errors)> group in Errors().GroupBy(e => e.Order))
        {
            Worst worst = new();
            foreach ((string name, int order, double[] errors) in group)
            {
                double slope = -LineFit.Of(logs, [.. errors.Select(e => PortableMath.Log(e))]).Slope;
                worst.Add(Math.Abs(slope - order), null, FormattableString.Invariant($"{name}, order {slope:F3}"));
            }

            yield return worst.AtMost($"samplers of order {group.Key}: distance of the fitted order", 0.1);
        }
    }

    private static ResultFigure Figure()
    {
        double[] steps = [.. s_steps.Select(n => 4.0 * n)];
        LineChart chart = new()
        {
            Title = "Error of the sampled variance with the exact score",
            Subtitle = $"One mode, λ = {Lambda}, κ = 1, from t = {Last} to {First} evenly in log-SNR; no network, no samples.",
            X = new Axis("steps", AxisScale.Log),
            Y = new Axis("error of the variance", AxisScale.Log),
            Curves = [.. Errors().Select(e => new Curve($"{e.Name}, order {e.Order}", steps, e.Errors) { Mark = CurveMark.LineAndPoints })],
        };
        return new("orders", chart.ToSvg(), "By the recurrences to which the samplers were held. The stochastic ones are compared with the reverse SDE, the others with the probability flow.");
    }
}
