// Closed forms of the noised sequence x_t = α·x_0 + σ·ε ~ N(αμ, A_t), per mode with a = α²λ + σ² and c = x_t − αμ:
//
//   score       ∇ log p_t = −c/a                      noise     E[ε | x_t]  = σ·c/a
//   x0          E[x_0 | x_t] = μ + (αλ/a)·c           velocity  E[v | x_t]  = −σμ + (ασ(1 − λ)/a)·c,  v = α·ε − σ·x_0
//   posterior   Var[x_0 | x_t] = λσ²/a
//
// Tweedie's formula (Efron 2011) is the identity between the score and the others. Derived, not copied: each is a line.

using System.Buffers;
using PureDit.Diffusion;
using PureDit.Kernels;

namespace PureDit.GaussianProcess;

public sealed partial class GaussianSequence
{
    // [doc:closed-form-score]
    /// <summary>Writes the exact prediction of any kind for a batch at one noise level.</summary>
    /// <param name="kind">What to predict.</param>
    /// <param name="level">Noise level of the batch.</param>
    /// <param name="x">Noisy samples x_t, [n, N, d].</param>
    /// <param name="prediction">Receives [n, N, d]; may be the same memory as <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">
    /// A length does not fit, or A_t is singular (t = 0 with a singular Γ or Σ).
    /// </exception>
    public void Predict(PredictionKind kind, NoiseLevel level, ReadOnlySpan<double> x, Span<double> prediction)
    {
        int samples = Expect.Samples(x.Length, Size, nameof(x));
        Expect.SameLength(x.Length, prediction.Length, nameof(prediction));
        double[] rented = ArrayPool<double>.Shared.Rent(3 * Size);
        Span<double> gains = rented.AsSpan(0, Size), c = rented.AsSpan(Size, Size), z = rented.AsSpan(2 * Size, Size);
        for (int i = 0; i < Size; i++) gains[i] = Gain(kind, level, _modes[i], MarginalVariance(level, i));
        double offset = kind switch { PredictionKind.X0 => 1, PredictionKind.V => -level.Sigma, _ => 0 };

        double alpha = level.Alpha;
        for (int s = 0; s < samples; s++)
        {
            ReadOnlySpan<double> noisy = x.Slice(s * Size, Size);
            Span<double> result = prediction.Slice(s * Size, Size);
            for (int i = 0; i < Size; i++) c[i] = noisy[i] - (alpha * _mean[i]);
            ToModes(c, z);
            for (int i = 0; i < Size; i++) z[i] *= gains[i];
            FromModes(z, result);
            for (int i = 0; i < Size; i++) result[i] += offset * _mean[i];
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    private static double Gain(PredictionKind kind, NoiseLevel level, double lambda, double a) => kind switch
    {
        PredictionKind.Score => -1 / a,
        PredictionKind.Noise => level.Sigma / a,
        PredictionKind.X0 => level.Alpha * lambda / a,
        PredictionKind.V => level.Alpha * level.Sigma * (1 - lambda) / a,
        _ => throw Expect.OutOfRange(nameof(kind), kind, "a known kind of prediction"),
    };
    // [/doc:closed-form-score]

    /// <summary>Writes the score ∇ log p_t(x_t) = −A_t⁻¹(x_t − αμ).</summary>
    /// <inheritdoc cref="Predict"/>
    /// <param name="level">Noise level of the batch.</param>
    /// <param name="x">Noisy samples x_t, [n, N, d].</param>
    /// <param name="score">Receives [n, N, d]; may be the same memory as <paramref name="x"/>.</param>
    public void Score(NoiseLevel level, ReadOnlySpan<double> x, Span<double> score) =>
        Predict(PredictionKind.Score, level, x, score);

    /// <summary>log p_t(x_t) of one sample, in nats.</summary>
    /// <param name="level">The noise level; time 0 for the density of the data.</param>
    /// <param name="x">One sample, [N, d].</param>
    /// <exception cref="ArgumentException">The length does not fit, or A_t is singular.</exception>
    public double LogDensity(NoiseLevel level, ReadOnlySpan<double> x)
    {
        Expect.Shape(x.Length, Frames, Channels, nameof(x));
        double[] rented = ArrayPool<double>.Shared.Rent(2 * Size);
        Span<double> c = rented.AsSpan(0, Size), z = rented.AsSpan(Size, Size);
        double alpha = level.Alpha, sum = 0;
        for (int i = 0; i < Size; i++) c[i] = x[i] - (alpha * _mean[i]);
        ToModes(c, z);
        for (int i = 0; i < Size; i++)
        {
            double a = MarginalVariance(level, i);
            sum += PortableMath.Log(2 * Math.PI * a) + (z[i] * z[i] / a);
        }

        ArrayPool<double>.Shared.Return(rented);
        return -0.5 * sum;
    }

    /// <summary>Writes Cov[x_0 | x_t] = (σ²/α²)(I − σ²A_t⁻¹), which does not depend on x_t.</summary>
    /// <param name="level">The noise level.</param>
    /// <param name="covariance">Receives [N·d, N·d], frame-major.</param>
    /// <exception cref="ArgumentException">The length does not fit, or A_t is singular.</exception>
    public void PosteriorCovariance(NoiseLevel level, Span<double> covariance)
    {
        Expect.Shape(covariance.Length, Size, Size, nameof(covariance));
        double[] variances = new double[Size];
        for (int i = 0; i < Size; i++) variances[i] = _modes[i] * level.Variance / MarginalVariance(level, i);
        FromModeVariances(variances, covariance);
    }

    /// <summary>Writes the covariance that is diagonal in the modes: (U⊗W) diag(variances) (U⊗W)ᵀ.</summary>
    /// <param name="variances">Variance of each mode, [N, d].</param>
    /// <param name="covariance">Receives [N·d, N·d], frame-major.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void FromModeVariances(ReadOnlySpan<double> variances, Span<double> covariance)
    {
        Expect.Shape(variances.Length, Frames, Channels, nameof(variances));
        Expect.Shape(covariance.Length, Size, Size, nameof(covariance));
        double[] basis = Dense.Kronecker(_u, Frames, _w, Channels); // columns are the modes
        double[] scaled = (double[])basis.Clone();
        for (int row = 0; row < Size; row++)
        {
            for (int mode = 0; mode < Size; mode++) scaled[(row * Size) + mode] *= variances[mode];
        }

        Dense.Multiply(scaled, Dense.Transpose(basis, Size, Size), Size, Size, Size, covariance);
    }

    // a = α²λ + σ² of a mode; everything divides by it.
    private double MarginalVariance(NoiseLevel level, int mode)
    {
        double a = (level.AlphaBar * _modes[mode]) + level.Variance;
        return a > 0 ? a : throw new ArgumentException(
            $"level: expected a time above 0, got {level.Time}: a mode of variance 0 has no density there.", nameof(level));
    }
}
