// An experiment asks a question, measures, and judges the measurement by criteria that stand before it is run. It is a
// function of its options: seeds are given, there is no clock. A new one is one file and one line in LaboratoryList.

namespace PureDit.Laboratory;

/// <summary>An experiment of the laboratory.</summary>
public interface IExperiment
{
    /// <summary>Its name on the command line and in file names, one word.</summary>
    string Name { get; }

    /// <summary>What it asks, one sentence.</summary>
    string Question { get; }

    /// <summary>Measures and judges.</summary>
    /// <param name="options">How large, and with which seeds.</param>
    /// <param name="progress">Is told the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Ends it with an <see cref="OperationCanceledException"/>.</param>
    ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default);
}

/// <summary>An experiment that trains networks. Where they are kept, a run that was ended goes on from them, to the same result.</summary>
public interface ITrainingExperiment : IExperiment
{
    /// <summary>Measures and judges.</summary>
    /// <param name="options">How large, and with which seeds.</param>
    /// <param name="bench">Who is told how far it is, where networks are kept, who may end it; null for nobody and nowhere.</param>
    ExperimentResult Run(ExperimentOptions options, Workbench? bench = null);

    ExperimentResult IExperiment.Run(ExperimentOptions options, IProgress<double>? progress, CancellationToken cancellation) =>
        Run(options, new Workbench(progress, cancellation: cancellation));
}

/// <summary>What an experiment may spend. Results of equal options are equal.</summary>
/// <param name="Quick">Small sizes, under a minute; else the full ones.</param>
/// <param name="Seeds">Number of seeds, 1 or more; the seeds are 0, 1, ….</param>
public sealed record ExperimentOptions(bool Quick, int Seeds)
{
    /// <summary>Number of seeds, 1 to 1000.</summary>
    public int Seeds { get; } = Seeds is >= 1 and <= 1000
        ? Seeds
        : throw new ArgumentOutOfRangeException(nameof(Seeds), Seeds, "Seeds: expected 1 to 1000.");
}
