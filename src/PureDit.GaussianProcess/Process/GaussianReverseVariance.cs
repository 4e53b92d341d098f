// The covariance of x_s given x_t, s < t, of a Gaussian-process sequence: per mode, with V = α²λ + σ² at each level,
//   β·V_s/V_t = β̃ + (α_s·β/σ_t²)²·Var[x_0 | x_t],      β = 1 − ᾱ_t/ᾱ_s.
// With it every DDPM step draws from the true posterior, so the chain is exact at any number of steps; a number per
// level (β, β̃, Analytic-DPM) can only be right for one λ at a time.

using System.Buffers;
using PureDit.Diffusion;

namespace PureDit.GaussianProcess;

/// <summary>The true covariance of a DDPM step on a Gaussian-process sequence; see <see cref="DdpmSampler"/>.</summary>
/// <param name="process">The distribution of the clean samples.</param>
public sealed class GaussianReverseVariance(GaussianSequence process) : IReverseVariance
{
    private readonly GaussianSequence _process = process ?? throw new ArgumentNullException(nameof(process));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The length is not a whole number of samples.</exception>
    public void Colour(in ReverseStep reverseStep, Span<float> noise)
    {
        int size = _process.Size, samples = Expect.Samples(noise.Length, size, nameof(noise));
        double[] rented = ArrayPool<double>.Shared.Rent(3 * size);
        Span<double> deviations = rented.AsSpan(0, size);
        Span<double> z = rented.AsSpan(size, size), x = rented.AsSpan(2 * size, size);
        for (int i = 0; i < size; i++)
        {
            double lambda = _process.Modes[i];
            double from = Variance(reverseStep.From, lambda), to = Variance(reverseStep.To, lambda);
            deviations[i] = Math.Sqrt(reverseStep.Beta * to / from);
        }

        // White noise is white in the modes too: scale it there and turn it into place.
        for (int s = 0; s < samples; s++)
        {
            Span<float> sample = noise.Slice(s * size, size);
            for (int i = 0; i < size; i++) z[i] = deviations[i] * sample[i];
            _process.FromModes(z, x);
            for (int i = 0; i < size; i++) sample[i] = (float)x[i];
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    private static double Variance(NoiseLevel level, double lambda) => (level.AlphaBar * lambda) + level.Variance;
}
