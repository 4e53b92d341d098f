// The SDE dx = −½x dt + dW:  α = e^{−t/2}, σ² = 1 − e^{−t}, t from t0 (early stopping) to T
// (Song et al. 2021, 2011.13456, with β = 1; the process of Fu et al. 2024, 2407.16134).

namespace PureDit.Diffusion;

/// <summary>The continuous schedule whose time is <see cref="NoiseLevel.Time"/> itself.</summary>
public sealed class VpSde : INoiseSchedule
{
    /// <summary>Creates the schedule from t0 to T.</summary>
    /// <param name="start">t0 ≥ 0.</param>
    /// <param name="end">T &gt; t0, finite; α at the end is e^{−T/2}.</param>
    /// <exception cref="ArgumentException">The times are not in that order.</exception>
    public VpSde(double start, double end)
    {
        if (!(start >= 0 && end > start && double.IsFinite(end)))
        {
            Expect.Fail(nameof(end), "0 ≤ start < end < ∞", $"start {start} and end {end}");
        }

        (MinTime, MaxTime) = (start, end);
    }

    /// <inheritdoc/>
    public double MinTime { get; }

    /// <inheritdoc/>
    public double MaxTime { get; }

    /// <inheritdoc/>
    public NoiseLevel At(double time)
    {
        Expect.Within(MinTime, MaxTime, time);
        return NoiseLevel.FromTime(time);
    }

    /// <inheritdoc/>
    public double TimeOf(NoiseLevel level)
    {
        Expect.Within(MinTime, MaxTime, level.Time);
        return level.Time;
    }

    /// <summary>What a network is told: 1000·t/T.</summary>
    /// <inheritdoc/>
    public double Timestep(NoiseLevel level) => 1000 * TimeOf(level) / MaxTime;
}
