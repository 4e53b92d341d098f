// A schedule that spends its time evenly on the logarithm of the signal-to-noise ratio:
//   ln(α²/σ²) = (1 − u)·l_0 + u·l_1,   u in [0, 1],   l_0 and l_1 those of the first and the last SDE time.
// Uniform u in training therefore sees every scale of noise equally often (Kingma et al. 2021, arXiv 2107.00630, show
// that only the end points of a schedule matter for the likelihood bound; the rest is variance reduction).

namespace PureDit.Diffusion;

/// <summary>The variance-preserving path at even steps of log-SNR; its own time u runs from 0 (cleanest) to 1.</summary>
public sealed class UniformLogSnr : INoiseSchedule
{
    private readonly double _first, _last;

    /// <summary>Creates the schedule between two SDE times.</summary>
    /// <param name="start">t0 &gt; 0, where u = 0.</param>
    /// <param name="end">T &gt; t0, finite, where u = 1.</param>
    /// <exception cref="ArgumentException">The times are not in that order.</exception>
    public UniformLogSnr(double start, double end)
    {
        if (!(start > 0 && end > start && double.IsFinite(end)))
        {
            Expect.Fail(nameof(end), "0 < start < end < ∞", $"start {start} and end {end}");
        }

        (Start, End) = (start, end);
        (_first, _last) = (NoiseLevel.FromTime(start).LogSnr, NoiseLevel.FromTime(end).LogSnr);
    }

    /// <summary>SDE time t0 of the cleanest level.</summary>
    public double Start { get; }

    /// <summary>SDE time T of the noisiest level.</summary>
    public double End { get; }

    /// <inheritdoc/>
    public double MinTime => 0;

    /// <inheritdoc/>
    public double MaxTime => 1;

    /// <inheritdoc/>
    public NoiseLevel At(double time)
    {
        Expect.Within(MinTime, MaxTime, time);
        return time == 0 ? NoiseLevel.FromTime(Start)
            : time == 1 ? NoiseLevel.FromTime(End)
            : NoiseLevel.FromLogSnr(_first + ((_last - _first) * time));
    }

    /// <inheritdoc/>
    public double TimeOf(NoiseLevel level)
    {
        Expect.Within(Start, End, level.Time);
        return Math.Clamp((_first - level.LogSnr) / (_first - _last), 0, 1);
    }

    /// <summary>What a network is told: 1000·u.</summary>
    /// <inheritdoc/>
    public double Timestep(NoiseLevel level) => 1000 * TimeOf(level);
}
