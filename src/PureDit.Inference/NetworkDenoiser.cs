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
    private readonly GaussianSkip? _skip;
    private float[] _timesteps = [], _input = [];

    /// <summary>Wraps a network.</summary>
    /// <param name="network">A network whose prediction has the shape of its data.</param>
    /// <param name="kind">What it was trained to predict.</param>
    /// <param name="schedule">The schedule it was trained with: gives its timestep input.</param>
    /// <param name="cpu">How kernels run.</param>
    /// <param name="skip">The moments that it predicts around, and then the denoiser says x0; null for none.</param>
    /// <exception cref="ArgumentException">The skip is of another size.</exception>
    public NetworkDenoiser(INetwork network, PredictionKind kind, INoiseSchedule schedule, Cpu cpu, GaussianSkip? skip = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        (_network, Kind, _schedule, _skip) = (network, skip is null ? kind : PredictionKind.X0, schedule, skip);
        _tape = new Tape(cpu, record: false);
        Size = network.Input.BatchShape(1, network.Input.DataChannels).Count;
        if (skip is not null && skip.Size != Size) throw new ArgumentException($"skip: expected {Size} values, got {skip.Size}.", nameof(skip));
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
        Variable input = _tape.Input(_network.Input.BatchShape(samples, _network.Input.DataChannels), Seen(level, x));
        _network.Forward(_tape, input, _timesteps.AsSpan(0, samples)).Data.CopyTo(prediction);
        _skip?.Clean(level, x, prediction, prediction);
    }

    private ReadOnlySpan<float> Seen(NoiseLevel level, ReadOnlySpan<float> x)
    {
        if (_skip is null) return x;
        if (_input.Length < x.Length) _input = new float[x.Length];
        _skip.Input(level, x, _input.AsSpan(0, x.Length));
        return _input.AsSpan(0, x.Length);
    }
}
