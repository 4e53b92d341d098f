using FsCheck;
using FsCheck.Fluent;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Latent.Tests;

/// <summary>A random subspace, a random law on it and a noise level, all from a seed.</summary>
public sealed record LatentCase(int Dimension, int Rank, double Time, ulong Seed)
{
    public static Gen<LatentCase> All { get; } =
        from rank in Gen.Choose(1, 5)
        from more in Gen.Choose(0, 7)
        from time in Gen.Elements(0.03, 0.2, 0.7, 2.0)
        from seed in Gen.Choose(0, 1 << 20)
        select new LatentCase(rank + more, rank, time, (ulong)seed);

    public NoiseLevel Level => NoiseLevel.FromTime(Time);

    public LinearSubspace Subspace() => LinearSubspace.Random(Dimension, Rank, Seed);

    public double[] Normal(int count, int step)
    {
        double[] z = new double[count];
        new Philox(Seed, PhiloxStream.Evaluation).FillNormal(step, 0, z);
        return z;
    }

    /// <summary>A Gaussian with a covariance that is not diagonal and a mean that is not zero.</summary>
    public LatentGaussian Gaussian(int step = 1)
    {
        double[] root = Normal(Rank * Rank, step), covariance = new double[Rank * Rank];
        Dense.Multiply(root, Dense.Transpose(root, Rank, Rank), Rank, Rank, Rank, covariance);
        for (int i = 0; i < Rank; i++) covariance[i * (Rank + 1)] += 0.05;
        return new(Normal(Rank, step + 100), covariance);
    }

    public LatentMixture Mixture() => new([0.5, 0.2, 0.3], [Gaussian(2), Gaussian(3), Gaussian(4)]);

    public IsotropicMixture Balls(double variance) => new(Rank, Normal(7 * Rank, 5), variance, [1, 2, 3, 1, 2, 3, 4]);

    /// <summary>Every kind of law.</summary>
    public ILatentDistribution[] Laws() => [Gaussian(), Mixture(), Balls(0.3), Balls(0)];

    /// <summary>∂f/∂x by central differences.</summary>
    public static double[] Gradient(Func<double[], double> f, double[] x, double step = 1e-5)
    {
        double[] gradient = new double[x.Length], moved = [.. x];
        for (int i = 0; i < x.Length; i++)
        {
            moved[i] = x[i] + step;
            double above = f(moved);
            moved[i] = x[i] - step;
            gradient[i] = (above - f(moved)) / (2 * step);
            moved[i] = x[i];
        }

        return gradient;
    }
}
