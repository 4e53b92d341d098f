// Teaching code of chapter 7. A mixture of normals on the line stands in for the network: noised by
// x_t = α·x_0 + σ·ε it stays a mixture, with means α·m_k and variances α²·s_k² + σ², so its score is known.
// With one component at 0 it is N(0, λ), on which every sampler is a linear recurrence in one number.

using PureDit.Diffusion;

namespace PureDit.Book;

/// <summary>Σ_k w_k N(m_k, s_k²) and its exact score at every noise level.</summary>
public sealed class LineMixture(double[] weights, double[] means, double[] deviations) : IDenoiser
{
    private const double Edge = 7; // quantiles are looked for in [−7, 7]

    public int Size => 1;

    public PredictionKind Kind => PredictionKind.Score;

    /// <summary>N(0, λ).</summary>
    public static LineMixture Normal(double lambda) => new([1], [0], [Math.Sqrt(lambda)]);

    public double Density(NoiseLevel level, double x) => DensityAndSlope(level, x).Density;

    // [doc:mixture-score]
    public double Score(NoiseLevel level, double x)
    {
        Span<double> logs = stackalloc double[weights.Length], slopes = stackalloc double[weights.Length];
        double largest = double.NegativeInfinity, alpha = level.Alpha, noise = level.Variance;
        for (int k = 0; k < weights.Length; k++)
        {
            double v = (alpha * alpha * deviations[k] * deviations[k]) + noise;
            double c = x - (alpha * means[k]);
            logs[k] = Math.Log(weights[k] / Math.Sqrt(v)) - (c * c / (2 * v));
            slopes[k] = -c / v; // the score of component k alone
            largest = Math.Max(largest, logs[k]);
        }

        double sum = 0, score = 0;
        for (int k = 0; k < weights.Length; k++)
        {
            double responsibility = Math.Exp(logs[k] - largest); // softmax over the components
            sum += responsibility;
            score += responsibility * slopes[k];
        }

        return score / sum;
    }
    // [/doc:mixture-score]

    // [doc:naive-mixture-score]
    public double NaiveScore(NoiseLevel level, double x)
    {
        (double density, double slope) = DensityAndSlope(level, x);
        return slope / density; // (d/dx p)/p
    }
    // [/doc:naive-mixture-score]

    public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction)
    {
        for (int i = 0; i < x.Length; i++) prediction[i] = (float)Score(level, x[i]);
    }

    /// <summary>The quantiles (i + ½)/count of p_t, by the trapezoidal rule.</summary>
    public double[] Quantiles(NoiseLevel level, int count)
    {
        const int Cells = 14_000;
        const double Width = 2 * Edge / Cells;
        double[] quantiles = new double[count];
        double below = 0, left = Density(level, -Edge);
        int found = 0;
        for (int cell = 1; cell <= Cells && found < count; cell++)
        {
            double right = Density(level, -Edge + (cell * Width));
            double mass = 0.5 * Width * (left + right);
            for (double rank; found < count && (rank = (found + 0.5) / count) <= below + mass; found++)
            {
                quantiles[found] = -Edge + ((cell - 1 + ((rank - below) / mass)) * Width);
            }

            (below, left) = (below + mass, right);
        }

        quantiles.AsSpan(found).Fill(Edge);
        return quantiles;
    }

    private (double Density, double Slope) DensityAndSlope(NoiseLevel level, double x)
    {
        double density = 0, slope = 0;
        for (int k = 0; k < weights.Length; k++)
        {
            double v = (level.AlphaBar * deviations[k] * deviations[k]) + level.Variance;
            double c = x - (level.Alpha * means[k]);
            double part = weights[k] * Math.Exp(-c * c / (2 * v)) / Math.Sqrt(2 * Math.PI * v);
            density += part;
            slope -= part * c / v;
        }

        return (density, slope);
    }
}

/// <summary>A denoiser that is asked at the wrong time: a mistake of convention that raises no error.</summary>
public sealed class WrongClock(IDenoiser denoiser, double factor) : IDenoiser
{
    public int Size => denoiser.Size;

    public PredictionKind Kind => denoiser.Kind;

    public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction) =>
        denoiser.Predict(NoiseLevel.FromTime(factor * level.Time), x, prediction);
}

/// <summary>What samplers do to N(0, λ): the variance of the samples, exactly, without drawing any.</summary>
public static class GaussianLine
{
    public static double Variance(double lambda, NoiseLevel level) => (level.AlphaBar * lambda) + level.Variance;

    // [doc:gaussian-recurrences]
    /// <summary>One step on N(0, λ):  x_s = Gain·x_t + noise of variance Noise.</summary>
    public static (double Gain, double Noise) Step(string sampler, double lambda, ReverseStep step)
    {
        double v = Variance(lambda, step.From), vTo = Variance(lambda, step.To), h = step.H, e = step.Growth;
        double slope = 0.5 * (1 - (1 / v)), slopeTo = 0.5 * (1 - (1 / vTo)); // of dx/dτ = ½(x + s), s = −x/v
        double x0 = step.From.Alpha * lambda / v, noise = step.From.Sigma / v; // x̂_0 and ε̂ at x = 1
        return sampler switch
        {
            "euler" => (1 + (h * slope), 0),
            "heun" => (1 + (0.5 * h * (slope + (slopeTo * (1 + (h * slope))))), 0),
            "ddim" => ((step.To.Alpha * x0) + (step.To.Sigma * noise), 0),
            "sde" => (1 + (h * (0.5 - (1 / v))), h),
            "sde-exp" => (e - (2 * (e - 1) / v), (e * e) - 1),
            "ddpm" => (vTo / (e * v), step.BetaTilde),
            _ => throw new ArgumentException($"sampler: no recurrence of one step for {sampler}.", nameof(sampler)),
        };
    }
    // [/doc:gaussian-recurrences]

