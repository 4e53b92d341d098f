// A Gaussian-process sequence fitted to samples: the "plug-in" that a learner with the right structure would find.
//
// Ratio takes the moment estimators of SequenceStatistics as they are. FlipFlop goes on to the maximum of the
// likelihood (Dutilleul 1999) by weighting the channels by Σ̂⁻¹ and the frames by Γ̂⁻¹ in turn,
//   Γ_ij ← (1/d) Σ_ab (Σ⁻¹)_ab Ĉ_(ia)(jb),     Σ_ab ← (1/N) Σ_ij (Γ⁻¹)_ij Ĉ_(ia)(jb),
// on the sample covariance Ĉ, so that the cost of an iteration, (N·d)², does not depend on the number of samples.

namespace PureDit.GaussianProcess;

/// <summary>
/// Fits a <see cref="GaussianSequence"/> to samples; Γ̂ has an average diagonal of 1 and Σ̂ the scale.
/// </summary>
public static class EstimatedProcess
{
    private const double Converged = 1e-10; // relative change of Γ̂ and Σ̂ in one iteration

    /// <summary>The process with the mean and the covariance factors of the statistics.</summary>
    /// <param name="statistics">Statistics of the samples.</param>
    public static GaussianSequence Ratio(SequenceStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        return new(statistics.Frames, statistics.Channels, statistics.Mean, statistics.Temporal, statistics.Spatial);
    }

    /// <summary>The process of maximal likelihood, apart from the divisor n − 1 where the mean is estimated.</summary>
    /// <param name="samples">[n, N, d].</param>
    /// <param name="frames">Number of frames N.</param>
    /// <param name="channels">Number of channels d.</param>
    /// <param name="knownMean">The true mean, [N, d]; empty to estimate it.</param>
    /// <param name="iterations">Most iterations; a handful suffice.</param>
    /// <exception cref="ArgumentException">
    /// A length does not fit, or the samples are too few for positive definite factors.
    /// </exception>
    public static GaussianSequence FlipFlop(
        ReadOnlySpan<float> samples, int frames, int channels,
        ReadOnlySpan<double> knownMean = default, int iterations = 100)
    {
        Expect.Positive(iterations);
        SequenceStatistics start = new(samples, frames, channels, knownMean);
        double[] covariance = SequenceStatistics.FullCovariance(samples, frames * channels, knownMean);
        double[] temporal = start.Temporal.ToArray(), spatial = start.Spatial.ToArray();
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            double[] newTemporal = ContractChannels(covariance, Inverse(spatial, channels), frames, channels);
            double scale = frames / Dense.Trace(newTemporal, frames);
            foreach (ref double value in newTemporal.AsSpan()) value *= scale;
            double[] newSpatial = ContractFrames(covariance, Inverse(newTemporal, frames), frames, channels);

            double change = Dense.RelativeError(newTemporal, temporal) + Dense.RelativeError(newSpatial, spatial);
            (temporal, spatial) = (newTemporal, newSpatial);
            if (change < Converged) break;
        }

        return new(frames, channels, start.Mean, temporal, spatial);
    }

    private static double[] Inverse(ReadOnlySpan<double> matrix, int n)
    {
        double[] identity = new double[n * n];
        for (int i = 0; i < n; i++) identity[(i * n) + i] = 1;
        new Cholesky(matrix, n).Solve(identity, n, identity);
        return identity;
    }

    private static double[] ContractChannels(double[] covariance, double[] weights, int frames, int channels)
    {
        double[] result = new double[frames * frames];
        ForEachPair(frames, channels, (i, j, a, b, at) =>
            result[(i * frames) + j] += weights[(a * channels) + b] * covariance[at] / channels);
        return result;
    }

    private static double[] ContractFrames(double[] covariance, double[] weights, int frames, int channels)
    {
        double[] result = new double[channels * channels];
        ForEachPair(frames, channels, (i, j, a, b, at) =>
            result[(a * channels) + b] += weights[(i * frames) + j] * covariance[at] / frames);
        return result;
    }

    // Visits every element (i, a), (j, b) of an [N·d, N·d] matrix.
    private static void ForEachPair(int frames, int channels, Action<int, int, int, int, int> visit)
    {
        int size = frames * channels;
        for (int at = 0; at < size * size; at++)
        {
            int row = at / size, column = at % size;
            visit(row / channels, column / channels, row % channels, column % channels, at);
        }
    }
}
