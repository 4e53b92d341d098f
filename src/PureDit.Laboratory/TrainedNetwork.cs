// A network that an experiment trains: sequences, a network of any kind, the ordinary training loop and, where networks are
// kept, its checkpoints. Everything is a function of (data, network, configuration): there is no time limit, so the clock
// decides nothing, and neither does an interruption.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>A network trained on sequences.</summary>
/// <param name="Config">Its training; frames and channels are those of the data.</param>
/// <param name="Data">What it was trained on.</param>
/// <param name="Model">The network.</param>
internal sealed record TrainedNetwork(TrainingConfig Config, SequenceData Data, NetworkModel Model)
{
    private const int Reports = 100; // of how far training is
    private const long AfterTraining = 1L << 31; // keys that no training sequence has

    /// <summary>The small network of the quick experiments: 2 blocks of width 32, two seconds of training; small batches serve it best.</summary>
    public static TrainingConfig Small { get; } = new()
    {
        Width = 32,
        Depth = 2,
        Heads = 4,
        MlpRatio = 2,
        Steps = 1200,
        Batch = 32,
        WarmupSteps = 50,
        LearningRate = 6e-3,
        TimePower = 1.5,
        Minutes = 0,
        TrainingSequences = 8192,
        EvaluationSequences = 512,
    };

    /// <summary>The network of the full experiments.</summary>
    public static TrainingConfig Large { get; } = Small with
    {
        Width = 64,
        Depth = 4,
        MlpRatio = 4,
        Steps = 6000,
        Batch = 64,
        WarmupSteps = 200,
        LearningRate = 4e-3,
        TrainingSequences = 16384,
        EvaluationSequences = 2048,
    };

    /// <summary>What networks of different kinds are trained and judged by, all equally: the rest is the same for every one of them.</summary>
    /// <param name="sequences">Training sequences.</param>
    /// <param name="steps">Steps of training, the first tenth of them warm-up.</param>
    /// <param name="batch">Sequences per step.</param>
    /// <param name="samples">Samples drawn from each.</param>
    /// <param name="samplerSteps">Steps of the sampler.</param>
    public static TrainingConfig Trial(int sequences, int steps, int batch, int samples, int samplerSteps) => new()
    {
        TrainingSequences = sequences,
        Steps = steps,
        WarmupSteps = steps / 10,
        Batch = batch,
        Samples = samples,
        SamplerSteps = samplerSteps,
        EmaDecay = 0.99,
        Minutes = 0,
    };

    /// <summary>Sequences of a process to train on: a longer list begins with the shorter one.</summary>
    public static SequenceData Sequences(GaussianSequence process, int count, int seed)
    {
        float[] sequences = new float[count * process.Size];
        process.Sample(new Philox((ulong)seed, PhiloxStream.Data), 0, sequences);
        GaussianSequence plugIn = EstimatedProcess.Ratio(new SequenceStatistics(sequences, process.Frames, process.Channels));
        return new(sequences, [], process, plugIn, JudgeIsTruth: true);
    }

    /// <summary>Trains the configuration's DiT on sequences of a process; with 0 steps it stays as it was initialised.</summary>
    /// <param name="process">What is learnt.</param>
    /// <param name="config">Its sizes and its training.</param>
    /// <param name="seed">Seed of everything random.</param>
    /// <param name="name">What it is called where networks are kept.</param>
    /// <param name="bench">Where it is kept, who is told how far its training is, who may end it.</param>
    /// <exception cref="OperationCanceledException">Cancellation was asked for; what was learnt so far is kept.</exception>
    public static TrainedNetwork Of(GaussianSequence process, TrainingConfig config, int seed, string name, Workbench bench)
    {
        config = config with { Frames = process.Frames, Channels = process.Channels, Seed = seed };
        SequenceData data = Sequences(process, config.TrainingSequences, seed);
        return Of(SequenceModel.Create(config, data).Network, data, config, name, bench);
    }

