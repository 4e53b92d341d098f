// The examples of the README: compiled here, quoted there.

using System.Numerics.Tensors;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Inference;
using PureDit.Training;

namespace PureDit.Book;

/// <summary>What someone writes who embeds the library.</summary>
public static class ReadmeExamples
{
    /// <summary>Ten lines to sample from a trained model.</summary>
    public static float Sample(string weights)
    {
        // [doc:readme-sample]
        DiffusionModel model = DiffusionModel.Load(weights); // runs/gp-001/weights.safetensors
        Tensor<float> samples = model.Sample(100, new SamplingOptions { Sampler = "dpm++", Steps = 25, Seed = 7 });

        nint frames = samples.Lengths[1], channels = samples.Lengths[2]; // [100, 16, 4]
        float last = samples[99, frames - 1, channels - 1];
        // [/doc:readme-sample]
        return last;
    }

    /// <summary>Ten lines to train on an array.</summary>
    public static TrainingSummary Train(Tensor<float> sequences, string weights)
    {
        // [doc:readme-train]
        // sequences: Tensor<float> of shape [n, frames, channels], best with mean 0 and variance 1 per channel
        SequenceData data = SequenceData.From(sequences);
        TrainingConfig config = new() { Steps = 2000, Batch = 64, Width = 64, Depth = 4, Heads = 4, Seed = 1 };

        DiffusionModel model = SequenceModel.Create(config, data);
        TrainingSummary summary = TrainingLoop.Run(config, model, data, TimeProvider.System);
        model.Save(weights);
        // [/doc:readme-train]
        return summary;
    }

    /// <summary>Ten lines to a network for a kernel of one's own, without training.</summary>
    public static (GaussianSequence Process, DiffusionModel Model) Construct()
    {
        // [doc:readme-construct]
        double[] gamma = new double[12 * 12], sigma = [1, 0.5, 0.5, 1]; // γ(h) = 1/(1 + h²) over 12 frames; 2 channels
        for (int i = 0; i < gamma.Length; i++) gamma[i] = 1 / (1 + Math.Pow((i / 12) - (i % 12), 2));
        GaussianSequence process = new(frames: 12, channels: 2, mean: [], gamma, sigma);

        UniformLogSnr schedule = new(start: 0.01, end: 9);
        int blocks = ConstructedDiT.BlocksFor(process, schedule, accuracy: 0.01); // one step of descent each
        DiffusionModel model = ConstructedDiT.Build(process, schedule, blocks);   // saves, loads and samples like any other
        // [/doc:readme-construct]
        return (process, model);
    }

    /// <summary>The same lines begin a run and go on with it.</summary>
    public static TrainingSummary Resume(TrainingConfig config, SequenceData data, string folder, CancellationToken cancellation)
    {
        // [doc:readme-resume]
        using CheckpointFolder checkpoints = CheckpointFolder.Open(folder); // one trainer at a time
        DiffusionModel model = SequenceModel.Create(config, data);
        TrainingSummary summary = TrainingLoop.Run(config, model, data, TimeProvider.System, checkpoints: checkpoints, cancellation: cancellation);
        // killed, or cancelled? The same lines again go on from the newest checkpoint, to the same bits.
        // [/doc:readme-resume]
        return summary;
    }
}
