// The data of the latent experiments: x₀ = B h₀ with a random B and a law of h₀ that is known, clean or noisy.

using PureDit.Diffusion;
using PureDit.Kernels;
using PureDit.Latent;

namespace PureDit.Laboratory;

/// <summary>Data on a subspace.</summary>
/// <param name="Subspace">B.</param>
/// <param name="Law">The law of h₀.</param>
internal sealed record LatentWorld(LinearSubspace Subspace, ILatentDistribution Law)
{
    private static readonly double[] s_centre = [1.1, -0.8, 0.5, 0.9]; // ±: two modes that no Gaussian has

    public static LatentWorld Of(int dimension, ILatentDistribution law, int seed) =>
        new(LinearSubspace.Random(dimension, law.Size, (ulong)(1000 + seed)), law);

    /// <summary>d₀/4 independent blocks, each an even mixture of two Gaussians of unequal axes in R⁴.</summary>
    public static ILatentDistribution TwoModes(int rank)
    {
        double[] covariance = [0.20, 0.05, 0, 0, 0.05, 0.15, 0, 0, 0, 0, 0.25, -0.05, 0, 0, -0.05, 0.30];
        LatentMixture block = new([1, 1], [new(s_centre, covariance), new([.. s_centre.Select(v => -v)], covariance)]);
        return rank == 4 ? block : new BlockLaw(block, rank / 4);
    }

    /// <summary>h₀ of a seed, [n, d₀].</summary>
    public double[] Codes(int count, int seed, PhiloxStream stream = PhiloxStream.Data)
    {
        double[] h = new double[count * Law.Size];
        Law.Sample(new Philox((ulong)seed, stream), 0, h);
        return h;
    }

    /// <summary>B h for every row.</summary>
    public double[] Lift(double[] codes)
    {
        double[] x = new double[codes.Length / Law.Size * Subspace.Dimension];
        for (int i = 0; i < codes.Length / Law.Size; i++)
        {
            Subspace.Lift(codes.AsSpan(i * Law.Size, Law.Size), x.AsSpan(i * Subspace.Dimension, Subspace.Dimension));
        }

        return x;
    }

    /// <summary>x_t = α x₀ + σ ε for every row.</summary>
    public double[] Noisy(double[] clean, NoiseLevel level, int seed)
    {
        double[] x = new double[clean.Length];
        Philox noise = new((ulong)seed, PhiloxStream.Noise);
        for (int i = 0; i < clean.Length / Subspace.Dimension; i++)
        {
            noise.FillNormal(0, i, x.AsSpan(i * Subspace.Dimension, Subspace.Dimension));
        }

        for (int i = 0; i < x.Length; i++) x[i] = (level.Alpha * clean[i]) + (level.Sigma * x[i]);
        return x;
    }
}
