// How far generated sequences are from the process: mean, Γ and Σ of n samples against the truth, each beside the
// error that n samples of the truth itself would show, and the divergence of the Gaussian fitted to the samples.

using PureDit.GaussianProcess;

namespace PureDit.Training;

/// <summary>Statistics of a set of sequences beside those of the process that judges them.</summary>
public sealed record SampleErrors
{
    /// <summary>‖Γ̂ − Γ‖_F / ‖Γ‖_F, with the true trace of Σ.</summary>
    public required double Gamma { get; init; }

    /// <summary>‖Σ̂ − Σ‖_F / ‖Σ‖_F.</summary>
    public required double Sigma { get; init; }

    /// <summary>Root mean square of μ̂ − μ, in units of the data.</summary>
    public required double Mean { get; init; }

    /// <summary>KL(fitted ‖ true) in nats, of Gaussians with Kronecker covariance.</summary>
    public required double KullbackLeibler { get; init; }

    /// <summary>Γ̂, [N, N].</summary>
    public required double[] Temporal { get; init; }

    /// <summary>Σ̂, [d, d].</summary>
    public required double[] Spatial { get; init; }

    /// <summary>μ̂, [N, d].</summary>
    public required double[] MeanSequence { get; init; }
}

/// <summary>The same errors for samples of the truth itself: what sampling alone leaves.</summary>
/// <param name="Gamma">Expected relative error of Γ̂.</param>
/// <param name="Sigma">Expected relative error of Σ̂.</param>
/// <param name="Mean">Expected root mean square error of μ̂.</param>
public sealed record SampleFloors(double Gamma, double Sigma, double Mean)
{
    /// <summary>The floors for n samples of a process.</summary>
    public static SampleFloors Of(GaussianSequence process, int samples)
    {
        ErrorFloors floors = ErrorFloors.Of(process, samples);
        double gamma = Math.Sqrt(floors.TemporalGivenTrace / Dense.SquaredNorm(process.Temporal));
        return new(gamma, floors.RelativeSpatial, Math.Sqrt(floors.Mean / process.Size));
    }
}

/// <summary>Judges samples by their first two moments.</summary>
public static class SampleEvaluation
{
    /// <summary>Compares samples with a process.</summary>
    /// <param name="samples">[n, N, d].</param>
    /// <param name="judge">The process taken as the truth.</param>
    public static SampleErrors Run(ReadOnlySpan<float> samples, GaussianSequence judge)
    {
        SequenceStatistics statistics = new(samples, judge.Frames, judge.Channels);
        double[] temporal = statistics.TemporalGiven(Dense.Trace(judge.Spatial, judge.Channels));
        double squared = 0;
        for (int i = 0; i < judge.Size; i++) squared += (statistics.Mean[i] - judge.Mean[i]) * (statistics.Mean[i] - judge.Mean[i]);
        return new()
        {
            Gamma = Dense.RelativeError(temporal, judge.Temporal),
            Sigma = Dense.RelativeError(statistics.Spatial, judge.Spatial),
            Mean = Math.Sqrt(squared / judge.Size),
            KullbackLeibler = GaussianDivergence.KullbackLeibler(EstimatedProcess.Ratio(statistics), judge),
            Temporal = temporal,
            Spatial = statistics.Spatial.ToArray(),
            MeanSequence = statistics.Mean.ToArray(),
        };
    }
}
