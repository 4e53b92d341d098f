// From noise to samples:  x_T ~ N(0, I) at the noisiest level of the schedule, then down a grid that is even in
// log-SNR to the cleanest trained level, then one step to the clean sample.

using PureDit.Diffusion;

namespace PureDit.Inference;

/// <summary>Draws samples from a denoiser, batch by batch. Keeps its buffers: a warm call allocates nothing per step.</summary>
/// <param name="denoiser">What is sampled from: a network or a closed form.</param>
/// <param name="schedule">From where to where.</param>
public sealed class SampleDrawer(IDenoiser denoiser, UniformLogSnr schedule)
{
    private readonly SamplerWorkspace _workspace = new();

    /// <summary>Draws samples.</summary>
    /// <param name="options">Algorithm, steps, seed.</param>
    /// <param name="samples">Receives the samples, [n, size].</param>
    /// <param name="progress">Told the number of finished samples.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    /// <exception cref="ArgumentException">The sampler is unknown, the steps are fewer than 2, or the length is not whole samples.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public void Draw(
        SamplingOptions options, Span<float> samples, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Steps, 2, "options.Steps");
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1, "options.BatchSize");
        if (samples.Length % denoiser.Size != 0)
        {
            throw new ArgumentException($"samples: expected a multiple of {denoiser.Size} values, got {samples.Length}.", nameof(samples));
        }

        // [doc:draw-samples]
        ISampler sampler = Samplers.Named(options.Sampler);
        NoiseLevel[] levels =
        [
            .. NoiseGrid.UniformLogSnr(NoiseLevel.FromTime(schedule.End), NoiseLevel.FromTime(schedule.Start), options.Steps - 1),
            NoiseLevel.Clean,
        ];
        int count = samples.Length / denoiser.Size;
        for (int first = 0; first < count; first += options.BatchSize)
        {
            int batch = Math.Min(options.BatchSize, count - first);
            Span<float> x = samples.Slice(first * denoiser.Size, batch * denoiser.Size);
            PhiloxNoise noise = new(options.Seed, denoiser.Size, first);
            noise.Fill(0, x);
            sampler.Run(denoiser, levels, noise, x, _workspace, progress: null, cancellation);
            progress?.Report(first + batch);
        }
        // [/doc:draw-samples]
    }
}
