// What training takes, reckoned before anything is allocated:
//   4 bytes × parameters × (weights 1 + gradients 1 + moments 2 + average 1)
//   4 bytes × batch × tokens × width × (floats that a block keeps for backward) × depth
//   4 bytes × the sequences themselves, and × what is drawn to judge the run
// A block keeps its input, the normalised and modulated rows, q, k and v, the attention's and both branches' outputs
// (10 rows of the width), and the MLP's hidden layer before and after its activation (2 rows of the hidden width);
// gradients of one block come on top. With recomputation only the input of each block stays. Attention with bounded scores
// keeps queries, keys and values once more (3 rows), and a polynomial of r features has sums of them for every thread.
// A U-Net's values are counted in UNetMemory.cs.

using System.Globalization;
using PureDit.Nn;

namespace PureDit.Training;

/// <summary>Memory that a training run takes, in bytes.</summary>
/// <param name="Model">Weights, gradients, moments and average.</param>
/// <param name="Activations">What forward keeps for backward, and the gradients of a block.</param>
/// <param name="Data">Training sequences of a process, and the samples that judge the run.</param>
public sealed record MemoryEstimate(double Model, double Activations, double Data)
{
    private const double Float = sizeof(float);

    /// <summary>All of it.</summary>
    public double Total => Model + Activations + Data;

    /// <summary>The estimate for a configuration. Nothing of the model's size is allocated.</summary>
    public static MemoryEstimate Of(TrainingConfig config)
    {
        TrainingFields.Validate(config);
        double blocks = config.EmaDecay > 0 ? 5 : 4;
        double sequence = (double)config.Frames * config.Channels;
        double drawn = (config.Data == "gp" ? config.TrainingSequences : 0) + (2.0 * config.Samples) + config.EvaluationSequences;
        (double parameters, double activations) = config.Network == NetworkFields.DiT ? DiT(config) : UNet(config);
        return new(Float * blocks * parameters, activations, Float * sequence * drawn);
    }

    private static (double Parameters, double Activations) UNet(TrainingConfig config)
    {
        UNetConfig architecture = NetworkFields.UNet(config);
        (double kept, double largest) = UNetMemory.Activations(architecture);
        return (UNetMemory.Parameters(architecture), Float * config.Batch * (kept + largest));
    }

    private static (double Parameters, double Activations) DiT(TrainingConfig config)
    {
        DiTConfig architecture = SequenceModel.Architecture(config);
        double d = config.Width, hidden = config.MlpRatio * d;
        double perBlock = ((architecture.Attention is null ? 10 : 13) * d) + (2 * hidden);
        double kept = config.Recompute ? (config.Depth * d) + perBlock : config.Depth * perBlock;
        double rows = (double)config.Batch * config.Frames;
        return (Parameters(architecture), (Float * rows * (kept + perBlock)) + FeatureMemory(config, architecture));
    }

    /// <summary>Refuses what cannot be had.</summary>
    /// <param name="available">Bytes that the process may use.</param>
    /// <exception cref="InsufficientMemoryException">The estimate is above that; the message gives its parts.</exception>
    public void Require(long available)
    {
        if (Total <= available) return;
        throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture,
            $"training needs about {Total / 1e6:#,0} MB (model with gradients, moments and average {Model / 1e6:#,0}, activations {Activations / 1e6:#,0}, "
            + $"sequences {Data / 1e6:#,0}), {available / 1e6:#,0} MB are available"));
    }

    // Per thread: moments of at most 16 parts of a head and of what becomes of them, 16 lanes of each, and a block of features.
    private static double FeatureMemory(TrainingConfig config, DiTConfig architecture)
    {
        const double Moments = 34, BlockElements = 1 << 16, Lanes = 32;
        if (AttentionDecision.Of(architecture) is not { Plan: { IsPolynomial: true } plan }) return 0;
        int threads = config.Threads == 0 ? Environment.ProcessorCount : config.Threads;
        return sizeof(double) * threads * ((plan.BackwardFeatures * ((Moments * (plan.Shape.HeadSize + 1)) + Lanes)) + (2 * BlockElements));
    }

    // The published architecture: blocks of 12 D² at a ratio of 4, of which modulation is half as much again.
    private static double Parameters(DiTConfig config)
    {
        double d = config.Width, block = (4 * d * d) + (2 * config.MlpRatio * d * d) + (6 * d * d);
        double ends = (config.Input.DataChannels + config.Input.Tokens) * d;
        return (config.Depth * block) + (2 * ends) + (d * (256 + d)) + (2 * d * d);
    }
}
