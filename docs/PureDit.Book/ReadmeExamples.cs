// The examples of the README: compiled here, quoted there.

using System.Numerics.Tensors;
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
