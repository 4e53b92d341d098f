// Where a sampler stops on its way from noise to data: arrays of noise levels, noisiest first, strictly falling.
// n steps are n + 1 levels. The ends are exactly those given. To go on to x_0 after an early stop, append the clean
// level: [.. grid, NoiseLevel.Clean].

using PureDit.Kernels;

namespace PureDit.Diffusion;

/// <summary>Builds the level arrays that samplers walk.</summary>
public static class NoiseGrid
{
    /// <summary>Equal steps of the SDE time t.</summary>
    /// <param name="noisiest">First level.</param>
    /// <param name="cleanest">Last level; may be clean.</param>
    /// <param name="steps">n ≥ 1; the array has n + 1 levels.</param>
    /// <exception cref="ArgumentException">The levels are not in that order, or there are no steps.</exception>
    public static NoiseLevel[] UniformTime(NoiseLevel noisiest, NoiseLevel cleanest, int steps) => Between(
        noisiest, cleanest, steps, level => level.Time, NoiseLevel.FromTime);

    /// <summary>Equal steps of the logarithm of the signal-to-noise ratio: near t = 0 a geometric grid in t.</summary>
    /// <param name="noisiest">First level.</param>
    /// <param name="cleanest">Last level; not clean, where the logarithm is infinite.</param>
    /// <param name="steps">n ≥ 1; the array has n + 1 levels.</param>
    /// <exception cref="ArgumentException">The levels are not in that order, the last is clean, or there are no
    /// steps.</exception>
    public static NoiseLevel[] UniformLogSnr(NoiseLevel noisiest, NoiseLevel cleanest, int steps)
    {
        NotClean(cleanest);
        return Between(noisiest, cleanest, steps, level => level.LogSnr, NoiseLevel.FromLogSnr);
    }

    /// <summary>Equal steps of (σ/α)^{1/ρ}: dense at the clean end.</summary>
    /// <remarks>Karras et al. 2022, arXiv 2206.00364, eq. 5, whose σ is our σ/α.</remarks>
    /// <param name="noisiest">First level.</param>
    /// <param name="cleanest">Last level; not clean.</param>
    /// <param name="steps">n ≥ 1; the array has n + 1 levels.</param>
    /// <param name="rho">ρ ≥ 1; 7 in the paper.</param>
    /// <exception cref="ArgumentException">The levels are not in that order, the last is clean, there are no steps, or
    /// ρ is not in [1, 100].</exception>
    public static NoiseLevel[] Karras(NoiseLevel noisiest, NoiseLevel cleanest, int steps, double rho = 7)
    {
        NotClean(cleanest);
        Expect.Within(1, 100, rho);
        return Between(
            noisiest, cleanest, steps,
            level => PortableMath.Exp(-0.5 * level.LogSnr / rho),
            root => NoiseLevel.FromLogSnr(-2 * rho * PortableMath.Log(root)));
    }

    /// <summary>Some of the steps of a discrete schedule, evenly spread from K down to 1, and then clean.</summary>
    /// <remarks>Nichol and Dhariwal 2021, arXiv 2102.09672, section 4. All K steps give the chain itself.</remarks>
    /// <param name="schedule">The chain that is thinned out.</param>
    /// <param name="steps">1 to K; the array has one level more.</param>
    /// <exception cref="ArgumentOutOfRangeException">More steps are asked for than the schedule has, or none.</exception>
    public static NoiseLevel[] Respaced(DdpmSchedule schedule, int steps)
    {
        Expect.Within(1, schedule.Steps, steps);
        NoiseLevel[] levels = new NoiseLevel[steps + 1];
        double stride = steps == 1 ? 0 : (schedule.Steps - 1.0) / (steps - 1);
        for (int i = 0; i < steps; i++) levels[i] = schedule.Level(schedule.Steps - (int)Math.Round(i * stride));
        return levels;
    }

    private static NoiseLevel[] Between(
        NoiseLevel noisiest, NoiseLevel cleanest, int steps,
        Func<NoiseLevel, double> coordinate, Func<double, NoiseLevel> level)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (!(noisiest.Time > cleanest.Time))
        {
            Expect.Fail(nameof(cleanest), $"less noise than the first level (t = {noisiest.Time})", $"t = {cleanest.Time}");
        }

        (double first, double last) = (coordinate(noisiest), coordinate(cleanest));
        NoiseLevel[] levels = new NoiseLevel[steps + 1];
        for (int i = 1; i < steps; i++) levels[i] = level(first + ((last - first) * i / steps));
        levels[0] = noisiest;
        levels[steps] = cleanest;
        return levels;
    }

    private static void NotClean(NoiseLevel cleanest)
    {
        if (cleanest.Time == 0)
        {
            Expect.Fail(nameof(cleanest), "some noise (append NoiseLevel.Clean afterwards)", "the clean level");
        }
    }
}
