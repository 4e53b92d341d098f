// A trained network as a denoiser: turns a noise level into the network's timestep, runs the network without recording,
// and hands on what it predicts. Warm calls of one batch size allocate nothing.

using PureDit.Autodiff;
using PureDit.Diffusion;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Inference;

/// <summary>A network, seen as a denoiser. For one thread at a time; kernels use the Cpu's threads.</summary>
public sealed class NetworkDenoiser : IDenoiser
{
    private readonly INetwork _network;
    private readonly INoiseSchedule _schedule;
    private readonly Tape _tape;
    private float[] _timesteps = [];

    /// <summary>Wraps a network.</summary>
    /// <param name="network">A network whose prediction has the shape of its data.</param>
    /// <param name="kind">What it was trained to predict.</param>
    /// <param name="schedule">The schedule it was trained with: gives its timestep input.</param>
    /// <param name="cpu">How kernels run.</param>
    public NetworkDenoiser(INetwork network, PredictionKind kind, INoiseSchedule schedule, Cpu cpu)
    {
        ArgumentNullException.ThrowIfNull(network);
        (_network, Kind, _schedule) = (network, kind, schedule);
        _tape = new Tape(cpu, record: false);
        Size = network.Input.BatchShape(1, network.Input.DataChannels).Count;
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
        Variable input = _tape.Input(_network.Input.BatchShape(samples, _network.Input.DataChannels), x);
        _network.Forward(_tape, input, _timesteps.AsSpan(0, samples)).Data.CopyTo(prediction);
    }
}
