namespace PureDit.Diffusion;

/// <summary>
/// Anything that looks at noisy samples and says what they were: a network, a closed form, or guidance around another
/// denoiser. Samplers know nothing else.
/// </summary>
public interface IDenoiser
{
    /// <summary>Number of values in one sample, at least 1.</summary>
    int Size { get; }

    /// <summary>What <see cref="Predict"/> writes.</summary>
    PredictionKind Kind { get; }

    /// <summary>Predicts for a batch of samples at one noise level.</summary>
    /// <param name="level">Noise level of every sample of the batch.</param>
    /// <param name="x">Noisy samples, [n, <see cref="Size"/>]; n is x.Length / Size.</param>
    /// <param name="prediction">Receives the prediction, the same shape as <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ, or are not a multiple of <see cref="Size"/>.</exception>
    void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction);
}
