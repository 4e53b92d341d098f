// Everything that decides what a training run computes, in one flat record: the fields of config.json, and the options
// of the command line. What each field means and which values it takes stands once, in TrainingFields.cs.

using System.Text.Json.Serialization;

namespace PureDit.Training;

/// <summary>The configuration of a training run. Immutable; validated by <see cref="TrainingFields.Validate(TrainingConfig)"/>.</summary>
public sealed record TrainingConfig
{
    /// <summary>Where the sequences come from: <c>gp</c> or <c>series</c>.</summary>
    public string Data { get; init; } = "gp";

    /// <summary>Frames N of a sequence; for a series, the window.</summary>
    public int Frames { get; init; } = 16;

    /// <summary>Channels d of a frame; for a series, the number of columns.</summary>
    public int Channels { get; init; } = 4;

    /// <summary>Temporal covariance γ, a family with its parameters.</summary>
    public string Covariance { get; init; } = "exponential-power(nu=1, ell=4)";

    /// <summary>Correlation r of neighbouring channels; Σ_ab ∝ s_a s_b r^|a−b|.</summary>
    public double SpatialCorrelation { get; init; } = 0.6;

    /// <summary>Amplitude of the mean μ; 0 for a centred process.</summary>
    public double MeanAmplitude { get; init; } = 1;

    /// <summary>Number of training sequences drawn from the process.</summary>
    public int TrainingSequences { get; init; } = 16384;

    /// <summary>CSV file of a series.</summary>
    public string? Csv { get; init; }

    /// <summary>Columns of the series, in order.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Steps between the starts of consecutive windows.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Last part of the series, in time, that is kept for judging.</summary>
    public double TestFraction { get; init; } = 0.2;

    /// <summary>What to do about an empty cell: <c>error</c>, <c>drop</c> the row, or <c>fill</c> with the value before.</summary>
    public string Missing { get; init; } = "error";

    /// <summary>The network: <c>dit</c> or <c>unet</c>.</summary>
    public string Network { get; init; } = NetworkFields.DiT;

    /// <summary>Width D of the transformer; channels of a U-Net's first level.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Number of blocks; of a U-Net, levels.</summary>
    public int Depth { get; init; } = 4;

    /// <summary>Attention heads; must divide the width.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Hidden width of the MLP as a multiple of the width.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>How blocks attend: <c>plain</c>, or with bounded scores <c>exact</c>, <c>polynomial</c> or <c>auto</c>.</summary>
    public string Attention { get; init; } = AttentionFields.Plain;

    /// <summary>Largest relative error of a weight of polynomial attention.</summary>
    public double AttentionError { get; init; } = 1e-3;

    /// <summary>Bound R of all scores where attention is not plain.</summary>
    public double AttentionBound { get; init; } = 2;

    /// <summary>What the network predicts: <c>noise</c>, <c>x0</c> or <c>v</c>.</summary>
    public string Objective { get; init; } = "v";

    /// <summary>Smallest diffusion time t0 that is trained and sampled.</summary>
    public double MinTime { get; init; } = 0.01;

    /// <summary>Largest diffusion time T that is trained, where sampling starts.</summary>
    public double MaxTime { get; init; } = 9;

    /// <summary>Training draws u = v^p in log-SNR, v uniform: above 1, little noise is seen more often.</summary>
    public double TimePower { get; init; } = 2;

    /// <summary>Number of optimiser steps.</summary>
    public int Steps { get; init; } = 2600;

    /// <summary>Time limit of training in minutes; the learning rate comes down in time for it. 0 for none.</summary>
    public double Minutes { get; init; } = 2.25;

    /// <summary>Sequences per step.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 6e-3;

    /// <summary>Learning rate at the end, as a share of the peak.</summary>
    public double FinalLearningRate { get; init; } = 0.01;

    /// <summary>Steps of linear warm-up.</summary>
    public int WarmupSteps { get; init; } = 200;

    /// <summary>AdamW's decay of the mean gradient.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's decay of the mean squared gradient.</summary>
    public double Beta2 { get; init; } = 0.99;

    /// <summary>Decoupled weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Largest norm of the gradient; longer ones are scaled down. 0 for no limit.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Decay of the moving average of the weights, reached after a warm-up. 0 for no average.</summary>
    public double EmaDecay { get; init; } = 0.999;

    /// <summary>Seed of everything random.</summary>
    public long Seed { get; init; }

    /// <summary>Threads; 0 for all processors. Changes no result.</summary>
    public int Threads { get; init; }

    /// <summary>Whether backward computes the inner values of every block again: less memory, same bits.</summary>
    public bool Recompute { get; init; }

    /// <summary>Steps between two lines of the log.</summary>
    public int LogEvery { get; init; } = 50;

    /// <summary>Steps between two checkpoints; 0 for one at the end only.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>Number of checkpoints that are kept.</summary>
    public int Keep { get; init; } = 2;

    /// <summary>Sampler that judges the run.</summary>
    public string Sampler { get; init; } = "dpm++";

    /// <summary>Steps of that sampler.</summary>
    public int SamplerSteps { get; init; } = 25;

    /// <summary>Samples drawn to judge the run.</summary>
    public int Samples { get; init; } = 8192;

    /// <summary>Fresh sequences per noise level on which the score is judged.</summary>
    public int EvaluationSequences { get; init; } = 2048;
}

/// <summary>JSON of the configuration, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(TrainingConfig))]
internal sealed partial class TrainingConfigJson : JsonSerializerContext;
