using PureDit.Diffusion;

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>An unrolled transformer as a denoiser, so that every sampler can draw with it.</summary>
/// <param name="transformer">The constructed transformer; levels before its earliest are an error.</param>
public sealed class UnrolledDenoiser(UnrolledTransformer transformer) : IDenoiser
{
    /// <summary>The constructed transformer.</summary>
    public UnrolledTransformer Transformer { get; } = transformer ?? throw new ArgumentNullException(nameof(transformer));

    /// <inheritdoc/>
    public int Size => Transformer.Process.Process.Size;

    /// <inheritdoc/>
    public PredictionKind Kind => PredictionKind.Score;

    /// <inheritdoc/>
    public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction)
    {
        int samples = Expect.Samples(x.Length, Size, nameof(x));
        Expect.SameLength(x.Length, prediction.Length, nameof(prediction));
        double[] one = new double[Size];
        for (int k = 0; k < samples; k++)
        {
            for (int i = 0; i < Size; i++) one[i] = x[(k * Size) + i];
            double[] score = Transformer.Score(level, one);
            for (int i = 0; i < Size; i++) prediction[(k * Size) + i] = (float)score[i];
        }
    }
}
