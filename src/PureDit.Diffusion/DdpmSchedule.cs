// A chain of K steps:  ᾱ_k = Π_{i≤k} (1 − β_i),  k = 1..K, and k = 0 is clean.     (Ho et al. 2020, 2006.11239, eq. 4)
//   linear: β from 1e-4 to 0.02 in equal steps, K = 1000                            (Ho et al., section 4)
//   cosine: ᾱ_k = f(k)/f(0), f(k) = cos²(((k/K + s)/(1 + s))·π/2), s = 0.008, β_k ≤ 0.999
//           (Nichol and Dhariwal 2021, 2102.09672, eq. 17)
// Kept as t_k = −ln ᾱ_k, a sum in double; between two steps t is interpolated, so times need not be whole.

using PureDit.Kernels;

namespace PureDit.Diffusion;

/// <summary>A discrete schedule. Its time is the step number k: 0 is clean, <see cref="Steps"/> is noisiest.</summary>
public sealed class DdpmSchedule : INoiseSchedule
{
    private readonly double[] _times;

    /// <summary>Creates the schedule of given β_1..β_K.</summary>
    /// <param name="betas">Every one between 0 and 1, exclusive; at least one.</param>
    /// <exception cref="ArgumentException">None is given, or one is outside.</exception>
    public DdpmSchedule(ReadOnlySpan<double> betas)
    {
        if (betas.IsEmpty) Expect.Fail(nameof(betas), "at least one β", "none");
        _times = new double[betas.Length + 1];
        for (int k = 1; k < _times.Length; k++)
        {
            if (!(betas[k - 1] is > 0 and < 1)) Expect.Fail(nameof(betas), $"0 < β_{k} < 1", betas[k - 1].ToString());
            _times[k] = _times[k - 1] - PortableMath.Log(1 - betas[k - 1]);
        }
    }

    /// <summary>K, the number of steps.</summary>
    public int Steps => _times.Length - 1;

    /// <summary>0, the clean end.</summary>
    public double MinTime => 0;

    /// <summary>K, the noisy end.</summary>
    public double MaxTime => Steps;

    /// <summary>β in equal steps from <paramref name="first"/> to <paramref name="last"/>.</summary>
    /// <exception cref="ArgumentException">A β falls outside (0, 1).</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no steps.</exception>
    public static DdpmSchedule Linear(int steps = 1000, double first = 1e-4, double last = 0.02)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        double[] betas = new double[steps];
        double each = steps == 1 ? 0 : (last - first) / (steps - 1);
        for (int i = 0; i < steps; i++) betas[i] = first + (each * i);
        return new DdpmSchedule(betas);
    }

    /// <summary>ᾱ along a squared cosine.</summary>
    /// <param name="steps">K.</param>
    /// <param name="offset">s &gt; 0, which keeps β_1 from vanishing.</param>
    /// <param name="maxBeta">Bound of β: without it the last one would be 1.</param>
    /// <exception cref="ArgumentException">A β falls outside (0, 1).</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no steps.</exception>
    public static DdpmSchedule Cosine(int steps = 1000, double offset = 0.008, double maxBeta = 0.999)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        double[] betas = new double[steps];
        for (int k = 1; k <= steps; k++) betas[k - 1] = Math.Min(1 - (F(k) / F(k - 1)), maxBeta);
        return new DdpmSchedule(betas);

        double F(int k)
        {
            double cosine = PortableMath.SinCos(((double)k / steps + offset) / (1 + offset) * Math.PI / 2).Cos;
            return cosine * cosine;
        }
    }

    /// <summary>The noise level of a whole step, k from 0 (clean) to K.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public NoiseLevel Level(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(step, Steps);
        return NoiseLevel.FromTime(_times[step]);
    }

    /// <inheritdoc/>
    public NoiseLevel At(double time)
    {
        Expect.Within(0, Steps, time);
        int k = Math.Min((int)time, Steps - 1);
        return NoiseLevel.FromTime(_times[k] + ((time - k) * (_times[k + 1] - _times[k])));
    }

    /// <inheritdoc/>
    public double TimeOf(NoiseLevel level)
    {
        Expect.Within(0, _times[^1], level.Time);
        int found = Array.BinarySearch(_times, level.Time);
        if (found >= 0) return found;
        int k = ~found - 1;
        return k + ((level.Time - _times[k]) / (_times[k + 1] - _times[k]));
    }

    /// <summary>
    /// What a network is told: (k − 1)·1000/K, which for 1000 steps is the index 0..999 of published checkpoints;
    /// 0 for the levels below k = 1, which the chain never visits.
    /// </summary>
    /// <inheritdoc/>
    public double Timestep(NoiseLevel level) => Math.Max(0, TimeOf(level) - 1) * 1000 / Steps;
}
