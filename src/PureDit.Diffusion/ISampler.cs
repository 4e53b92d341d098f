namespace PureDit.Diffusion;

/// <summary>
/// An algorithm that walks noise to data. Immutable and stateless: one object may serve any number of runs at once,
/// each with a workspace of its own.
/// </summary>
public interface ISampler
{
    /// <summary>The name under which <see cref="Samplers"/> knows the algorithm.</summary>
    string Name { get; }

    /// <summary>Walks a batch of samples along the levels, from the first to the last.</summary>
    /// <remarks>
    /// The last level may have noise left (early stopping): then the samples follow the law of x_t there. Where it is
    /// clean the samples are x_0, and a stochastic sampler adds no noise in that last step, unless it knows the exact
    /// posterior. A sample does not depend on the others of its batch if the denoiser's answers do not.
    /// </remarks>
    /// <param name="denoiser">Asked at every level but the last; Heun asks there too, if it is not clean.</param>
    /// <param name="levels">Noisiest first, strictly falling; n + 1 levels are n steps, one level is none.</param>
    /// <param name="noise">Noise of step k = 1..n; not asked by deterministic samplers.</param>
    /// <param name="x">In: samples at the first level, [n, <see cref="IDenoiser.Size"/>]. Out: samples at the last.</param>
    /// <param name="workspace">Buffers, reused from run to run.</param>
    /// <param name="progress">Told the number of finished steps.</param>
    /// <param name="cancellation">Looked at before every step; <paramref name="x"/> then stays between levels.</param>
    /// <exception cref="ArgumentException">The levels do not fall, or <paramref name="x"/> is no whole batch.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    void Run(
        IDenoiser denoiser, ReadOnlySpan<NoiseLevel> levels, INoiseSource noise, Span<float> x,
        SamplerWorkspace workspace, IProgress<int>? progress = null, CancellationToken cancellation = default);
}
