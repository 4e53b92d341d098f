// A trained DiT as a denoiser: turns a noise level into the network's timestep, runs the network without recording, and
// hands on what it predicts. Warm calls of one batch size allocate nothing.

using PureDit.Autodiff;
using PureDit.Diffusion;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Inference;

/// <summary>A DiT without labels, seen as a denoiser. For one thread at a time; kernels use the Cpu's threads.</summary>
public sealed class DiTDenoiser : IDenoiser
{
    private readonly DiT _network;
    private readonly INoiseSchedule _schedule;
    private readonly Tape _tape;
    private float[] _timesteps = [];

    /// <summary>Wraps a network.</summary>
    /// <param name="network">A network without classes and without learned variance.</param>
    /// <param name="kind">What it was trained to predict.</param>
    /// <param name="schedule">The schedule it was trained with: gives its timestep input.</param>
    /// <param name="cpu">How kernels run.</param>
    /// <exception cref="ArgumentException">The network has classes or a learned variance.</exception>
    public DiTDenoiser(DiT network, PredictionKind kind, INoiseSchedule schedule, Cpu cpu)
    {
        if (network.Config.Classes > 0 || network.Config.LearnSigma)
        {
            throw new ArgumentException(
                $"network: expected one without classes and learned variance, got {network.Config.Classes} classes, LearnSigma {network.Config.LearnSigma}.",
                nameof(network));
        }

        (_network, Kind, _schedule) = (network, kind, schedule);
        _tape = new Tape(cpu, record: false);
        Size = network.Config.Input.BatchShape(1, network.Config.Input.DataChannels).Count;
    }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public PredictionKind Kind { get; }

    /// <inheritdoc/>
    public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction)
    {
        int samples = x.Length / Size;
        if (x.Length % Size != 0 || prediction.Length != x.Length)
        {
            throw new ArgumentException($"x: expected a multiple of {Size} values and a prediction as long, got {x.Length} and {prediction.Length}.", nameof(x));
        }

        if (samples == 0) return;
        if (_timesteps.Length < samples) _timesteps = new float[samples];
        _timesteps.AsSpan(0, samples).Fill((float)_schedule.Timestep(level));
        _tape.Begin();
        Variable input = _tape.Input(_network.Config.Input.BatchShape(samples, _network.Config.Input.DataChannels), x);
        _network.Forward(_tape, input, _timesteps.AsSpan(0, samples), []).Data.CopyTo(prediction);
    }
}
