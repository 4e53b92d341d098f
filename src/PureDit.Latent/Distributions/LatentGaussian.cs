// A Gaussian latent h₀ ~ N(m, Λ), Λ = Vᵀ diag(λ) V:   p^h_t = N(α m, C),  C = α²Λ + σ²I.  In the eigenbasis
//   score = −C⁻¹(h − αm),   Jacobian = −C⁻¹,   q = α[m + αΛC⁻¹(h − αm)],   Lipschitz constant of q's score 1/min(λ, 1).
// λ_i = 0 is allowed: then the law lives on a subspace of R^d₀.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Latent;

/// <summary>A Gaussian law of latent vectors. Immutable.</summary>
public sealed class LatentGaussian : ILatentDistribution
{
    private readonly double[] _mean, _covariance, _root, _variances;
    private readonly SymmetricEigen _eigen;

    /// <summary>Creates the law.</summary>
    /// <param name="mean">m, [d₀].</param>
    /// <param name="covariance">Λ, [d₀, d₀], symmetric, no eigenvalue below 0 but for rounding.</param>
    /// <exception cref="ArgumentException">A shape does not fit, a value is not finite, or Λ is no covariance.</exception>
    public LatentGaussian(ReadOnlySpan<double> mean, ReadOnlySpan<double> covariance)
    {
        Expect.Positive(mean.Length, "mean.Length");
        Expect.Finite(mean, nameof(mean));
        _eigen = new(covariance, mean.Length);
        (_mean, _covariance, _variances) = (mean.ToArray(), covariance.ToArray(), _eigen.Values.ToArray());
        if (_variances[0] < -1e-10 * Math.Max(_variances[^1], 0))
        {
            throw new ArgumentException($"covariance: expected eigenvalues of 0 or more, got {_variances[0]:G3}.", nameof(covariance));
        }

        foreach (ref double value in _variances.AsSpan()) value = Math.Max(value, 0);
        _root = _eigen.Function(value => Math.Sqrt(Math.Max(value, 0)));
    }

    /// <inheritdoc/>
    public int Size => _mean.Length;

    /// <summary>m, [d₀].</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>Λ, [d₀, d₀].</summary>
    public ReadOnlySpan<double> Covariance => _covariance;

    /// <summary>Eigenvalues λ of Λ, ascending.</summary>
    public ReadOnlySpan<double> Variances => _variances;

    /// <summary>N(0, diag(variances)).</summary>
    /// <param name="variances">Variance of each coordinate.</param>
    public static LatentGaussian Diagonal(params ReadOnlySpan<double> variances)
    {
        double[] covariance = new double[variances.Length * variances.Length];
        for (int i = 0; i < variances.Length; i++) covariance[i * (variances.Length + 1)] = variances[i];
        return new(new double[variances.Length], covariance);
    }

    /// <inheritdoc/>
    public double LogDensity(NoiseLevel level, ReadOnlySpan<double> h)
    {
        Expect.Noisy(level);
        Expect.Length(Size, h.Length, nameof(h));
        double[] modes = Modes(level, h);
        double sum = 0;
        for (int i = 0; i < modes.Length; i++)
        {
            double c = Noisy(level, i);
            sum += (modes[i] * modes[i] / c) + PortableMath.Log(2 * Math.PI * c);
        }

        return -0.5 * sum;
    }

    /// <inheritdoc/>
    public void Score(NoiseLevel level, ReadOnlySpan<double> h, Span<double> score)
    {
        Expect.Noisy(level);
        Expect.Length(Size, h.Length, nameof(h));
        Expect.Length(Size, score.Length, nameof(score));
        double[] modes = Modes(level, h);
        for (int i = 0; i < modes.Length; i++) modes[i] /= -Noisy(level, i);
        Dense.Multiply(modes, _eigen.Vectors, 1, Size, Size, score);
    }

    /// <inheritdoc/>
    public void Jacobian(NoiseLevel level, ReadOnlySpan<double> h, Span<double> jacobian)
    {
        Expect.Noisy(level);
        Expect.Length(Size, h.Length, nameof(h));
        Expect.Length(Size * Size, jacobian.Length, nameof(jacobian));
        _eigen.Function(value => -1 / ((level.AlphaBar * Math.Max(value, 0)) + level.Variance)).CopyTo(jacobian);
    }

    /// <inheritdoc/>
    public void Sample(Philox random, long first, Span<double> samples)
    {
        int count = Expect.Samples(samples.Length, Size, nameof(samples));
        double[] z = new double[Size];
        for (int s = 0; s < count; s++)
        {
            random.FillNormal(0, first + s, z);
            FromNormal(z, samples.Slice(s * Size, Size));
        }
    }

    /// <inheritdoc/>
    public double[] SecondMoment()
    {
        double[] moment = [.. _covariance];
        for (int i = 0; i < Size; i++) Dense.AddScaled(_mean[i], _mean, moment.AsSpan(i * Size, Size));
        return moment;
    }

    /// <summary>m + Λ^½ z.</summary>
    internal void FromNormal(ReadOnlySpan<double> z, Span<double> h)
    {
        Dense.Multiply(_root, z, Size, Size, 1, h);
        Dense.AddScaled(1, _mean, h);
    }

    private double Noisy(NoiseLevel level, int mode) => (level.AlphaBar * _variances[mode]) + level.Variance;

    // V(h − αm)
    private double[] Modes(NoiseLevel level, ReadOnlySpan<double> h)
    {
        double[] centred = h.ToArray(), modes = new double[Size];
        Dense.AddScaled(-level.Alpha, _mean, centred);
        Dense.Multiply(_eigen.Vectors, centred, Size, Size, 1, modes);
        return modes;
    }
}
