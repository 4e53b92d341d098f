using System.Text.Json.Serialization;

namespace PureDit.Laboratory;

/// <summary>An experiment that is done.</summary>
/// <param name="Result">What it found.</param>
/// <param name="Seconds">How long it took when it was run; of a run that went on from an earlier one, since then.</param>
/// <param name="Code">The <see cref="LaboratoryCode.Identity"/> of the code that ran it.</param>
public sealed record FinishedExperiment(ExperimentResult Result, double Seconds, string Code)
{
    /// <summary>Whether it was run before and its file was read.</summary>
    [JsonIgnore]
    public bool Reused { get; init; }
}

/// <summary>How far a run is.</summary>
/// <param name="Experiment">The running experiment.</param>
/// <param name="Done">Share of it that is done, 0 to 1.</param>
public readonly record struct LaboratoryProgress(string Experiment, double Done);

/// <summary>Runs experiments one after the other; each is written as soon as it is done. Full ones that train keep their networks meanwhile.</summary>
public static class LaboratoryRun
{
    /// <summary>Runs what the folder does not hold yet with the same options, by this code.</summary>
    /// <param name="experiments">The experiments.</param>
    /// <param name="options">How large, and with which seeds.</param>
    /// <param name="folder">Where results are read and written.</param>
    /// <param name="clock">Measures the time.</param>
    /// <param name="finished">Is handed each experiment when it is done; after a cancellation these are all there are.</param>
    /// <param name="progress">Is told where the run is.</param>
    /// <param name="notices">Is told, in a sentence, what the folder holds and cannot be used.</param>
    /// <param name="cancellation">Ends the run with an <see cref="OperationCanceledException"/>; what is done stays.</param>
    public static void Run(
        IReadOnlyList<IExperiment> experiments, ExperimentOptions options, LaboratoryFolder folder, TimeProvider clock,
        Action<FinishedExperiment> finished, IProgress<LaboratoryProgress>? progress = null, IProgress<string>? notices = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(experiments);
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(finished);
        foreach (IExperiment experiment in experiments)
        {
            FinishedExperiment? done = folder.Read(experiment.Name, options, notices);
            if (done is null)
            {
                cancellation.ThrowIfCancellationRequested();
                long start = clock.GetTimestamp();
                Share share = new(experiment.Name, progress);
                ExperimentResult result = experiment is ITrainingExperiment training && !options.Quick
                    ? training.Run(options, new Workbench(share, network => folder.Checkpoints(experiment.Name, network, notices), cancellation))
                    : experiment.Run(options, share, cancellation);
                done = new(result, clock.GetElapsedTime(start).TotalSeconds, LaboratoryCode.Identity);
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
