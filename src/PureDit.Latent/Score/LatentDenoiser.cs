using PureDit.Diffusion;

namespace PureDit.Latent;

/// <summary>The exact denoiser of a latent law, in R^d₀: what a perfectly trained f says. Computed in double.</summary>
/// <param name="law">The law of h₀.</param>
public sealed class LatentDenoiser(ILatentDistribution law) : IDenoiser
{
    /// <inheritdoc/>
    public int Size { get; } = law?.Size ?? throw new ArgumentNullException(nameof(law));

    /// <inheritdoc/>
    public PredictionKind Kind => PredictionKind.Score;

    /// <inheritdoc/>
    public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction)
    {
        Expect.Length(x.Length, prediction.Length, nameof(prediction));
        int count = Expect.Samples(x.Length, Size, nameof(x));
        double[] h = new double[Size], score = new double[Size];
        for (int s = 0; s < count; s++)
        {
            for (int i = 0; i < Size; i++) h[i] = x[(s * Size) + i];
            law.Score(level, h, score);
            for (int i = 0; i < Size; i++) prediction[(s * Size) + i] = (float)score[i];
        }
    }
}
