// The sequences of `train gp`:  vec(X) ~ N(μ, Γ ⊗ Σ)  with every part non-trivial and none isotropic, so that no swap
// of axes goes unnoticed:
//   Γ_ij = γ(i − j),   Σ_ab = c·s_a s_b r^|a−b| with s falling from 1.25 to 0.75 and tr Σ = d,
//   μ_ia = A·(½ + ½·a/(d − 1))·sin(2πi/N).

using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Training;

/// <summary>Draws a training set from the Gaussian process of a configuration.</summary>
public static class GaussianProcessData
{
    /// <summary>The process that a configuration names.</summary>
    /// <exception cref="ConfigurationException">The covariance function cannot be read.</exception>
    public static GaussianSequence Process(TrainingConfig config)
    {
        ICovarianceFunction covariance;
        try
        {
            covariance = CovarianceFunctions.Parse(config.Covariance);
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException($"covariance: {e.Message}", e);
        }

        return new GaussianSequence(config.Frames, config.Channels, Mean(config), covariance.Matrix(config.Frames), Spatial(config));
    }

    /// <summary>Training sequences from stream <see cref="PhiloxStream.Data"/>, and their judge, the process itself.</summary>
    public static SequenceData Draw(TrainingConfig config)
    {
        GaussianSequence process = Process(config);
        float[] training = new float[checked(config.TrainingSequences * process.Size)];
        process.Sample(new Philox((ulong)config.Seed, PhiloxStream.Data), firstSample: 0, training);
        SequenceStatistics statistics = new(training, config.Frames, config.Channels);
        return new SequenceData(training, [], process, EstimatedProcess.Ratio(statistics), JudgeIsTruth: true);
    }

    private static double[] Mean(TrainingConfig config)
    {
        double[] mean = new double[config.Frames * config.Channels];
        for (int i = 0; i < config.Frames; i++)
        {
            for (int a = 0; a < config.Channels; a++)
            {
                double share = config.Channels == 1 ? 1 : 0.5 + (0.5 * a / (config.Channels - 1));
                mean[(i * config.Channels) + a] = config.MeanAmplitude * share * PortableMath.SinCos(2 * Math.PI * i / config.Frames).Sin;
            }
        }

        return mean;
    }

    private static double[] Spatial(TrainingConfig config)
    {
        int d = config.Channels;
        double Deviation(int a) => d == 1 ? 1 : 1.25 - (0.5 * a / (d - 1));
        double trace = Enumerable.Range(0, d).Sum(a => Deviation(a) * Deviation(a));
        double[] spatial = new double[d * d];
        for (int a = 0; a < d; a++)
        {
            for (int b = 0; b < d; b++)
            {
                spatial[(a * d) + b] = d / trace * Deviation(a) * Deviation(b) * PortableMath.Pow(config.SpatialCorrelation, Math.Abs(a - b));
            }
        }

        return spatial;
    }
}
