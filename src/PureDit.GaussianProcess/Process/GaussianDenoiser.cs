using System.Buffers;
using PureDit.Diffusion;

namespace PureDit.GaussianProcess;

/// <summary>
/// The exact denoiser of a Gaussian-process sequence: what a perfectly trained network of that prediction kind would
/// say. Works in double and rounds once, so its relative error is that of one float rounding.
/// </summary>
/// <param name="process">The distribution of the clean samples.</param>
/// <param name="kind">What to predict.</param>
public sealed class GaussianDenoiser(GaussianSequence process, PredictionKind kind = PredictionKind.Noise) : IDenoiser
{
    private const int ChunkSamples = 64; // bounds the double buffer

    /// <summary>The distribution of the clean samples.</summary>
    public GaussianSequence Process { get; } = process ?? throw new ArgumentNullException(nameof(process));

    /// <inheritdoc/>
    public int Size => Process.Size;

    /// <inheritdoc/>
    public PredictionKind Kind { get; } = kind;

    /// <inheritdoc/>
    public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction)
    {
        Expect.Samples(x.Length, Size, nameof(x));
        Expect.SameLength(x.Length, prediction.Length, nameof(prediction));
        double[] rented = ArrayPool<double>.Shared.Rent(Math.Min(x.Length, ChunkSamples * Size));
        for (int start = 0; start < x.Length; start += ChunkSamples * Size)
        {
            Span<double> chunk = rented.AsSpan(0, Math.Min(ChunkSamples * Size, x.Length - start));
            for (int i = 0; i < chunk.Length; i++) chunk[i] = x[start + i];
            Process.Predict(Kind, level, chunk, chunk);
            for (int i = 0; i < chunk.Length; i++) prediction[start + i] = (float)chunk[i];
        }

        ArrayPool<double>.Shared.Return(rented);
    }
}
