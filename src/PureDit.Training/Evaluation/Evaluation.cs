// Judges a denoiser: its score against the closed form, its samples against the process, and the two other sources of
// error by themselves, each with the same seeds: the sampler (samples from the judge's own score) and the finite
// training set (the plug-in process that has the training set's mean, Γ and Σ).

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Inference;
using PureDit.Kernels;

namespace PureDit.Training;

/// <summary>Stages of an evaluation, for progress displays.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">Share of it that is done, 0 to 1.</param>
public readonly record struct EvaluationProgress(string Stage, double Done);

/// <summary>Judges a denoiser of sequences.</summary>
public static class Evaluation
{
    private const int Paths = 6;

    /// <summary>Runs every measurement.</summary>
    /// <param name="config">Sampler, steps, numbers of samples, seed.</param>
    /// <param name="denoiser">What is judged.</param>
    /// <param name="data">The data it was trained on, and the judge.</param>
    /// <param name="clock">Measures the sampling time.</param>
    /// <param name="progress">Told the stages.</param>
    /// <param name="cancellation">Looked at throughout.</param>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static EvaluationResult Run(
        TrainingConfig config, IDenoiser denoiser, SequenceData data, TimeProvider clock,
        IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        GaussianSequence judge = data.Judge;
        ulong seed = (ulong)config.Seed;
        float[] clean = Fresh(config, data);

        progress?.Report(new("score", 0));
        ScoreErrorAt[] score = ScoreEvaluation.Run(denoiser, judge, clean, seed, cancellation);
        ScoreErrorAt[] plugIn = ScoreEvaluation.Run(new GaussianDenoiser(data.PlugIn), judge, clean, seed, cancellation);

        long start = clock.GetTimestamp();
        float[] samples = Draw(config, denoiser, progress, "samples", cancellation);
        double seconds = clock.GetElapsedTime(start).TotalSeconds;
        float[] exact = Draw(config, new GaussianDenoiser(judge), progress, "samples of the exact score", cancellation);

        return new()
        {
            SampleCount = config.Samples,
            JudgeIsTruth = data.JudgeIsTruth,
            Score = score,
            PlugInScore = plugIn,
            Samples = SampleEvaluation.Run(samples, judge),
            ExactScoreSamples = SampleEvaluation.Run(exact, judge),
            TrainingSet = SampleEvaluation.Run(data.Training, judge),
            Floors = SampleFloors.Of(judge, config.Samples),
            TrainingFloors = SampleFloors.Of(judge, data.Count),
            ConditionNumber = judge.ConditionNumber(NoiseLevel.FromTime(config.MinTime)),
            Temporal = judge.Temporal.ToArray(),
            Spatial = judge.Spatial.ToArray(),
            RealPaths = InUnitsOfTheData(data, clean),
            GeneratedPaths = InUnitsOfTheData(data, samples),
            ChannelNames = data.ChannelNames,
            SamplingSeconds = seconds,
        };
    }

    // Sequences that were not trained on: held out, or drawn anew from the process.
    private static float[] Fresh(TrainingConfig config, SequenceData data)
    {
        if (!data.JudgeIsTruth) return data.HeldOut;
        float[] fresh = new float[checked(config.EvaluationSequences * data.Judge.Size)];
        const long afterTraining = 1L << 31; // keys that no training sequence has
        data.Judge.Sample(new Philox((ulong)config.Seed, PhiloxStream.Data), afterTraining, fresh);
        return fresh;
    }

    private static float[] Draw(
        TrainingConfig config, IDenoiser denoiser, IProgress<EvaluationProgress>? progress, string stage, CancellationToken cancellation)
    {
        float[] samples = new float[checked(config.Samples * denoiser.Size)];
        SamplingOptions options = new() { Sampler = config.Sampler, Steps = config.SamplerSteps, Seed = (ulong)config.Seed };
        Forward? report = progress is null ? null : new(progress, stage, config.Samples);
        new SampleDrawer(denoiser, new UniformLogSnr(config.MinTime, config.MaxTime)).Draw(options, samples, report, cancellation);
        return samples;
    }

    private static float[] InUnitsOfTheData(SequenceData data, float[] sequences)
    {
        float[] paths = sequences.AsSpan(0, Math.Min(sequences.Length, Paths * data.Judge.Size)).ToArray();
        data.Scale?.Invert(paths);
        return paths;
    }

    private sealed class Forward(IProgress<EvaluationProgress> progress, string stage, int total) : IProgress<int>
    {
        public void Report(int value) => progress.Report(new(stage, (double)value / total));
    }
}
