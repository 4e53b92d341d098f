// A network that an experiment trains: sequences drawn from a process, a DiT of a configuration, the ordinary training
// loop. Everything is a function of (process, configuration, seed): there is no time limit, so the clock decides nothing.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>A DiT trained on sequences of a process.</summary>
/// <param name="Config">Its sizes and its training; frames, channels and seed are those of the process and the run.</param>
/// <param name="Data">What it was trained on.</param>
/// <param name="Model">The network.</param>
internal sealed record TrainedNetwork(TrainingConfig Config, SequenceData Data, DiffusionModel Model)
{
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

    /// <summary>Trains a network; with 0 steps it stays as it was initialised.</summary>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static TrainedNetwork Of(GaussianSequence process, TrainingConfig config, int seed, CancellationToken cancellation)
    {
        config = config with { Frames = process.Frames, Channels = process.Channels, Seed = seed, LogEvery = Math.Max(1, config.Steps) };
        float[] sequences = new float[config.TrainingSequences * process.Size];
        process.Sample(new Philox((ulong)seed, PhiloxStream.Data), 0, sequences);
        GaussianSequence plugIn = EstimatedProcess.Ratio(new SequenceStatistics(sequences, process.Frames, process.Channels));
        SequenceData data = new(sequences, [], process, plugIn, JudgeIsTruth: true);
        DiffusionModel model = SequenceModel.Create(config, data);
        if (config.Steps > 0) TrainingLoop.Run(config, model, data, TimeProvider.System, cancellation: cancellation);
        cancellation.ThrowIfCancellationRequested(); // training ends early without saying so
        return new(config, data, model);
    }

    /// <summary>Sequences of the process that the network was not trained on.</summary>
    public float[] Fresh(int count)
    {
        float[] fresh = new float[count * Data.Judge.Size];
        Data.Judge.Sample(new Philox((ulong)Config.Seed, PhiloxStream.Data), AfterTraining, fresh);
        return fresh;
    }

    /// <summary>Errors of the network's score, level by level.</summary>
    public ScoreErrorAt[] Score(ReadOnlySpan<float> clean, CancellationToken cancellation) => Score(Model.Denoiser(Cpu.AllCores), clean, cancellation);

    /// <summary>Errors of another denoiser on the same draws.</summary>
    public ScoreErrorAt[] Score(IDenoiser denoiser, ReadOnlySpan<float> clean, CancellationToken cancellation) =>
        ScoreEvaluation.Run(denoiser, Data.Judge, clean, (ulong)Config.Seed, cancellation);

    /// <summary>Samples that a denoiser makes by the configuration's sampler, [count, N, d].</summary>
    public float[] Samples(IDenoiser denoiser, int count, CancellationToken cancellation)
    {
        float[] samples = new float[count * Data.Judge.Size];
        SamplingOptions options = new() { Sampler = Config.Sampler, Steps = Config.SamplerSteps, Seed = (ulong)Config.Seed };
        new SampleDrawer(denoiser, Model.Schedule).Draw(options, samples, cancellation: cancellation);
        return samples;
    }

    /// <summary>Samples of the network.</summary>
    public float[] Samples(int count, CancellationToken cancellation) => Samples(Model.Denoiser(Cpu.AllCores), count, cancellation);

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
