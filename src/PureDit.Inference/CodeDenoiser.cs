using PureDit.Diffusion;
using PureDit.Latent;

namespace PureDit.Inference;

/// <summary>A denoiser of tokens seen as one of codes: f = R⁻¹ ∘ DiT ∘ R. R is a permutation, so nothing else changes.</summary>
/// <param name="tokens">The denoiser of tokens.</param>
/// <param name="reshape">R.</param>
public sealed class CodeDenoiser(IDenoiser tokens, PatchReshape reshape) : IDenoiser
{
    private float[] _input = [], _output = [];

    /// <inheritdoc/>
    public int Size { get; } = tokens.Size == reshape.Size
        ? reshape.Size
        : throw new ArgumentException($"tokens: expected a denoiser of {reshape.Size} values, got {tokens.Size}.", nameof(tokens));

    /// <inheritdoc/>
    public PredictionKind Kind => tokens.Kind;

    /// <inheritdoc/>
    public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction)
    {
        if (_input.Length < x.Length) (_input, _output) = (new float[x.Length], new float[x.Length]);
        Span<float> input = _input.AsSpan(0, x.Length), output = _output.AsSpan(0, x.Length);
        reshape.ToTokens(x, input);
        tokens.Predict(level, input, output);
        reshape.FromTokens<float>(output, prediction);
    }
}
