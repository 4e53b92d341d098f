// What a set of sequences says about its mean and Kronecker covariance, by moments ("ratio" estimators):
//
//   R = (1/ν) Σ_k X_k X_kᵀ,  S = (1/ν) Σ_k X_kᵀ X_k  (centred; E R = Γ tr Σ, E S = Σ tr Γ),   tr R = tr S
//   Γ̂ = N·R/tr R  (average diagonal 1),   Σ̂ = S/N  (carries the scale; E Σ̂ = Σ when tr Γ = N)
//
// ν is the number of samples n, or n − 1 when the mean is estimated too, which keeps R and S without bias.

namespace PureDit.GaussianProcess;

/// <summary>Sample mean and sample covariance factors of a set of sequences [n, N, d].</summary>
public sealed class SequenceStatistics
{
    private readonly double[] _mean, _frameProducts, _temporal, _spatial;

    /// <summary>Summarises samples.</summary>
    /// <param name="samples">[n, N, d].</param>
    /// <param name="frames">Number of frames N.</param>
    /// <param name="channels">Number of channels d.</param>
    /// <param name="knownMean">The true mean μ, [N, d]; empty to estimate it.</param>
    /// <exception cref="ArgumentException">
    /// A length does not fit, there are too few samples, or they do not vary.
    /// </exception>
    public SequenceStatistics(
        ReadOnlySpan<float> samples, int frames, int channels, ReadOnlySpan<double> knownMean = default)
    {
        Expect.Positive(frames);
        Expect.Positive(channels);
        (Frames, Channels) = (frames, channels);
        int size = frames * channels;
        _mean = MeanOf(samples, size, knownMean);
        (Samples, DegreesOfFreedom) = Counts(samples, size, knownMean);

        _frameProducts = new double[frames * frames];
        _spatial = new double[channels * channels];
        double[] x = new double[size];
        for (int k = 0; k < Samples; k++)
        {
            for (int i = 0; i < size; i++) x[i] = samples[(k * size) + i] - _mean[i];
            for (int i = 0; i < frames; i++)
            {
                ReadOnlySpan<double> frame = x.AsSpan(i * channels, channels);
                for (int j = 0; j <= i; j++)
                {
                    _frameProducts[(i * frames) + j] += Dense.Dot(frame, x.AsSpan(j * channels, channels));
                }

                for (int a = 0; a < channels; a++)
                {
                    Dense.AddScaled(frame[a], frame, _spatial.AsSpan(a * channels, channels));
                }
            }
        }

        for (int i = 0; i < frames; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                _frameProducts[(j * frames) + i] = _frameProducts[(i * frames) + j] /= DegreesOfFreedom;
            }
        }

        foreach (ref double value in _spatial.AsSpan()) value /= (double)DegreesOfFreedom * frames;
        double power = Dense.Trace(_frameProducts, frames);
        if (!(power > 0))
        {
            throw new ArgumentException("samples: expected samples that vary, got a variance of 0.", nameof(samples));
        }

        _temporal = TemporalGiven(power / frames);
    }

    /// <summary>Number of samples n.</summary>
    public int Samples { get; }

    /// <summary>The divisor of the covariances: n with a known mean, else n − 1.</summary>
    public int DegreesOfFreedom { get; }

    /// <summary>Number of frames N.</summary>
    public int Frames { get; }

    /// <summary>Number of channels d.</summary>
    public int Channels { get; }

    /// <summary>The known mean, or the sample mean μ̂, [N, d].</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>Γ̂ scaled to an average diagonal of 1, [N, N].</summary>
    public ReadOnlySpan<double> Temporal => _temporal;

    /// <summary>Σ̂, [d, d]; with an average diagonal of 1 for Γ it is without bias.</summary>
    public ReadOnlySpan<double> Spatial => _spatial;

    /// <summary>Γ̂ without bias where the trace of Σ is known: R / tr Σ.</summary>
    /// <param name="spatialTrace">tr Σ &gt; 0.</param>
    /// <returns>[N, N].</returns>
    /// <exception cref="ArgumentOutOfRangeException">The trace is not a finite number above 0.</exception>
    public double[] TemporalGiven(double spatialTrace)
    {
        Expect.PositiveFinite(spatialTrace);
        return Array.ConvertAll(_frameProducts, x => x / spatialTrace);
    }

    /// <summary>The lag curve of a frame covariance: element k is the mean of Γ_ij over |i − j| = k.</summary>
    /// <param name="temporal">Γ or an estimate, [N, N].</param>
    /// <param name="frames">N.</param>
    /// <returns>[N], from lag 0 to N − 1.</returns>
    /// <exception cref="ArgumentException">The length does not fit.</exception>
    public static double[] LagCurve(ReadOnlySpan<double> temporal, int frames)
    {
        Expect.Shape(temporal.Length, frames, frames, nameof(temporal));
        double[] curve = new double[frames];
        for (int i = 0; i < frames; i++)
        {
            for (int j = 0; j < frames; j++) curve[Math.Abs(i - j)] += temporal[(i * frames) + j];
        }

        for (int lag = 0; lag < frames; lag++) curve[lag] /= lag == 0 ? frames : 2 * (frames - lag);
        return curve;
    }

    /// <summary>The sample covariance of whole samples, without any structure, [size, size].</summary>
    /// <param name="samples">[n, size].</param>
    /// <param name="size">Values of a sample.</param>
    /// <param name="knownMean">The true mean, [size]; empty to estimate it, with divisor n − 1.</param>
    /// <exception cref="ArgumentException">A length does not fit, or there are too few samples.</exception>
    public static double[] FullCovariance(
        ReadOnlySpan<float> samples, int size, ReadOnlySpan<double> knownMean = default)
    {
        Expect.Positive(size);
        double[] mean = MeanOf(samples, size, knownMean);
        (int count, int degrees) = Counts(samples, size, knownMean);
        double[] covariance = new double[size * size], x = new double[size];
        for (int k = 0; k < count; k++)
        {
            for (int i = 0; i < size; i++) x[i] = samples[(k * size) + i] - mean[i];
            for (int i = 0; i < size; i++) Dense.AddScaled(x[i], x, covariance.AsSpan(i * size, size));
        }

        foreach (ref double value in covariance.AsSpan()) value /= degrees;
        return covariance;
    }

    private static double[] MeanOf(ReadOnlySpan<float> samples, int size, ReadOnlySpan<double> knownMean)
    {
        int count = Expect.Samples(samples.Length, size, nameof(samples));
        if (knownMean.Length != 0)
        {
            Expect.Shape(knownMean.Length, 1, size, nameof(knownMean));
            return knownMean.ToArray();
        }

        double[] mean = new double[size];
        for (int i = 0; i < samples.Length; i++) mean[i % size] += samples[i];
        foreach (ref double value in mean.AsSpan()) value /= count;
        return mean;
    }

    private static (int Samples, int DegreesOfFreedom) Counts(
        ReadOnlySpan<float> samples, int size, ReadOnlySpan<double> knownMean)
    {
        int count = samples.Length / size, degrees = knownMean.Length == 0 ? count - 1 : count;
        return degrees > 0 ? (count, degrees) : throw new ArgumentException(
            $"samples: expected at least {count - degrees + 1} samples, got {count}.", nameof(samples));
    }
}
