// The model class s_W(x, t) = [W f(Wᵀx, t) − x]/σ² as a denoiser in R^D around one in R^d₀. Sampling with it costs W
// twice per step; Wᵀx walks exactly as the inner denoiser's own samples do with the noise Wᵀξ, and the rest is an
// independent Gaussian (EulerVariance). So it is for comparison: sample in the latent and decode once.

using PureDit.Diffusion;

namespace PureDit.Latent;

/// <summary>A denoiser of latent vectors, lifted to the space of the data.</summary>
/// <param name="subspace">W.</param>
/// <param name="inner">The denoiser in R^d₀.</param>
public sealed class SubspaceDenoiser(ISubspace subspace, IDenoiser inner) : IDenoiser
{
    /// <inheritdoc/>
    public int Size { get; } = inner.Size == subspace.Rank
        ? subspace.Dimension
        : throw new ArgumentException($"inner: expected a denoiser of {subspace.Rank} values, got {inner.Size}.", nameof(inner));

    /// <inheritdoc/>
    public PredictionKind Kind => PredictionKind.Score;

    /// <inheritdoc/>
    public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction)
    {
        Expect.Length(x.Length, prediction.Length, nameof(prediction));
        int count = Expect.Samples(x.Length, Size, nameof(x)), rank = subspace.Rank;
        float[] h = new float[count * rank], score = new float[count * rank];
        double[] full = new double[Size], code = new double[rank], result = new double[Size];
        for (int s = 0; s < count; s++)
        {
            for (int i = 0; i < Size; i++) full[i] = x[(s * Size) + i];
            subspace.Project(full, code);
            for (int i = 0; i < rank; i++) h[(s * rank) + i] = (float)code[i];
        }

        Prediction.Of(inner, PredictionKind.Score, level, h, score);
        for (int s = 0; s < count; s++)
        {
            for (int i = 0; i < Size; i++) full[i] = x[(s * Size) + i];
            for (int i = 0; i < rank; i++) code[i] = h[(s * rank) + i] + (level.Variance * score[(s * rank) + i]); // f = h + σ²s
            ScoreDecomposition.FromSignal(subspace, level, full, code, result);
            for (int i = 0; i < Size; i++) prediction[(s * Size) + i] = (float)result[i];
        }
    }
}
