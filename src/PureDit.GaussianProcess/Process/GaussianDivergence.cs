// How far apart two Gaussian distributions N(m0, C0) and N(m1, C1) of p values are:
//
//   KL(0‖1) = ½[tr(C1⁻¹C0) − p + (m1 − m0)ᵀC1⁻¹(m1 − m0) + ln det C1 − ln det C0]
//   W2²     = ‖m0 − m1‖² + tr C0 + tr C1 − 2 tr(C1^½ C0 C1^½)^½            (Bures; Dowson and Landau 1982)
//   TV      ≤ √(KL/2)                                                     (Pinsker)
//
// For Γ0⊗Σ0 and Γ1⊗Σ1 traces factor, tr(A⊗B) = tr A·tr B, as do roots and inverses, and
// ln det(Γ⊗Σ) = d·ln det Γ + N·ln det Σ, so nothing of size N·d is ever formed. All in nats.

namespace PureDit.GaussianProcess;

/// <summary>
/// Kullback–Leibler divergence, Wasserstein distance and a bound on the total variation of Gaussian distributions.
/// </summary>
public static class GaussianDivergence
{
    // [doc:gaussian-kl]
    /// <summary>KL(N(m0, C0) ‖ N(m1, C1)), in nats.</summary>
    /// <param name="mean0">m0, [p].</param>
    /// <param name="covariance0">C0, [p, p], positive definite.</param>
    /// <param name="mean1">m1, [p].</param>
    /// <param name="covariance1">C1, [p, p], positive definite.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a matrix is not positive definite.</exception>
    public static double KullbackLeibler(
        ReadOnlySpan<double> mean0, ReadOnlySpan<double> covariance0,
        ReadOnlySpan<double> mean1, ReadOnlySpan<double> covariance1)
    {
        int p = mean0.Length;
        Expect.SameLength(p, mean1.Length, nameof(mean1));
        Cholesky c0 = new(covariance0, p), c1 = new(covariance1, p);
        double[] difference = Difference(mean0, mean1), solved = new double[p];
        c1.Solve(difference, 1, solved);
        return 0.5 * (TraceOfRatio(c1, covariance0) - p + Dense.Dot(difference, solved)
            + c1.LogDeterminant - c0.LogDeterminant);
    }
    // [/doc:gaussian-kl]

    /// <summary>KL(p ‖ q) of two sequences of the same shape, in nats.</summary>
    /// <exception cref="ArgumentException">The shapes differ, or a covariance is not positive definite.</exception>
    public static double KullbackLeibler(GaussianSequence p, GaussianSequence q)
    {
        (int n, int d) = SameShape(p, q);
        Cholesky gammaP = new(p.Temporal, n), gammaQ = new(q.Temporal, n);
        Cholesky sigmaP = new(p.Spatial, d), sigmaQ = new(q.Spatial, d);
        double trace = TraceOfRatio(gammaQ, p.Temporal) * TraceOfRatio(sigmaQ, p.Spatial);
        double logDeterminants = (d * (gammaQ.LogDeterminant - gammaP.LogDeterminant))
            + (n * (sigmaQ.LogDeterminant - sigmaP.LogDeterminant));

        // mᵀ(Γ⊗Σ)⁻¹m = ⟨M, Γ⁻¹MΣ⁻¹⟩
        double[] m = Difference(p.Mean, q.Mean), left = new double[n * d];
        gammaQ.Solve(m, d, left);
        double[] both = Dense.Transpose(left, n, d);
        sigmaQ.Solve(both, n, both);
        double quadratic = Dense.Dot(m, Dense.Transpose(both, d, n));
        return 0.5 * (trace - (n * d) + quadratic + logDeterminants);
    }

    /// <summary>The squared 2-Wasserstein distance of N(m0, C0) and N(m1, C1).</summary>
    /// <param name="mean0">m0, [p].</param>
    /// <param name="covariance0">C0, [p, p], positive semidefinite.</param>
    /// <param name="mean1">m1, [p].</param>
    /// <param name="covariance1">C1, [p, p], positive semidefinite.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a matrix is not symmetric.</exception>
    public static double SquaredWasserstein(
        ReadOnlySpan<double> mean0, ReadOnlySpan<double> covariance0,
        ReadOnlySpan<double> mean1, ReadOnlySpan<double> covariance1)
    {
        int p = mean0.Length;
        Expect.SameLength(p, mean1.Length, nameof(mean1));
        return SquaredWasserstein(
            Difference(mean0, mean1),
            Dense.Trace(covariance0, p),
            Dense.Trace(covariance1, p),
            Fidelity(covariance0, covariance1, p));
    }

    /// <summary>The squared 2-Wasserstein distance of two sequences of the same shape.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static double SquaredWasserstein(GaussianSequence p, GaussianSequence q)
    {
        (int n, int d) = SameShape(p, q);
        return SquaredWasserstein(
            Difference(p.Mean, q.Mean),
            Dense.Trace(p.Temporal, n) * Dense.Trace(p.Spatial, d),
            Dense.Trace(q.Temporal, n) * Dense.Trace(q.Spatial, d),
            Fidelity(p.Temporal, q.Temporal, n) * Fidelity(p.Spatial, q.Spatial, d));
    }

    /// <summary>Pinsker's bound on the total variation distance, min(1, √(KL/2)).</summary>
    /// <param name="kullbackLeibler">A divergence in nats, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The divergence is negative or NaN.</exception>
    public static double TotalVariationBound(double kullbackLeibler) => kullbackLeibler >= 0
        ? Math.Min(1, Math.Sqrt(0.5 * kullbackLeibler))
        : throw Expect.OutOfRange(nameof(kullbackLeibler), kullbackLeibler, "0 or more");

    // Rounding may leave a distance of 0 slightly negative.
    private static double SquaredWasserstein(double[] difference, double trace0, double trace1, double fidelity) =>
        Math.Max(0, Dense.SquaredNorm(difference) + trace0 + trace1 - (2 * fidelity));

    // tr(C1^½ C0 C1^½)^½
    private static double Fidelity(ReadOnlySpan<double> c0, ReadOnlySpan<double> c1, int p)
    {
        double[] root = new SymmetricEigen(c1, p).Function(value => Math.Sqrt(Math.Max(0, value)));
        double[] product = new double[p * p], middle = new double[p * p];
        Expect.Symmetric(c0, p, nameof(c0));
        Dense.Multiply(root, c0, p, p, p, product);
        Dense.Multiply(product, root, p, p, p, middle);
        double sum = 0;
        foreach (double value in new SymmetricEigen(middle, p).Values) sum += Math.Sqrt(Math.Max(0, value));
        return sum;
    }

    // tr(C1⁻¹ C0)
    private static double TraceOfRatio(Cholesky c1, ReadOnlySpan<double> c0)
    {
        double[] ratio = new double[c0.Length];
        c1.Solve(c0, c1.Size, ratio);
        return Dense.Trace(ratio, c1.Size);
    }

    private static double[] Difference(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double[] result = x.ToArray();
        for (int i = 0; i < result.Length; i++) result[i] -= y[i];
        return result;
    }

    private static (int Frames, int Channels) SameShape(GaussianSequence p, GaussianSequence q)
    {
        ArgumentNullException.ThrowIfNull(p);
        ArgumentNullException.ThrowIfNull(q);
        return (p.Frames, p.Channels) == (q.Frames, q.Channels) ? (p.Frames, p.Channels) : throw new ArgumentException(
            $"q: expected [{p.Frames}, {p.Channels}] like p, got [{q.Frames}, {q.Channels}].", nameof(q));
    }
}
