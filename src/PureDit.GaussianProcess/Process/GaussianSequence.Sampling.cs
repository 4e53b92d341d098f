// Sampling:  X = μ + L_Γ Z L_Σᵀ,  Z of independent standard normal numbers,  L L ᵀ = Γ and Σ.
//
// L is the Cholesky factor, which makes frame i depend on frames 0..i as an autoregression would, or, where rounding
// leaves the matrix short of positive definite (smooth kernels), the symmetric square root with eigenvalues cut at 0.

using System.Buffers;
using PureDit.Kernels;

namespace PureDit.GaussianProcess;

public sealed partial class GaussianSequence
{
    private readonly double[] _temporalRoot, _spatialRootTransposed;

    // [doc:sample-gaussian-process]
    /// <summary>Draws samples of the process.</summary>
    /// <param name="noise">Where the numbers come from.</param>
    /// <param name="firstSample">Key of the first sample; sample k of the batch has the key firstSample + k, so that
    /// it does not depend on the batch.</param>
    /// <param name="samples">Receives [n, N, d].</param>
    /// <exception cref="ArgumentException">The length is not a whole number of samples.</exception>
    public void Sample(Philox noise, long firstSample, Span<float> samples)
    {
        int count = Expect.Samples(samples.Length, Size, nameof(samples));
        double[] rented = ArrayPool<double>.Shared.Rent(2 * Size);
        Span<double> z = rented.AsSpan(0, Size), x = rented.AsSpan(Size, Size);
        for (int k = 0; k < count; k++)
        {
            noise.FillNormal(step: 0, firstSample + k, z);
            Sandwich(_temporalRoot, z, _spatialRootTransposed, x);
            for (int i = 0; i < Size; i++) samples[(k * Size) + i] = (float)(_mean[i] + x[i]);
        }

        ArrayPool<double>.Shared.Return(rented);
    }
    // [/doc:sample-gaussian-process]

    private static double[] Root(ReadOnlySpan<double> covariance, SymmetricEigen eigen) =>
        Cholesky.TryFactor(covariance, eigen.Size)?.Lower.ToArray()
        ?? eigen.Function(value => Math.Sqrt(Math.Max(0, value)));
}
