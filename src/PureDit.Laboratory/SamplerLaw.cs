// What a sampler makes of standard normal noise when its denoiser is affine in x, as that of a Gaussian is: another
// Gaussian, found without drawing a number. The run without noise gives the mean; the response to a unit impulse in one
// value of the start, or of one step's noise, gives a column:
//   mean = x(0),   covariance = v·G Gᵀ + Σ_k B_k B_kᵀ,   G, B_k the responses to the start and to the noise of step k.
// All impulses run in one batch. The sampler is the one that users run, so the only error is its rounding to float.

using PureDit.Diffusion;

namespace PureDit.Laboratory;

/// <summary>Mean and covariance of a sampler's output.</summary>
/// <param name="Mean">From a start of zeros, [size].</param>
/// <param name="FromStart">G Gᵀ: covariance owed to a start of variance 1, [size, size].</param>
/// <param name="FromNoise">Covariance owed to the noise of the steps, [size, size].</param>
internal sealed record SamplerLaw(double[] Mean, double[] FromStart, double[] FromNoise)
{
    /// <summary>The law of a sampler on a path of levels.</summary>
    public static SamplerLaw Of(ISampler sampler, IDenoiser denoiser, ReadOnlySpan<NoiseLevel> levels)
    {
        int size = denoiser.Size, samples = 1 + (size * levels.Length); // nothing, the start, a step each
        Impulses noise = new(size);
        float[] x = new float[samples * size];
        noise.Fill(0, x);
        sampler.Run(denoiser, levels, noise, x, new SamplerWorkspace());
        double[] mean = [.. x.AsSpan(0, size).ToArray().Select(value => (double)value)];
        SamplerLaw law = new(mean, new double[size * size], new double[size * size]);
        for (int sample = 1; sample < samples; sample++)
        {
            double[] response = new double[size];
            for (int i = 0; i < size; i++) response[i] = x[(sample * size) + i] - mean[i];
            Add(response, sample <= size ? law.FromStart : law.FromNoise);
        }

        return law;
    }

    /// <summary>Covariance from a start of independent values.</summary>
    /// <param name="startVariance">Their variance.</param>
    public double[] Covariance(double startVariance = 1) => [.. FromStart.Zip(FromNoise, (start, noise) => (startVariance * start) + noise)];

    private static void Add(double[] response, double[] covariance)
    {
        for (int i = 0; i < response.Length; i++)
        {
            for (int j = 0; j < response.Length; j++) covariance[(i * response.Length) + j] += response[i] * response[j];
        }
    }

    // Sample 1 + size·k + i gets a 1 in value i of draw k, and nothing else.
    private sealed class Impulses(int size) : INoiseSource
    {
        public void Fill(int draw, Span<float> noise)
        {
            noise.Clear();
            for (int i = 0; i < size; i++) noise[((1 + (size * draw) + i) * size) + i] = 1;
        }
    }
}
