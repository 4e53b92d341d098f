// Gradient descent on a product of reflections, W = H_1 ⋯ H_m E: its vectors are free, so that there is nothing to bring
// back. Through one reflection y = Hx = x − 2v(v·x), ‖v‖ = 1, with g = ∂L/∂y,
//   ∂L/∂x = H g,      ∂L/∂v = −2[(v·x) g + (v·g) x],
// and through v = u/‖u‖ at ‖u‖ = 1 the part along v goes: (I − vvᵀ)∂L/∂v. H is its own inverse: the way back finds x from y
// by reflecting once more, and keeps nothing. No matrix is made: a sample costs five applications of W and as much again.
// The loss is that of StiefelStep, r = W A h − α x₀ with h = Wᵀx_t:  ∂L/∂(W f) = 2r,  ∂L/∂f = 2Wᵀr,  ∂L/∂h = Aᵀ∂L/∂f.

using PureDit.GaussianProcess;

namespace PureDit.Latent;

/// <summary>Gradient descent on the vectors of reflections.</summary>
public static class HouseholderStep
{
    /// <summary>The vectors v − η G, at unit length again.</summary>
    /// <param name="subspace">W.</param>
    /// <param name="gradient">G, [m, D].</param>
    /// <param name="rate">η ≥ 0.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a value is not finite.</exception>
    public static HouseholderSubspace Descend(HouseholderSubspace subspace, ReadOnlySpan<double> gradient, double rate)
    {
        ArgumentNullException.ThrowIfNull(subspace);
        Expect.Length(subspace.Vectors.Length, gradient.Length, nameof(gradient));
        if (!(rate >= 0 && double.IsFinite(rate))) throw Expect.OutOfRange(nameof(rate), rate, "a finite number of 0 or more");
        double[] moved = subspace.Vectors.ToArray();
        Dense.AddScaled(-rate, gradient, moved);
        return new(subspace.Dimension, subspace.Rank, moved);
    }

    /// <summary>The mean denoising loss ‖W A Wᵀx_t − α x₀‖² of a batch; adds its gradient with respect to the vectors.</summary>
    /// <param name="subspace">W.</param>
    /// <param name="linear">A, [d₀, d₀].</param>
    /// <param name="alpha">α.</param>
    /// <param name="clean">x₀, [n, D].</param>
    /// <param name="noisy">x_t, [n, D].</param>
    /// <param name="gradient">Receives, added, [m, D]; orthogonal to every v.</param>
    /// <returns>The loss per sample.</returns>
    public static double DenoisingLoss(
        HouseholderSubspace subspace, ReadOnlySpan<double> linear, double alpha, ReadOnlySpan<double> clean, ReadOnlySpan<double> noisy, Span<double> gradient)
    {
        ArgumentNullException.ThrowIfNull(subspace);
        (int dimension, int rank) = (subspace.Dimension, subspace.Rank);
        Expect.Length(rank * rank, linear.Length, nameof(linear));
        Expect.Length(clean.Length, noisy.Length, nameof(noisy));
        Expect.Length(subspace.Vectors.Length, gradient.Length, nameof(gradient));
        int count = Expect.Samples(clean.Length, dimension, nameof(clean));
        double[] turned = new double[dimension], lifted = new double[dimension], upstream = new double[dimension], f = new double[rank];
        double[] transposed = Dense.Transpose(linear, rank, rank), vectors = new double[gradient.Length];
        double sum = 0;
        for (int s = 0; s < count; s++)
        {
            noisy.Slice(s * dimension, dimension).CopyTo(turned);
            for (int i = 0; i < subspace.Reflections; i++) HouseholderSubspace.Reflect(subspace.Vector(i), turned); // h, and what E does not see
            Dense.Multiply(linear, turned.AsSpan(0, rank), rank, rank, 1, f);
            subspace.Lift(f, lifted);
            lifted.CopyTo(upstream, 0);
            Dense.AddScaled(-alpha, clean.Slice(s * dimension, dimension), upstream);
            sum += Dense.SquaredNorm(upstream);
            foreach (ref double value in upstream.AsSpan()) value *= 2.0 / count;
            for (int i = 0; i < subspace.Reflections; i++) Back(subspace, i, lifted, upstream, vectors);
            upstream.AsSpan(0, rank).CopyTo(f);
            upstream.AsSpan(rank).Clear();
            Dense.Multiply(transposed, f, rank, rank, 1, upstream.AsSpan(0, rank));
            for (int i = subspace.Reflections - 1; i >= 0; i--) Back(subspace, i, turned, upstream, vectors);
        }

        for (int i = 0; i < subspace.Reflections; i++)
        {
            Span<double> dV = vectors.AsSpan(i * dimension, dimension);
            Dense.AddScaled(-Dense.Dot(subspace.Vector(i), dV), subspace.Vector(i), dV);
        }

        Dense.AddScaled(1, vectors, gradient);
        return sum / count;
    }

    // [doc:latent-reflection-gradient]
    // Takes y = H x and ∂L/∂y, leaves x and ∂L/∂x, and adds ∂L/∂v.
    private static void Back(HouseholderSubspace subspace, int index, Span<double> y, Span<double> g, Span<double> vectors)
    {
        ReadOnlySpan<double> v = subspace.Vector(index);
        Span<double> dV = vectors.Slice(index * v.Length, v.Length);
        HouseholderSubspace.Reflect(v, y); // its own inverse: x
        double along = -2 * Dense.Dot(v, g);
        Dense.AddScaled(-2 * Dense.Dot(v, y), g, dV);
        Dense.AddScaled(along, y, dV);
        Dense.AddScaled(along, v, g); // H g
    }
    // [/doc:latent-reflection-gradient]
}
