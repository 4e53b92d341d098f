// The smallest expected denoising loss that any predictor can reach on a Gaussian-process sequence: the summed
// variance of the target given x_t. Per mode, with a = α²λ + σ²:
//
//   noise  α²λ/a        x0  σ²λ/a        velocity  λ/a        score  α²λ/(σ²a)
//
// The loss of any predictor is this plus the squared distance to the exact one, so loss − optimum measures how much a
// network has yet to learn, and a loss below the optimum on fresh data is a defect of the measurement.

using PureDit.Diffusion;

namespace PureDit.GaussianProcess;

/// <summary>The minimum of the denoising loss E‖target − prediction(x_t)‖² over all predictors.</summary>
public static class OptimalLoss
{
    // [doc:optimal-loss]
    /// <summary>The minimum at one noise level, summed over the N·d values of a sample.</summary>
    /// <param name="process">The distribution of the clean samples.</param>
    /// <param name="kind">What is predicted. The score's target is −ε/σ.</param>
    /// <param name="level">The noise level.</param>
    /// <returns>The expected squared error; +∞ for the score at time 0.</returns>
    public static double At(GaussianSequence process, PredictionKind kind, NoiseLevel level)
    {
        ArgumentNullException.ThrowIfNull(process);
        double sum = 0;
        foreach (double lambda in process.Modes)
        {
            if (lambda == 0) continue; // the mode is known without looking
            double signal = level.AlphaBar * lambda, noise = level.Variance;
            sum += kind switch
            {
                PredictionKind.Noise => signal / (signal + noise),
                PredictionKind.X0 => lambda * noise / (signal + noise),
                PredictionKind.V => lambda / (signal + noise),
                PredictionKind.Score => signal / ((signal + noise) * noise),
                _ => throw Expect.OutOfRange(nameof(kind), kind, "a known kind of prediction"),
            };
        }

        return sum;
    }
    // [/doc:optimal-loss]

    /// <summary>The minimum per value, <see cref="At"/> divided by N·d: what a mean squared error converges to.</summary>
    /// <inheritdoc cref="At"/>
    public static double PerValue(GaussianSequence process, PredictionKind kind, NoiseLevel level) =>
        At(process, kind, level) / process.Size;

    /// <summary>The minimum per value of a prediction around a Gaussian skip: the posterior variances over what the skip scales by.</summary>
    /// <param name="process">The distribution of the clean samples.</param>
    /// <param name="skip">The moments that the prediction is built around; 1 is the minimum where they are the process' own.</param>
    /// <param name="level">The noise level, not clean.</param>
    public static double PerValue(GaussianSequence process, GaussianSkip skip, NoiseLevel level)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(skip);
        Expect.SameLength(process.Size, skip.Size, nameof(skip));
        double[] posterior = new double[process.Size * process.Size];
        process.PosteriorCovariance(level, posterior);
        double sum = 0;
        for (int i = 0; i < process.Size; i++)
        {
            double scale = level.Variance * skip.Variance[i] / ((level.AlphaBar * skip.Variance[i]) + level.Variance);
            sum += posterior[i * (process.Size + 1)] / scale;
        }

        return sum / process.Size;
    }

    /// <summary>The minimum per value averaged over noise levels that are equally likely.</summary>
    /// <param name="process">The distribution of the clean samples.</param>
    /// <param name="kind">What is predicted.</param>
    /// <param name="levels">The levels of training or of the evaluation grid, at least one.</param>
    /// <exception cref="ArgumentException">There are no levels.</exception>
    public static double PerValue(GaussianSequence process, PredictionKind kind, ReadOnlySpan<NoiseLevel> levels)
    {
        if (levels.Length == 0)
        {
            throw new ArgumentException("levels: expected at least one noise level, got none.", nameof(levels));
        }

        double sum = 0;
        foreach (NoiseLevel level in levels) sum += PerValue(process, kind, level);
        return sum / levels.Length;
    }
}