    /// <summary>The variance at the end of a run that starts from the true law, by the recurrences.</summary>
    public static double ByRecurrence(string sampler, double lambda, NoiseLevel[] levels)
    {
        double variance = Variance(lambda, levels[0]);
        if (sampler == "dpm++") return Square(MultistepGain(lambda, levels)) * variance;
        for (int k = 1; k < levels.Length; k++)
        {
            (double gain, double noise) = Step(sampler, lambda, new ReverseStep(k, levels[k - 1], levels[k]));
            variance = (gain * gain * variance) + noise;
        }

        return variance;
    }

    // [doc:impulse-response]
    /// <summary>The same variance from the sampler itself, by its impulse responses.</summary>
    public static double ByImpulses(ISampler sampler, double lambda, NoiseLevel[] levels)
    {
        float[] x = new float[levels.Length]; // sample 0 gets x = 1, sample k gets noise 1 in step k
        x[0] = 1;
        sampler.Run(LineMixture.Normal(lambda), levels, new Impulses(), x, new SamplerWorkspace());
        double variance = Square(x[0]) * Variance(lambda, levels[0]);
        for (int k = 1; k < x.Length; k++) variance += Square(x[k]);
        return variance;
    }

    private sealed class Impulses : INoiseSource
    {
        public void Fill(int draw, Span<float> noise)
        {
            noise.Clear();
            noise[draw] = 1;
        }
    }
    // [/doc:impulse-response]

    // [doc:measured-order]
    /// <summary>The levels of the order experiments: equal steps of log-SNR from t = 6 to t = 0.01.</summary>
    public static NoiseLevel[] Grid(int steps) =>
        NoiseGrid.UniformLogSnr(NoiseLevel.FromTime(6), NoiseLevel.FromTime(0.01), steps);

    /// <summary>Relative error of the standard deviation that a sampler ends with.</summary>
    public static double Error(double variance, double lambda, NoiseLevel end) =>
        Math.Abs(Math.Sqrt(variance / Variance(lambda, end)) - 1);

    /// <summary>p in error ≈ c/stepsᵖ, from two runs of which the second has twice the steps.</summary>
    public static double Order(ISampler sampler, int steps = 64, double lambda = 3.7)
    {
        NoiseLevel[] coarse = Grid(steps), fine = Grid(2 * steps);
        return Math.Log2(
            Error(ByImpulses(sampler, lambda, coarse), lambda, coarse[^1])
            / Error(ByImpulses(sampler, lambda, fine), lambda, fine[^1]));
    }

    /// <summary>The test of exercise 3.</summary>
    public static void RequireSecondOrder(ISampler yours)
    {
        double order = Order(yours);
        if (order < 1.9) throw new InvalidOperationException($"{yours.Name}: expected order 2, measured {order:F2}.");
    }
    // [/doc:measured-order]

    private static double MultistepGain(double lambda, NoiseLevel[] levels)
    {
        double x = 1, before = 0, hBefore = 0;
        for (int k = 1; k < levels.Length; k++)
        {
            (NoiseLevel from, NoiseLevel to) = (levels[k - 1], levels[k]);
            double h = 0.5 * (to.LogSnr - from.LogSnr), x0 = from.Alpha * lambda / Variance(lambda, from) * x;
            double d = k == 1 ? x0 : x0 + (h / (2 * hBefore) * (x0 - before));
            x = (to.Sigma / from.Sigma * x) + (to.Alpha * (1 - Math.Exp(-h)) * d);
            (before, hBefore) = (x0, h);
        }

        return x;
    }

    private static double Square(double x) => x * x;
}

// [doc:answer-midpoint]
/// <summary>The answer of exercise 3: the midpoint method on the probability flow ODE.</summary>
public sealed class Midpoint : ISampler
{
    public string Name => "midpoint";

    public void Run(
        IDenoiser denoiser, ReadOnlySpan<NoiseLevel> levels, INoiseSource noise, Span<float> x,
        SamplerWorkspace workspace, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        float[] score = new float[x.Length], middle = new float[x.Length];
        for (int k = 1; k < levels.Length; k++)
        {
            double h = levels[k - 1].Time - levels[k].Time;
            Prediction.Of(denoiser, PredictionKind.Score, levels[k - 1], x, score);
            for (int i = 0; i < x.Length; i++) middle[i] = (float)(x[i] + (0.25 * h * (x[i] + score[i])));

            NoiseLevel half = NoiseLevel.FromTime(levels[k].Time + (0.5 * h));
            Prediction.Of(denoiser, PredictionKind.Score, half, middle, score);
            for (int i = 0; i < x.Length; i++) x[i] = (float)(x[i] + (0.5 * h * (middle[i] + score[i])));
        }
    }
}
// [/doc:answer-midpoint]
