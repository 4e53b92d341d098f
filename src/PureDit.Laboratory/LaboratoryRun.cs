using System.Text.Json.Serialization;

namespace PureDit.Laboratory;

/// <summary>An experiment that is done.</summary>
/// <param name="Result">What it found.</param>
/// <param name="Seconds">How long it took when it was run.</param>
public sealed record FinishedExperiment(ExperimentResult Result, double Seconds)
{
    /// <summary>Whether it was run before and its file was read.</summary>
    [JsonIgnore]
    public bool Reused { get; init; }
}

/// <summary>How far a run is.</summary>
/// <param name="Experiment">The running experiment.</param>
/// <param name="Done">Share of it that is done, 0 to 1.</param>
public readonly record struct LaboratoryProgress(string Experiment, double Done);

/// <summary>Runs experiments one after the other; each is written as soon as it is done.</summary>
public static class LaboratoryRun
{
    /// <summary>Runs what the folder does not hold yet with the same options.</summary>
    /// <param name="experiments">The experiments.</param>
    /// <param name="options">How large, and with which seeds.</param>
    /// <param name="folder">Where results are read and written.</param>
    /// <param name="clock">Measures the time.</param>
    /// <param name="finished">Is handed each experiment when it is done; after a cancellation these are all there are.</param>
    /// <param name="progress">Is told where the run is.</param>
    /// <param name="cancellation">Ends the run with an <see cref="OperationCanceledException"/>; what is done stays.</param>
    public static void Run(
        IReadOnlyList<IExperiment> experiments, ExperimentOptions options, LaboratoryFolder folder, TimeProvider clock,
        Action<FinishedExperiment> finished, IProgress<LaboratoryProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(experiments);
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(finished);
        foreach (IExperiment experiment in experiments)
        {
            FinishedExperiment? done = folder.Read(experiment.Name, options);
            if (done is null)
            {
                cancellation.ThrowIfCancellationRequested();
                long start = clock.GetTimestamp();
                ExperimentResult result = experiment.Run(options, new Share(experiment.Name, progress), cancellation);
                done = new(result, clock.GetElapsedTime(start).TotalSeconds);
                folder.Write(done);
            }

            finished(done);
        }
    }

    private sealed class Share(string name, IProgress<LaboratoryProgress>? progress) : IProgress<double>
    {
        public void Report(double value) => progress?.Report(new(name, value));
    }
}
