// The loop: steps until their number, the time or the caller says stop; a report every few of them.

using PureDit.Diffusion;
using PureDit.Inference;
using PureDit.Kernels;

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
/// <param name="FinalLoss">Mean loss per value over the last tenth of the reports.</param>
/// <param name="OptimalLoss">The closed-form minimum of that loss.</param>
/// <param name="End">Why it ended.</param>
/// <param name="History">All reports.</param>
public sealed record TrainingSummary(
    long Steps, double Seconds, double FinalLoss, double OptimalLoss, TrainingEnd End, IReadOnlyList<TrainingProgress> History)
{
    /// <summary>Steps per second.</summary>
    public double StepsPerSecond => Seconds > 0 ? Steps / Seconds : 0;
}

/// <summary>Trains a DiT to denoise sequences.</summary>
public static class TrainingLoop
{
    /// <summary>Trains a model in place. Its weights end as the moving average that training keeps of them, if it keeps one.</summary>
    /// <param name="config">Steps, batch, optimiser, seed.</param>
    /// <param name="model">A model for sequences of the data's shape.</param>
    /// <param name="data">Training sequences, and the judge whose closed-form minimum is reported beside the loss.</param>
    /// <param name="clock">Measures time for the reports and the time limit.</param>
    /// <param name="progress">Told every <see cref="TrainingConfig.LogEvery"/> steps, and after the last one.</param>
    /// <param name="cancellation">Ends training after the running step; what was learnt so far stays in the model.</param>
    /// <exception cref="TrainingDivergedException">The loss or the gradient stopped being finite.</exception>
    public static TrainingSummary Run(
        TrainingConfig config, DiffusionModel model, SequenceData data, TimeProvider clock,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        Cpu cpu = new(config.Threads == 0 ? Environment.ProcessorCount : config.Threads);
        LearningRateSchedule learningRate = new(config.LearningRate, config.WarmupSteps, config.FinalLearningRate);
        TrainingStep step = new(config, model, data.Training, cpu);
        LossByTime losses = new(data.Judge, model.Objective, model.Schedule);
        List<TrainingProgress> history = [];
        long start = clock.GetTimestamp(), k = 0;
        TrainingEnd? end = null;
        double done = 0;

        while (end is null)
        {
            double seconds = clock.GetElapsedTime(start).TotalSeconds;
            done = Math.Max(done, k / StepsThatFit(config, k, seconds));
            double rate = learningRate.At(k, done);
            step.Run(k, rate);
            losses.Add(step.Times, step.Losses);
            k++;

            seconds = clock.GetElapsedTime(start).TotalSeconds;
            end = cancellation.IsCancellationRequested ? TrainingEnd.Cancelled
                : k >= config.Steps ? TrainingEnd.Steps
                : config.Minutes > 0 && seconds >= 60 * config.Minutes ? TrainingEnd.Time
                : null;
            if (end is null && k % config.LogEvery != 0) continue;
            (double mean, double[] byTime) = losses.Take();
            history.Add(new(k, mean, losses.OptimalMean, step.GradientNorm, rate, seconds, end is null ? done : 1, byTime, losses.Optimal));
            progress?.Report(history[^1]);
        }

        step.TakeAverage();
        double finalLoss = history.TakeLast(Math.Max(1, history.Count / 10)).Average(report => report.Loss);
        return new(k, clock.GetElapsedTime(start).TotalSeconds, finalLoss, losses.OptimalMean, end.Value, history);
    }

    // Steps of the whole run. The clock has a say only where the limit will be missed at the speed so far; elsewhere the
    // learning rate, and with it every weight, is a function of the seed alone. The first tenth is too early to tell.
    private static double StepsThatFit(TrainingConfig config, long step, double seconds)
    {
        double limit = 60 * config.Minutes;
        return limit > 0 && seconds > 0.1 * limit ? Math.Min(config.Steps, step * limit / seconds) : config.Steps;
    }

    /// <summary>What the configuration's network predicts.</summary>
    public static PredictionKind Objective(TrainingConfig config) => config.Objective switch
    {
        "noise" => PredictionKind.Noise,
        "x0" => PredictionKind.X0,
        "v" => PredictionKind.V,
        _ => throw new ConfigurationException($"objective: expected noise, x0 or v, got '{config.Objective}'."),
    };
}
