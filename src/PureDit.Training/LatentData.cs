// Training in the latent is training on sequences: the tokens R(encode(x)) are the sequences, L frames of d values, and
// the loop, its checkpoints and its closed-form judge are those of every other sequence. What is added is the Gaussian
// skip of the tokens' own moments.

using PureDit.Diffusion;
using PureDit.Inference;
using PureDit.Latent;

namespace PureDit.Training;

/// <summary>A latent model with the data that it is to be trained on.</summary>
/// <param name="Config">The configuration with the sizes of the tokens filled in.</param>
/// <param name="Model">A fresh model: until it is trained, the Gaussian denoiser of its tokens' moments.</param>
/// <param name="Data">The tokens, and the Gaussian that judges.</param>
public sealed record LatentData(TrainingConfig Config, LatentModel Model, SequenceData Data)
{
    // [doc:latent-training]
    /// <summary>Encodes data, and makes the model that a configuration names for their tokens.</summary>
    /// <param name="config">Architecture, noise levels, optimiser, seed. The objective is v around the skip.</param>
    /// <param name="data">[n, D], at least two, no coordinate of their codes constant.</param>
    /// <param name="reshape">R.</param>
    /// <param name="autoencoder">Data to codes.</param>
    /// <exception cref="ArgumentException">A size does not fit, or a coordinate of the codes is constant.</exception>
    public static LatentData Create(TrainingConfig config, ReadOnlySpan<float> data, PatchReshape reshape, IAutoencoder autoencoder)
    {
        ArgumentNullException.ThrowIfNull(config);
        float[] tokens = LatentModel.Encode(data, reshape, autoencoder);
        SequenceData sequences = SequenceData.From(tokens, [], reshape.Tokens, reshape.TokenSize);
        TrainingConfig sized = config with { Frames = reshape.Tokens, Channels = reshape.TokenSize, Objective = "v" };
        DiffusionModel model = SequenceModel.Create(sized, sequences) with { Skip = GaussianSkip.Of(tokens, reshape.Size) };
        return new(sized, new LatentModel(model, reshape, autoencoder), sequences);
    }

    /// <summary>Trains the model in place, as <see cref="TrainingLoop.Run"/> does.</summary>
    /// <param name="clock">Measures time for the reports and the time limit.</param>
    /// <param name="progress">Told every <see cref="TrainingConfig.LogEvery"/> steps, and after the last one.</param>
    /// <param name="checkpoints">Where checkpoints go; null for none.</param>
    /// <param name="cancellation">Ends training after the running step.</param>
    public TrainingSummary Train(
        TimeProvider clock, IProgress<TrainingProgress>? progress = null, CheckpointFolder? checkpoints = null, CancellationToken cancellation = default) =>
        TrainingLoop.Run(Config, Model.Tokens, Data, clock, progress, checkpoints, cancellation);
    // [/doc:latent-training]
}
