// A sampler with a linear denoiser is a linear map of its start and its noises. So it is known completely by its
// answers to impulses, all read in one run: sample 0 starts at 1 and gets no noise; sample k ≥ 1 starts at 0 and gets
// noise 1 in step k only. Then variance = gain²·start + Σ response², exactly and without drawing a number. The denoiser
// says v, the form whose float rounding no conversion magnifies by 1/α or 1/σ².

namespace PureDit.Diffusion.Tests;

/// <summary>The impulse responses of a sampler on centred Gaussian modes.</summary>
internal sealed class LinearResponse
{
    private readonly float[] _x;
    private readonly int _modes;

    private LinearResponse(float[] x, int modes) => (_x, _modes) = (x, modes);

    public int Steps => (_x.Length / _modes) - 1;

    public static LinearResponse Of(ISampler sampler, double[] lambda, ReadOnlySpan<NoiseLevel> levels)
    {
        float[] x = new float[levels.Length * lambda.Length];
        x.AsSpan(0, lambda.Length).Fill(1);
        sampler.Run(
            new LinearGaussianDenoiser(lambda, null, PredictionKind.V), levels,
            new Impulses(lambda.Length), x, new SamplerWorkspace());
        return new LinearResponse(x, lambda.Length);
    }

    /// <summary>What a start of 1 becomes.</summary>
    public double Gain(int mode) => _x[mode];

    /// <summary>What noise of 1 in step k = 1..n becomes.</summary>
    public double ToNoise(int step, int mode) => _x[(step * _modes) + mode];

    public double Variance(int mode, double start)
    {
        double variance = Gain(mode) * Gain(mode) * start;
        for (int k = 1; k <= Steps; k++) variance += ToNoise(k, mode) * ToNoise(k, mode);
        return variance;
    }

    private sealed class Impulses(int size) : INoiseSource
    {
        public void Fill(int draw, Span<float> noise)
        {
            noise.Clear();
            noise.Slice(draw * size, size).Fill(1);
        }
    }
}
