// Level 0 of the unrolling: the method as matrix arithmetic, no network. What levels 1 and 2 must reproduce.

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>Where a method ended.</summary>
/// <param name="Score">s^k, [N, d], always finite.</param>
/// <param name="Steps">k, the steps that were made.</param>
/// <param name="Divergence">Why the method does not approach the score, in a sentence; null if it does.</param>
public sealed record UnrollingResult(double[] Score, int Steps, string? Divergence);

/// <summary>Runs first-order methods on the objective whose minimiser is the score.</summary>
public static class GradientUnrolling
{
    // A convergent method's gradient never grows by more than some √κ; a divergent one is stopped long before overflow.
    private const double LargestGrowth = 1e8;

    /// <summary>Runs all steps of a schedule from s = 0.</summary>
    /// <param name="objective">What is minimised.</param>
    /// <param name="schedule">The steps.</param>
    /// <param name="x">A noisy sample x_t, [N, d].</param>
    /// <param name="observer">Is shown k and s^k for k = 0 … K; null for none.</param>
    /// <returns>The last iterate; with a reason where the objective has no minimiser or the steps do not suit it.</returns>
    /// <exception cref="ArgumentException">The length does not fit, or a value is not finite.</exception>
    public static UnrollingResult Run(
        ScoreObjective objective, UnrolledSchedule schedule, ReadOnlySpan<double> x,
        Action<int, ReadOnlySpan<double>>? observer = null)
    {
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(schedule);
        double[] c = new double[x.Length], s = new double[x.Length], before = new double[x.Length];
        double[] gradient = new double[x.Length];
        objective.Centre(x, c);
        string? divergence = objective.Process.Problem(objective.Level);
        double limit = LargestGrowth * LargestGrowth * Dense.SquaredNorm(c);
        observer?.Invoke(0, s);
        // [doc:unrolled-step]
        for (int k = 0; k < schedule.Steps.Length; k++)
        {
            objective.Gradient(s, c, gradient);
            if (Dense.SquaredNorm(gradient) > limit) return new(s, k, divergence ?? Unsuited(objective, schedule));

            (double rate, double momentum) = (schedule.Steps[k].Rate, schedule.Steps[k].Momentum);
            for (int i = 0; i < s.Length; i++)
            {
                double next = s[i] - (rate * gradient[i]) + (momentum * (s[i] - before[i]));
                (before[i], s[i]) = (s[i], next);
            }

            observer?.Invoke(k + 1, s);
        }
        // [/doc:unrolled-step]

        return new(s, schedule.Steps.Length, divergence);
    }

    /// <summary>Relative errors ‖s^k − s‖/‖s‖ against a reference, for k = 0, 1, … up to the last step made.</summary>
    /// <param name="objective">What is minimised.</param>
    /// <param name="schedule">The steps.</param>
    /// <param name="x">A noisy sample x_t, [N, d].</param>
    /// <param name="reference">s, [N, d]: the exact score, or the truncated one.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a value is not finite.</exception>
    public static double[] Errors(
        ScoreObjective objective, UnrolledSchedule schedule, ReadOnlySpan<double> x, ReadOnlySpan<double> reference)
    {
        Expect.SameLength(x.Length, reference.Length, nameof(reference));
        double[] truth = reference.ToArray();
        List<double> errors = [];
        Run(objective, schedule, x, (_, s) => errors.Add(Dense.RelativeError(s, truth)));
        return [.. errors];
    }

    /// <summary>Writes the sample whose score is the eigenvector for which gradient descent is slowest.</summary>
    /// <param name="objective">The objective.</param>
    /// <param name="largest">The eigenvector of the largest eigenvalue instead of the smallest.</param>
    /// <param name="x">Receives x_t = αμ − λu, [N, d], whose score is u, of norm 1.</param>
    /// <exception cref="ArgumentException">The length does not fit.</exception>
    public static void WorstCase(ScoreObjective objective, bool largest, Span<double> x)
    {
        ArgumentNullException.ThrowIfNull(objective);
        GaussianSequence whole = objective.Process.Process;
        Expect.Shape(x.Length, whole.Frames, whole.Channels, nameof(x));
        ReadOnlySpan<double> g = objective.Process.TemporalEigen.Values;
        bool wide = largest || g[0] < 0; // where Γ̄ has a negative eigenvalue, Σ's largest makes it worst
        int n = whole.Frames, d = whole.Channels;
        ReadOnlySpan<double> u = objective.Process.TemporalEigen.Vectors.Slice(largest ? (n - 1) * n : 0, n);
        ReadOnlySpan<double> w = whole.SpatialEigen.Vectors.Slice(wide ? (d - 1) * d : 0, d);
        double lambda = largest ? objective.Largest : objective.Smallest;
        for (int i = 0; i < x.Length; i++) x[i] = (objective.Level.Alpha * whole.Mean[i]) - (lambda * u[i / d] * w[i % d]);
    }

    private static string Unsuited(ScoreObjective objective, UnrolledSchedule schedule) => FormattableString.Invariant(
        $"The steps were made for eigenvalues in [{schedule.Smallest:G4}, {schedule.Largest:G4}], but those of the objective are in [{objective.Smallest:G4}, {objective.Largest:G4}].");
}
