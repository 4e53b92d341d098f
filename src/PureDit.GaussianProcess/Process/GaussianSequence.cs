// A Gaussian-process sequence X = (X_1, …, X_N), X_i in R^d:   vec(X) ~ N(μ, Γ ⊗ Σ),   Cov[X_i, X_j] = Γ_ij Σ.
//
// Samples are frame-major [N, d]; the first Kronecker factor belongs to the frames. Noised by x_t = α·x_0 + σ·ε, the
// sequence is Gaussian with covariance A_t = α² Γ⊗Σ + σ² I, and with Γ = U diag(g) Uᵀ, Σ = W diag(τ) Wᵀ, found once,
// every closed form is one multiplication in the N·d modes z = Uᵀ(x − αμ)W with λ_ij = g_i τ_j: O(N²d + Nd²) a sample.
// The data model of Fu et al. 2024, arXiv 2407.16134; the matrix normal distribution of the statistics books.
// Not done: covariances that are not a Kronecker product, missing frames.

using System.Buffers;
using PureDit.Diffusion;

namespace PureDit.GaussianProcess;

/// <summary>
/// A Gaussian-process sequence with Kronecker covariance, and the exact scores and predictions of its noised versions.
/// </summary>
public sealed partial class GaussianSequence
{
    // Eigenvalues of a covariance on the wrong side of 0 by no more than this, relative to the largest, are rounding.
    private const double NegativeTolerance = 1e-10;

    private readonly double[] _mean, _temporal, _spatial, _modes;
    private readonly double[] _u, _uTransposed, _w, _wTransposed;

    /// <summary>Describes a process.</summary>
    /// <param name="frames">Number of frames N.</param>
    /// <param name="channels">Number of channels d.</param>
    /// <param name="mean">μ, [N, d]; empty for zero.</param>
    /// <param name="temporal">Γ, [N, N], symmetric positive semidefinite.</param>
    /// <param name="spatial">Σ, [d, d], symmetric positive semidefinite.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a matrix is not a covariance.</exception>
    public GaussianSequence(
        int frames, int channels,
        ReadOnlySpan<double> mean, ReadOnlySpan<double> temporal, ReadOnlySpan<double> spatial)
    {
        Expect.Positive(frames);
        Expect.Positive(channels);
        if (mean.Length != 0) Expect.Shape(mean.Length, frames, channels, nameof(mean));
        Expect.Symmetric(temporal, frames, nameof(temporal));
        Expect.Symmetric(spatial, channels, nameof(spatial));
        (Frames, Channels) = (frames, channels);
        _mean = mean.Length == 0 ? new double[frames * channels] : mean.ToArray();
        _temporal = temporal.ToArray();
        _spatial = spatial.ToArray();

        SymmetricEigen gamma = new(temporal, frames), sigma = new(spatial, channels);
        double[] g = NotNegative(gamma.Values, nameof(temporal)), tau = NotNegative(sigma.Values, nameof(spatial));
        _modes = new double[frames * channels];
        for (int i = 0; i < frames; i++)
        {
            for (int j = 0; j < channels; j++) _modes[(i * channels) + j] = g[i] * tau[j];
        }

        (TemporalEigen, SpatialEigen) = (gamma, sigma);
        (_uTransposed, _u) = (gamma.Vectors.ToArray(), Dense.Transpose(gamma.Vectors, frames, frames));
        (_wTransposed, _w) = (sigma.Vectors.ToArray(), Dense.Transpose(sigma.Vectors, channels, channels));
        _temporalRoot = Root(_temporal, gamma);
        _spatialRootTransposed = Dense.Transpose(Root(_spatial, sigma), channels, channels);
    }

    /// <summary>Number of frames N.</summary>
    public int Frames { get; }

    /// <summary>Number of channels d.</summary>
    public int Channels { get; }

    /// <summary>Number of values of a sample, N·d.</summary>
    public int Size => Frames * Channels;

    /// <summary>μ, [N, d].</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>Γ, [N, N].</summary>
    public ReadOnlySpan<double> Temporal => _temporal;

    /// <summary>Σ, [d, d].</summary>
    public ReadOnlySpan<double> Spatial => _spatial;

    /// <summary>Eigenvalues g and eigenvectors of Γ.</summary>
    public SymmetricEigen TemporalEigen { get; }

    /// <summary>Eigenvalues τ and eigenvectors of Σ.</summary>
    public SymmetricEigen SpatialEigen { get; }

    /// <summary>The variances λ_ij = g_i τ_j of the modes, [N, d]: the eigenvalues of Γ ⊗ Σ.</summary>
    public ReadOnlySpan<double> Modes => _modes;

    /// <summary>κ_t, the condition number of A_t = α² Γ⊗Σ + σ² I; +∞ where A_t is singular.</summary>
    /// <param name="level">The noise level.</param>
    public double ConditionNumber(NoiseLevel level)
    {
        double largest = 0, smallest = double.PositiveInfinity;
        foreach (double lambda in _modes)
        {
            double a = (level.AlphaBar * lambda) + level.Variance;
            (largest, smallest) = (Math.Max(largest, a), Math.Min(smallest, a));
        }

        return largest / smallest;
    }

    /// <summary>Writes z = Uᵀ X W, the coordinates in which Γ ⊗ Σ is diagonal.</summary>
    /// <param name="x">One centred sample X, [N, d].</param>
    /// <param name="z">Receives the modes, [N, d]; must not overlap <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void ToModes(ReadOnlySpan<double> x, Span<double> z) => Sandwich(_uTransposed, x, _w, z);

    /// <summary>Writes X = U z Wᵀ, the inverse of <see cref="ToModes"/>.</summary>
    /// <param name="z">Modes, [N, d].</param>
    /// <param name="x">Receives the sample, [N, d]; must not overlap <paramref name="z"/>.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void FromModes(ReadOnlySpan<double> z, Span<double> x) => Sandwich(_u, z, _wTransposed, x);

    // left [N, N] · x [N, d] · right [d, d]
    private void Sandwich(
        ReadOnlySpan<double> left, ReadOnlySpan<double> x, ReadOnlySpan<double> right, Span<double> result)
    {
        double[] rented = ArrayPool<double>.Shared.Rent(Size);
        Span<double> product = rented.AsSpan(0, Size);
        Dense.Multiply(left, x, Frames, Frames, Channels, product);
        Dense.Multiply(product, right, Frames, Channels, Channels, result);
        ArrayPool<double>.Shared.Return(rented);
    }

    private static double[] NotNegative(ReadOnlySpan<double> values, string name)
    {
        double[] result = values.ToArray();
        foreach (ref double value in result.AsSpan())
        {
            if (value < -NegativeTolerance * Math.Abs(values[^1]))
            {
                throw new ArgumentException(
                    $"{name}: expected a positive semidefinite matrix, got the eigenvalue {value:G4} "
                    + $"(the largest is {values[^1]:G4}).",
                    name);
            }

            value = Math.Max(0, value);
        }

        return result;
    }
}
