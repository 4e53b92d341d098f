// Classifier-free guidance.  Ho and Salimans 2022, arXiv 2207.12598, eq. 6, in the scale convention of the DiT paper:
//   guided = unconditional + scale·(conditional − unconditional)
// scale 1 is the conditional answer, 0 the unconditional one, above 1 exaggerates the condition. The rule is the same
// for noise, x0, v and score, which differ by an affine map. Values that are not guided get the conditional answer:
// published DiT samples guide the first three channels of [channels, height, width] only.

namespace PureDit.Diffusion;

/// <summary>A denoiser that exaggerates what a condition changes. Holds a buffer: not for two calls at once.</summary>
public sealed class Guidance : IDenoiser
{
    private readonly IDenoiser _conditional;
    private readonly IDenoiser _unconditional;
    private readonly double _scale;
    private readonly int _guided;
    private float[] _buffer = [];

    /// <summary>Wraps two denoisers of one size and kind, often the same network with and without its labels.</summary>
    /// <param name="conditional">Knows the condition.</param>
    /// <param name="unconditional">Does not.</param>
    /// <param name="scale">Guidance scale, finite.</param>
    /// <param name="guidedValues">How many leading values of each sample are guided; all of them by default.</param>
    /// <exception cref="ArgumentException">Sizes or kinds differ, the scale is not finite, or there are not
    /// so many values.</exception>
    public Guidance(IDenoiser conditional, IDenoiser unconditional, double scale, int? guidedValues = null)
    {
        if (unconditional.Size != conditional.Size)
        {
            Expect.Fail(nameof(unconditional), $"size {conditional.Size}, the conditional one's", $"{unconditional.Size}");
        }

        if (unconditional.Kind != conditional.Kind)
        {
            Expect.Fail(nameof(unconditional), $"kind {conditional.Kind}, the conditional one's", $"{unconditional.Kind}");
        }

        Expect.Within(double.MinValue, double.MaxValue, scale);
        _guided = guidedValues ?? conditional.Size;
        Expect.Within(0, conditional.Size, _guided, nameof(guidedValues));
        (_conditional, _unconditional, _scale) = (conditional, unconditional, scale);
    }

    /// <inheritdoc/>
    public int Size => _conditional.Size;

    /// <inheritdoc/>
    public PredictionKind Kind => _conditional.Kind;

    /// <inheritdoc/>
    public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction)
    {
        int samples = Expect.Samples(Size, x);
        Expect.Length(x.Length, prediction);
        if (_buffer.Length < x.Length) _buffer = new float[x.Length];
        Span<float> unconditional = _buffer.AsSpan(0, x.Length);

        _conditional.Predict(level, x, prediction);
        _unconditional.Predict(level, x, unconditional);
        // [doc:guidance]
        for (int i = 0; i < samples; i++)
        {
            Span<float> guided = prediction.Slice(i * Size, _guided);
            LinearCombination.Write(_scale, guided, 1 - _scale, unconditional.Slice(i * Size, _guided), guided);
        }
        // [/doc:guidance]
    }
}
