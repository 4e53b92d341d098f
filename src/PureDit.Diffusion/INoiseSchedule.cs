namespace PureDit.Diffusion;

/// <summary>
/// A clock on the variance-preserving path: its own time, and the number under which a network was told that time.
/// Samplers see noise levels only; schedules matter where training times are drawn and where a network is asked.
/// </summary>
public interface INoiseSchedule
{
    /// <summary>The first time, where there is least noise.</summary>
    double MinTime { get; }

    /// <summary>The last time, where there is most noise.</summary>
    double MaxTime { get; }

    /// <summary>The noise level at a time.</summary>
    /// <param name="time">From <see cref="MinTime"/> to <see cref="MaxTime"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside.</exception>
    NoiseLevel At(double time);

    /// <summary>The time at which the schedule passes a noise level: the inverse of <see cref="At"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The schedule does not pass that level.</exception>
    double TimeOf(NoiseLevel level);

    /// <summary>What a network's timestep input is told at a noise level: 0 to 1000, increasing with the noise.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The schedule does not pass that level.</exception>
    double Timestep(NoiseLevel level);
}
