// Principal components: the span of the d₀ leading eigenvectors of the second moment. Of the two terms of the denoising
// loss (LatentLoss) it minimises the one that no f can touch.
//
// At a noise level the second moment of x_t is α²·BΛBᵀ + σ²·I: the same span. From n noisy samples it is found up to
//   E‖WWᵀ − BBᵀ‖²_F ≈ 2 Σ_i (D − d₀) σ²(α²λ_i + σ²)/(n α⁴ λ_i²)
// (first-order perturbation; Gaussian noise): like 1/n, linear in D − d₀, and worst for the smallest λ_i.

using PureDit.Diffusion;
using PureDit.GaussianProcess;

namespace PureDit.Latent;

/// <summary>Subspaces by principal components.</summary>
public static class PrincipalSubspace
{
    /// <summary>(1/n) Σ x xᵀ of samples.</summary>
    /// <param name="samples">[n, D], at least one.</param>
    /// <param name="dimension">D.</param>
    /// <returns>[D, D].</returns>
    public static double[] SecondMoment(ReadOnlySpan<double> samples, int dimension)
    {
        Expect.Positive(dimension);
        int count = Expect.Samples(samples.Length, dimension, nameof(samples));
        if (count == 0) throw new ArgumentException("samples: expected at least one, got none.", nameof(samples));
        double[] moment = new double[dimension * dimension];
        Dense.Multiply(Dense.Transpose(samples, count, dimension), samples, dimension, count, dimension, moment);
        foreach (ref double value in moment.AsSpan()) value /= count;
        return moment;
    }

    // [doc:latent-principal]
    /// <summary>The leading eigenvectors of a second moment, largest eigenvalue first.</summary>
    /// <param name="secondMoment">[D, D], symmetric.</param>
    /// <param name="dimension">D.</param>
    /// <param name="rank">d₀.</param>
    /// <exception cref="ArgumentException">The matrix is not symmetric or not finite.</exception>
    public static LinearSubspace Of(ReadOnlySpan<double> secondMoment, int dimension, int rank)
    {
        Expect.Rank(dimension, rank);
        SymmetricEigen eigen = new(secondMoment, dimension);
        double[] leading = new double[rank * dimension];
        for (int j = 0; j < rank; j++)
        {
            eigen.Vectors.Slice((dimension - 1 - j) * dimension, dimension).CopyTo(leading.AsSpan(j * dimension));
        }

        return new(dimension, rank, Dense.Transpose(leading, rank, dimension));
    }
    // [/doc:latent-principal]

    /// <summary>The expected ‖WWᵀ − BBᵀ‖²_F of principal components from noisy samples, to first order in 1/n.</summary>
    /// <param name="dimension">D.</param>
    /// <param name="variances">Eigenvalues λ_i of E[hhᵀ], d₀ of them.</param>
    /// <param name="level">Noise level of the samples.</param>
    /// <param name="count">Number n of samples.</param>
    public static double ExpectedSquaredDistance(int dimension, ReadOnlySpan<double> variances, NoiseLevel level, int count)
    {
        Expect.Positive(count);
        Expect.Rank(dimension, variances.Length);
        double sum = 0, alpha = level.AlphaBar, sigma = level.Variance;
        foreach (double variance in variances)
        {
            Expect.PositiveFinite(variance);
            sum += (dimension - variances.Length) * sigma * ((alpha * variance) + sigma) / (alpha * alpha * variance * variance);
        }

        return 2 * sum / count;
    }
}
