// Noise keyed by (seed, sample, draw): sample number i gets the same noise alone, in a batch, or after a restart.

using PureDit.Kernels;

namespace PureDit.Diffusion;

/// <summary>Counter-keyed normal noise; see <see cref="Philox"/>. Stateless: may be shared and repeated.</summary>
public sealed class PhiloxNoise : INoiseSource
{
    private readonly Philox _philox;
    private readonly int _size;
    private readonly long _firstSample;

    /// <summary>Creates the noise of a run of samples.</summary>
    /// <param name="seed">Key of the run.</param>
    /// <param name="size">Number of values in one sample, at least 1.</param>
    /// <param name="firstSample">Number of the first sample of the spans to fill: 0, or where this batch begins.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1 or the first sample negative.</exception>
    public PhiloxNoise(ulong seed, int size, long firstSample = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(firstSample);
        (_philox, _size, _firstSample) = (new Philox(seed, PhiloxStream.Sampler), size, firstSample);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The span does not hold whole samples.</exception>
    public void Fill(int draw, Span<float> noise)
    {
        int samples = Expect.Samples(_size, noise);
        for (int i = 0; i < samples; i++)
        {
            _philox.FillNormal(draw, _firstSample + i, noise.Slice(i * _size, _size));
        }
    }
}
