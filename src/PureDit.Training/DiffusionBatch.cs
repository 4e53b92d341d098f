// One batch of denoising tasks:  x_t = α x_0 + σ ε  with its target, for every sample its own noise level.
//
// u = v^p is stratified: sample i of B draws v from ((i, i + 1)/B), so that every batch sees the whole range of noise
// and the loss varies less from batch to batch. p > 1 leans towards little noise, where there is most to learn. All numbers are keyed by (seed, step, sample): a batch is a function of
// its step, whatever was drawn before.

using PureDit.Diffusion;
using PureDit.Kernels;

namespace PureDit.Training;

/// <summary>Draws batches of noisy sequences, their timesteps and their targets into buffers that it keeps.</summary>
internal sealed class DiffusionBatch
{
    private readonly float[] _sequences, _noise;
    private readonly NoiseLevel[] _levels;
    private readonly UniformLogSnr _schedule;
    private readonly PredictionKind _objective;
    private readonly Philox _choice, _time, _epsilon;
    private readonly GaussianSkip? _skip;
    private readonly double _timePower;
    private readonly int _size;

    public DiffusionBatch(
        float[] sequences, int size, int batch, UniformLogSnr schedule, PredictionKind objective, double timePower, ulong seed, GaussianSkip? skip = null)
    {
        (_sequences, _size, _schedule, _objective, _timePower, _skip) = (sequences, size, schedule, objective, timePower, skip);
        _choice = new Philox(seed, PhiloxStream.Shuffle);
        _time = new Philox(seed, PhiloxStream.Timestep);
        _epsilon = new Philox(seed, PhiloxStream.Noise);
        _levels = new NoiseLevel[batch];
        _noise = new float[batch * size];
        (Timesteps, Times) = (new float[batch], new double[batch]);
        (X, Target) = (new float[batch * size], new float[batch * size]);
    }

    /// <summary>What the network sees: noisy sequences, scaled where there is a skip, [B, size].</summary>
    public float[] X { get; }

    /// <summary>What the network should predict, [B, size].</summary>
    public float[] Target { get; }

    /// <summary>The network's timestep inputs, [B], 0 to 1000.</summary>
    public float[] Timesteps { get; }

    /// <summary>Schedule times u, [B], 0 to 1.</summary>
    public double[] Times { get; }

    // [doc:diffusion-batch]
    /// <summary>Fills the buffers with the batch of a step.</summary>
    public void Draw(long step)
    {
        int batch = _levels.Length, count = _sequences.Length / _size;
        for (int i = 0; i < batch; i++)
        {
            Times[i] = PortableMath.Pow((i + _time.Uniform(step, i)) / batch, _timePower);
            _levels[i] = _schedule.At(Times[i]);
            Timesteps[i] = (float)_schedule.Timestep(_levels[i]);
            _sequences.AsSpan(_choice.Index(step, i, count) * _size, _size).CopyTo(X.AsSpan(i * _size));
            _epsilon.FillNormal(step, i, _noise.AsSpan(i * _size, _size));
        }

        if (_skip is null) ForwardProcess.Target(_objective, _levels, X, _noise, Target);
        else Targets(_skip);
        ForwardProcess.AddNoise(_levels, X, _noise, X);
        if (_skip is not null) Inputs(_skip);
    }
    // [/doc:diffusion-batch]

    private void Targets(GaussianSkip skip)
    {
        for (int i = 0; i < _levels.Length; i++) skip.Target(_levels[i], Of(X, i), Of(_noise, i), Of(Target, i));
    }

    private void Inputs(GaussianSkip skip)
    {
        for (int i = 0; i < _levels.Length; i++) skip.Input(_levels[i], Of(X, i), Of(X, i));
    }

    private Span<float> Of(float[] values, int sample) => values.AsSpan(sample * _size, _size);
}
