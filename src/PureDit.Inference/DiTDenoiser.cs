using PureDit.Diffusion;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Inference;

/// <summary>A DiT without labels, seen as a denoiser. For one thread at a time; kernels use the Cpu's threads.</summary>
public sealed class DiTDenoiser : IDenoiser
{
    private readonly NetworkDenoiser _denoiser;

    /// <summary>Wraps a network.</summary>
    /// <param name="network">A network without classes and without learned variance.</param>
    /// <param name="kind">What it was trained to predict.</param>
    /// <param name="schedule">The schedule it was trained with: gives its timestep input.</param>
    /// <param name="cpu">How kernels run.</param>
    /// <exception cref="ArgumentException">The network has classes or a learned variance.</exception>
    public DiTDenoiser(DiT network, PredictionKind kind, INoiseSchedule schedule, Cpu cpu)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Config.Classes > 0 || network.Config.LearnSigma)
        {
            throw new ArgumentException(
                $"network: expected one without classes and learned variance, got {network.Config.Classes} classes, LearnSigma {network.Config.LearnSigma}.",
                nameof(network));
        }

        _denoiser = new NetworkDenoiser(network, kind, schedule, cpu);
    }

    /// <inheritdoc/>
    public int Size => _denoiser.Size;

    /// <inheritdoc/>
    public PredictionKind Kind => _denoiser.Kind;

    /// <inheritdoc/>
    public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction) => _denoiser.Predict(level, x, prediction);
}