    /// <summary>Trains a network of any kind, to predict v around a Gaussian if there is a skip.</summary>
    /// <inheritdoc cref="Of(GaussianSequence, TrainingConfig, int, string, Workbench)"/>
    public static TrainedNetwork Of(INetwork network, SequenceData data, TrainingConfig config, string name, Workbench bench, GaussianSkip? skip = null)
    {
        config = config with { Frames = data.Frames, Channels = data.Channels, LogEvery = Math.Max(1, config.Steps / Reports) };
        NetworkModel model = new(network, TrainingLoop.Objective(config), new UniformLogSnr(config.MinTime, config.MaxTime)) { Skip = skip };
        if (config.Steps > 0)
        {
            using CheckpointFolder? kept = bench.Checkpoints(name);
            TrainingLoop.Run(config, model, data, TimeProvider.System, bench.Hears<TrainingProgress>(at => at.Done), kept, bench.Cancellation);
        }

        bench.Cancellation.ThrowIfCancellationRequested(); // training ends early without saying so
        bench.Report(1);
        return new(config, data, model);
    }

    /// <summary>What training costs, in forward passes of a sequence: backward takes two of them.</summary>
    public static double TrainingCost(TrainingConfig config) => 3.0 * config.Steps * config.Batch;

    /// <summary>What drawing samples costs, in the same unit.</summary>
    public static double DrawingCost(TrainingConfig config, int count) => (double)config.SamplerSteps * count;

    /// <summary>What scoring on sequences costs, in the same unit: the network's pass and the closed form's.</summary>
    public static double ScoringCost(int count) => 2.0 * ScoreEvaluation.Grid().Length * count;

    /// <summary>The network as a denoiser.</summary>
    public IDenoiser Denoiser() => Model.Denoiser(Cpu.AllCores);

    /// <summary>Sequences of the process that the network was not trained on.</summary>
    public float[] Fresh(int count)
    {
        float[] fresh = new float[count * Data.Judge.Size];
        Data.Judge.Sample(new Philox((ulong)Config.Seed, PhiloxStream.Data), AfterTraining, fresh);
        return fresh;
    }

    /// <summary>Errors of the network's score, level by level.</summary>
    public ScoreErrorAt[] Score(ReadOnlySpan<float> clean, CancellationToken cancellation) => Score(Denoiser(), clean, cancellation);

    /// <summary>Errors of another denoiser on the same draws.</summary>
    public ScoreErrorAt[] Score(IDenoiser denoiser, ReadOnlySpan<float> clean, CancellationToken cancellation) =>
        ScoreEvaluation.Run(denoiser, Data.Judge, clean, (ulong)Config.Seed, cancellation);

    /// <summary>Samples of the network, [count, N, d].</summary>
    public float[] Samples(int count, Workbench bench) => Samples(Denoiser(), Config, count, bench);

    /// <summary>Samples that a denoiser makes by the sampler and the seed of a configuration, [count, N, d].</summary>
    public static float[] Samples(IDenoiser denoiser, TrainingConfig config, int count, Workbench bench)
    {
        float[] samples = new float[count * denoiser.Size];
        SamplingOptions options = new() { Sampler = config.Sampler, Steps = config.SamplerSteps, Seed = (ulong)config.Seed };
        new SampleDrawer(denoiser, new UniformLogSnr(config.MinTime, config.MaxTime)).Draw(
            options, samples, bench.Hears<int>(done => (double)done / count), bench.Cancellation);
        return samples;
    }

    /// <summary>σ²E‖ŝ − s*‖² per value, what denoising loses beyond its minimum, averaged over the levels.</summary>
    public static double Excess(GaussianSequence process, IReadOnlyList<ScoreErrorAt> errors) => errors.Average(at => Excess(process, at));

    /// <summary>σ²E‖ŝ − s*‖² per value at one level: the relative error squared times E‖ε*‖² = Σ σ²/V.</summary>
    public static double Excess(GaussianSequence process, ScoreErrorAt error)
    {
        NoiseLevel level = NoiseLevel.FromTime(error.T);
        double norm = 0;
        foreach (double lambda in process.Modes) norm += level.Variance / ((level.AlphaBar * lambda) + level.Variance);
        return error.Value * error.Value * norm / process.Size;
    }
}
