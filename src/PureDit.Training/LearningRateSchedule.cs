// Warm-up and cosine (Loshchilov and Hutter 2017, arXiv 1608.03983):
//   rate = peak · min(1, (step + 1)/warm-up) · (final + (1 − final)·(1 + cos πf)/2),   f = share of the run that is done.

using PureDit.Kernels;

namespace PureDit.Training;

/// <summary>Learning rate over a run.</summary>
/// <param name="Peak">Rate after the warm-up.</param>
/// <param name="WarmupSteps">Steps of linear warm-up.</param>
/// <param name="Final">Rate at the end, as a share of the peak.</param>
public sealed record LearningRateSchedule(double Peak, int WarmupSteps, double Final)
{
    // [doc:learning-rate]
    /// <summary>The rate of a step.</summary>
    /// <param name="step">Number of the step, from 0.</param>
    /// <param name="done">Share of the run that is done, 0 to 1.</param>
    public double At(long step, double done)
    {
        double warmup = WarmupSteps == 0 ? 1 : Math.Min(1, (step + 1.0) / WarmupSteps);
        double cosine = 0.5 * (1 + PortableMath.SinCos(Math.PI * Math.Clamp(done, 0, 1)).Cos);
        return Peak * warmup * (Final + ((1 - Final) * cosine));
    }
    // [/doc:learning-rate]
}
