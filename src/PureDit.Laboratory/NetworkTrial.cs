using PureDit.Diffusion;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>How networks are trained and sampled in an experiment: the same for all that are compared.</summary>
/// <param name="Sequences">Training sequences.</param>
/// <param name="Steps">Steps of training.</param>
/// <param name="Batch">Sequences per step.</param>
/// <param name="Samples">Samples drawn from each.</param>
/// <param name="SamplerSteps">Steps of the sampler, DPM-Solver++.</param>
internal sealed record NetworkTrial(int Sequences, int Steps, int Batch, int Samples, int SamplerSteps)
{
    private static readonly UniformLogSnr s_schedule = new(Start, 9);

    /// <summary>t₀, the earliest time of training and of sampling.</summary>
    public const double Start = 0.01;

    /// <summary>p of the training times u = v^p, v uniform in log-SNR: above 1, little noise is seen more often.</summary>
    public double TimePower { get; init; } = 2;

    /// <summary>Trains a network to predict v, with AdamW, warm-up, cosine and a moving average; a function of its arguments.</summary>
    public NetworkDenoiser Train(INetwork network, SequenceData data, double learningRate, int seed, CancellationToken cancellation)
    {
        TrainingConfig config = new()
        {
            Frames = data.Frames,
            Channels = data.Channels,
            Steps = Steps,
            Batch = Batch,
            LearningRate = learningRate,
            Seed = seed,
            WarmupSteps = Steps / 10,
            EmaDecay = 0.99,
            Minutes = 0,
            TimePower = TimePower,
            LogEvery = Steps,
            CheckpointEvery = 0,
        };
        NetworkModel model = new(network, TrainingLoop.Objective(config), s_schedule);
        TrainingLoop.Run(config, model, data, TimeProvider.System, cancellation: cancellation); // without a limit, the clock decides nothing
        cancellation.ThrowIfCancellationRequested();
        return model.Denoiser(Cpu.AllCores);
    }

    /// <summary>Draws samples, [Samples, N, d].</summary>
    public float[] Draw(IDenoiser denoiser, int seed, CancellationToken cancellation)
    {
        float[] samples = new float[Samples * denoiser.Size];
        SamplingOptions options = new() { Steps = SamplerSteps, Seed = (ulong)seed };
        new SampleDrawer(denoiser, s_schedule).Draw(options, samples, progress: null, cancellation);
        return samples;
    }
}
