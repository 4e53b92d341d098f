// The entry to training. The loop itself is in TrainingRun.cs; what it keeps to go on later, in Checkpoints.

using PureDit.Diffusion;
using PureDit.Inference;

namespace PureDit.Training;

/// <summary>Why training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All steps were done.</summary>
    Steps,

    /// <summary>The time limit was reached.</summary>
    Time,

    /// <summary>The caller cancelled.</summary>
    Cancelled,
}

/// <summary>What training leaves behind, beside the weights.</summary>
/// <param name="Steps">Steps done.</param>
/// <param name="Seconds">Time they took.</param>
/// <param name="FinalLoss">Mean loss per value over the last tenth of the reports; NaN without any.</param>
/// <param name="OptimalLoss">The closed-form minimum of that loss.</param>
/// <param name="End">Why it ended.</param>
/// <param name="History">All reports; of a run that went on from a checkpoint, those since then.</param>
public sealed record TrainingSummary(
    long Steps, double Seconds, double FinalLoss, double OptimalLoss, TrainingEnd End, IReadOnlyList<TrainingProgress> History)
{
    /// <summary>Steps per second.</summary>
    public double StepsPerSecond => Seconds > 0 ? Steps / Seconds : 0;
}

/// <summary>Trains a network to denoise sequences.</summary>
public static class TrainingLoop
{
    /// <summary>Trains a model in place. Its weights end as the moving average that training keeps of them, if it keeps one.</summary>
    /// <param name="config">Steps, batch, optimiser, seed; how often a checkpoint is written and how many are kept.</param>
    /// <param name="model">A model for sequences of the data's shape.</param>
    /// <param name="data">Training sequences, and the judge whose closed-form minimum is reported beside the loss.</param>
    /// <param name="clock">Measures time for the reports and the time limit.</param>
    /// <param name="progress">Told every <see cref="TrainingConfig.LogEvery"/> steps, and after the last one.</param>
    /// <param name="checkpoints">
    /// Where checkpoints go. If there is one, training goes on from it, to the same bits as without the interruption;
    /// null for no checkpoints.
    /// </param>
    /// <param name="cancellation">Ends training after the running step; what was learnt so far stays in the model.</param>
    /// <exception cref="TrainingDivergedException">The loss or the gradient was not finite for too many steps in a row.</exception>
    /// <exception cref="CheckpointException">Checkpoints cannot be written; the model holds what was learnt.</exception>
    /// <exception cref="ChangedConfigurationException">The checkpoint is of another configuration, or of other data.</exception>
    public static TrainingSummary Run(
        TrainingConfig config, IDiffusionModel model, SequenceData data, TimeProvider clock,
        IProgress<TrainingProgress>? progress = null, CheckpointFolder? checkpoints = null, CancellationToken cancellation = default) =>
        new TrainingRun(config, model, data, clock, progress, checkpoints).Run(cancellation);

    /// <summary>What the configuration's network predicts.</summary>
    public static PredictionKind Objective(TrainingConfig config) => config.Objective switch
    {
        "noise" => PredictionKind.Noise,
        "x0" => PredictionKind.X0,
        "v" => PredictionKind.V,
        _ => throw new ConfigurationException($"objective: expected noise, x0 or v, got '{config.Objective}'."),
    };
}
