namespace PureDit.Diffusion;

/// <summary>
/// The buffers of one sampler run at a time. They grow to the largest batch seen and are kept, so that repeated runs
/// allocate nothing. Not for use by two runs at once.
/// </summary>
public sealed class SamplerWorkspace
{
    private float[] _prediction = [];
    private float[] _noise = [];
    private float[] _other = [];
    private float[] _trial = [];

    /// <summary>What the denoiser said.</summary>
    internal Span<float> Prediction(int length) => Grown(ref _prediction, length);

    /// <summary>Noise of the step.</summary>
    internal Span<float> Noise(int length) => Grown(ref _noise, length);

    /// <summary>A second prediction: of the step before, or of the corrector.</summary>
    internal Span<float> Other(int length) => Grown(ref _other, length);

    /// <summary>Where the predictor arrived.</summary>
    internal Span<float> Trial(int length) => Grown(ref _trial, length);

    private static Span<float> Grown(ref float[] buffer, int length)
    {
        if (buffer.Length < length) buffer = new float[length];
        return buffer.AsSpan(0, length);
    }
}
