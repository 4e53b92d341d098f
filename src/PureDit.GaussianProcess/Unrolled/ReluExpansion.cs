// A kernel of the lag as a sum of ReLUs of the inner product z = ⟨e_i, e_j⟩:   γ(c_m) = Σ_k a_k R(p_k z + b_k).
//
//   trapezoids        1{lag = m} = (1/w)[R(z−c_m+2w) − R(z−c_m+w) − R(z−c_m−w) + R(z−c_m−2w)], four heads per lag
//   piecewise linear  γ(z) = γ_{N−1} + Σ_k (change of slope at c_k) R(z − c_k), one head per lag
//
// z takes N values only, so both are exact at all of them; between them they differ. The trapezoids are those of the
// proof as read in Ye and Chen 2025, arXiv 2510.02216, with 2w at most the distance to the next value; the second
// construction is ours, four times smaller and, without the cancellation in 1/w, more accurate.

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>How the heads of a layer build the kernel.</summary>
public enum KernelHeads
{
    /// <summary>Four heads per lag: a trapezoid that is 1 at this lag and 0 at all others.</summary>
    Trapezoids,

    /// <summary>One head per lag: a kink of a piecewise-linear function.</summary>
    PiecewiseLinear,
}

/// <summary>One ReLU of the inner product: Coefficient · ReLU(Slope·z + Offset).</summary>
/// <param name="Slope">p.</param>
/// <param name="Offset">b.</param>
/// <param name="Coefficient">a.</param>
public readonly record struct ReluTerm(double Slope, double Offset, double Coefficient);

/// <summary>A kernel written as a sum of ReLUs of the inner product of position embeddings.</summary>
public static class ReluExpansion
{
    private const double HalfWidth = 0.4; // w over the distance to the next value; ½ would leave no room for rounding

    /// <summary>Writes a kernel as ReLUs; lags whose covariance is exactly 0 cost none.</summary>
    /// <param name="heads">The construction.</param>
    /// <param name="positions">The position embeddings.</param>
    /// <param name="lags">γ_0 … γ_{N−1}.</param>
    /// <exception cref="ArgumentException">There is not one covariance per lag.</exception>
    public static IReadOnlyList<ReluTerm> Of(KernelHeads heads, CirclePositions positions, ReadOnlySpan<double> lags)
    {
        ArgumentNullException.ThrowIfNull(positions);
        Expect.SameLength(positions.Frames, lags.Length, nameof(lags));
        List<ReluTerm> terms = [];
        if (lags.Length == 1) return [new(0, 1, lags[0])];
        // [doc:relu-terms]
        for (int m = 0; m < lags.Length; m++)
        {
            double here = positions.InnerProduct(m), above = Gap(m - 1), below = Gap(m);
            if (heads == KernelHeads.Trapezoids)
            {
                double w = HalfWidth * Math.Min(above, below), a = lags[m] / w;
                terms.AddRange([new(1, (2 * w) - here, a), new(1, w - here, -a), new(1, -w - here, -a), new(1, (-2 * w) - here, a)]);
            }
            else if (m == lags.Length - 1)
            {
                terms.Add(new(0, 1, lags[m])); // a constant head
                terms.Add(new(1, -here, (lags[m - 1] - lags[m]) / above));
            }
            else if (m > 0)
            {
                terms.Add(new(1, -here, ((lags[m - 1] - lags[m]) / above) - ((lags[m] - lags[m + 1]) / below)));
            }
        }
        // [/doc:relu-terms]

        return [.. terms.Where(t => t.Coefficient != 0)];

        // Distance from c_m to c_{m+1}; beyond the ends there is nothing to stay clear of.
        double Gap(int m) => m < 0 || m + 1 >= positions.Frames
            ? double.PositiveInfinity
            : positions.InnerProduct(m) - positions.InnerProduct(m + 1);
    }

    /// <summary>The value of a sum of ReLUs.</summary>
    /// <param name="terms">The terms.</param>
    /// <param name="z">An inner product.</param>
    public static double At(IReadOnlyList<ReluTerm> terms, double z)
    {
        ArgumentNullException.ThrowIfNull(terms);
        double sum = 0;
        foreach (ReluTerm t in terms) sum += t.Coefficient * Math.Max(0, (t.Slope * z) + t.Offset);
        return sum;
    }
}
