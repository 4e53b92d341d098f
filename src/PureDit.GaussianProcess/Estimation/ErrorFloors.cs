// The error that is left when nothing but sampling is wrong: expected squared Frobenius errors of the estimators of
// SequenceStatistics on n independent samples of the process itself. With ν = n (mean known) or n − 1 (estimated):
//
//   mean         E‖μ̂ − μ‖²   = tr Γ·tr Σ / n
//   temporal     E‖Γ̂ − Γ‖²_F = (tr(Γ)² + ‖Γ‖²_F)·‖Σ‖²_F / (ν·tr(Σ)²)    where tr Σ is known;
//                where Γ̂ is scaled to the trace of Γ, the bracket is tr(Γ)² + ‖Γ‖²_F − 4·tr Γ³/tr Γ + 2‖Γ‖⁴_F/tr(Γ)²
//   spatial      E‖Σ̂ − Σ‖²_F = (tr(Σ)² + ‖Σ‖²_F)·‖Γ‖²_F / (ν·tr(Γ)²)
//   covariance   E‖Ĉ − C‖²_F = (tr(C)² + ‖C‖²_F) / ν,  C = Γ⊗Σ
//   lag k        Var ĉ_k      = ‖Σ‖²_F/(ν·tr(Σ)²) · mean over i, i' of Γ_ii'·Γ_(i+k)(i'+k) + Γ_i(i'+k)·Γ_(i+k)i',  tr Σ known
//
// Exact for normal data (second moments of the Wishart distribution), the scaled Γ̂ to first order in 1/n. No estimate
// that rests on n samples is expected below its floor: with n of training it is what the data allow, with n generated
// it is the noise of the evaluation.

namespace PureDit.GaussianProcess;

/// <summary>
/// Expected squared errors of the estimators of <see cref="SequenceStatistics"/>, and their relative size.
/// </summary>
public sealed record ErrorFloors
{
    /// <summary>E‖μ̂ − μ‖².</summary>
    public required double Mean { get; init; }

    /// <summary>E‖Γ̂ − Γ‖²_F where tr Σ is known (<see cref="SequenceStatistics.TemporalGiven"/>).</summary>
    public required double TemporalGivenTrace { get; init; }

    /// <summary>
    /// E‖Γ̂ − Γ‖²_F of Γ̂ scaled to the trace of Γ (<see cref="SequenceStatistics.Temporal"/>), to first order in 1/n.
    /// A wrong scale is no error there, so this is the smaller of the two.
    /// </summary>
    public required double Temporal { get; init; }

    /// <summary>E‖Σ̂ − Σ‖²_F.</summary>
    public required double Spatial { get; init; }

    /// <summary>E‖Ĉ − C‖²_F of the sample covariance without structure, C = Γ ⊗ Σ.</summary>
    public required double Covariance { get; init; }

    /// <summary>√Temporal / ‖Γ‖_F.</summary>
    public required double RelativeTemporal { get; init; }

    /// <summary>√Spatial / ‖Σ‖_F.</summary>
    public required double RelativeSpatial { get; init; }

    /// <summary>√Covariance / ‖Γ ⊗ Σ‖_F.</summary>
    public required double RelativeCovariance { get; init; }

    /// <summary>The floors for a number of samples.</summary>
    /// <param name="process">The true process, with an average diagonal of 1 for Γ.</param>
    /// <param name="samples">Number of samples n.</param>
    /// <param name="meanIsKnown">Whether the estimators were given the mean.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is below 1, or below 2 with an estimated mean.</exception>
    public static ErrorFloors Of(GaussianSequence process, int samples, bool meanIsKnown = false)
    {
        ArgumentNullException.ThrowIfNull(process);
        int degrees = meanIsKnown ? samples : samples - 1;
        if (degrees < 1) throw Expect.OutOfRange(nameof(samples), samples, meanIsKnown ? "1 or more" : "2 or more");

        // [doc:error-floors]
        double traceGamma = Dense.Trace(process.Temporal, process.Frames), gamma2 = Dense.SquaredNorm(process.Temporal);
        double traceSigma = Dense.Trace(process.Spatial, process.Channels), sigma2 = Dense.SquaredNorm(process.Spatial);
        double gamma3 = 0; // tr Γ³
        foreach (double g in process.TemporalEigen.Values) gamma3 += g * g * g;

        double perFrameSample = gamma2 / (traceGamma * traceGamma) / degrees; // 1/(ν·N) for independent frames
        double perChannelSample = sigma2 / (traceSigma * traceSigma) / degrees; // 1/(ν·d) for independent channels
        double temporal = ((traceGamma * traceGamma) + gamma2) * perChannelSample;
        double alongGamma = (4 * gamma3 / traceGamma) - (2 * gamma2 * gamma2 / (traceGamma * traceGamma));
        double scaled = temporal - (alongGamma * perChannelSample); // an error in scale does not count
        double spatial = ((traceSigma * traceSigma) + sigma2) * perFrameSample;
        double trace = traceGamma * traceSigma;
        double covariance = ((trace * trace) + (gamma2 * sigma2)) / degrees;
        // [/doc:error-floors]

        return new()
        {
            Mean = trace / samples,
            TemporalGivenTrace = temporal,
            Temporal = scaled,
            Spatial = spatial,
            Covariance = covariance,
            RelativeTemporal = Math.Sqrt(scaled / gamma2),
            RelativeSpatial = Math.Sqrt(spatial / sigma2),
            RelativeCovariance = Math.Sqrt(covariance / (gamma2 * sigma2)),
        };
    }

    /// <summary>Standard deviation of each place of the lag curve (<see cref="SequenceStatistics.LagCurve"/>) of Γ̂ where tr Σ is known.</summary>
    /// <param name="process">The true process.</param>
    /// <param name="samples">Number of samples n.</param>
    /// <param name="meanIsKnown">Whether the estimator was given the mean.</param>
    /// <returns>[N], from lag 0 to N − 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">n is below 1, or below 2 with an estimated mean.</exception>
    public static double[] LagDeviations(GaussianSequence process, int samples, bool meanIsKnown = false)
    {
        ArgumentNullException.ThrowIfNull(process);
        int degrees = meanIsKnown ? samples : samples - 1, n = process.Frames;
        if (degrees < 1) throw Expect.OutOfRange(nameof(samples), samples, meanIsKnown ? "1 or more" : "2 or more");
        double trace = Dense.Trace(process.Spatial, process.Channels), channels = Dense.SquaredNorm(process.Spatial) / (trace * trace);
        ReadOnlySpan<double> gamma = process.Temporal;
        double[] deviations = new double[n];
        for (int k = 0; k < n; k++)
        {
            double sum = 0;
            for (int i = 0; i < n - k; i++)
            {
                for (int j = 0; j < n - k; j++)
                {
                    sum += (gamma[(i * n) + j] * gamma[((i + k) * n) + j + k]) + (gamma[(i * n) + j + k] * gamma[((i + k) * n) + j]);
                }
            }

            deviations[k] = Math.Sqrt(sum * channels / degrees) / (n - k);
        }

        return deviations;
    }
}
