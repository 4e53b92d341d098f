// A step of gradient descent among matrices with orthonormal columns:  W ← qf(W − η G).
// To first order in η this is the step along the tangent part of G; the QR factor brings W back exactly, so that
// WᵀW = I holds to rounding after any number of steps.
//
// The gradient of the denoising loss  E‖W f − α x₀‖²,  f = f(Wᵀx_t):  with the residual r = W f − α x₀,
//   dW = 2 E[ r fᵀ + x_t (Jᵀ Wᵀ r)ᵀ ],    J the Jacobian of f; here f is linear, f(h) = A h, so J = A.

using PureDit.GaussianProcess;

namespace PureDit.Latent;

/// <summary>Gradient descent on the Stiefel manifold.</summary>
public static class StiefelStep
{
    // [doc:latent-stiefel]
    /// <summary>qf(W − η G).</summary>
    /// <param name="subspace">W.</param>
    /// <param name="gradient">G, [D, d₀].</param>
    /// <param name="rate">η ≥ 0.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a value is not finite.</exception>
    public static LinearSubspace Descend(LinearSubspace subspace, ReadOnlySpan<double> gradient, double rate)
    {
        ArgumentNullException.ThrowIfNull(subspace);
        Expect.Length(subspace.Basis.Length, gradient.Length, nameof(gradient));
        if (!(rate >= 0 && double.IsFinite(rate))) throw Expect.OutOfRange(nameof(rate), rate, "a finite number of 0 or more");
        double[] moved = subspace.Basis.ToArray();
        Dense.AddScaled(-rate, gradient, moved);
        return LinearSubspace.Orthonormal(subspace.Dimension, subspace.Rank, moved);
    }
    // [/doc:latent-stiefel]

    /// <summary>The mean denoising loss ‖W A Wᵀx_t − α x₀‖² of a batch; adds its gradient with respect to W.</summary>
    /// <param name="subspace">W.</param>
    /// <param name="linear">A, [d₀, d₀].</param>
    /// <param name="alpha">α.</param>
    /// <param name="clean">x₀, [n, D].</param>
    /// <param name="noisy">x_t, [n, D].</param>
    /// <param name="gradient">Receives, added, [D, d₀].</param>
    /// <returns>The loss per sample.</returns>
    public static double DenoisingLoss(
        LinearSubspace subspace, ReadOnlySpan<double> linear, double alpha, ReadOnlySpan<double> clean, ReadOnlySpan<double> noisy, Span<double> gradient)
    {
        ArgumentNullException.ThrowIfNull(subspace);
        (int dimension, int rank) = (subspace.Dimension, subspace.Rank);
        Expect.Length(rank * rank, linear.Length, nameof(linear));
        Expect.Length(clean.Length, noisy.Length, nameof(noisy));
        Expect.Length(subspace.Basis.Length, gradient.Length, nameof(gradient));
        int count = Expect.Samples(clean.Length, dimension, nameof(clean));
        double[] h = new double[rank], f = new double[rank], residual = new double[dimension], inner = new double[rank], back = new double[rank];
        double[] transposed = Dense.Transpose(linear, rank, rank);
        double sum = 0;
        for (int s = 0; s < count; s++)
        {
            ReadOnlySpan<double> x0 = clean.Slice(s * dimension, dimension), xt = noisy.Slice(s * dimension, dimension);
            subspace.Project(xt, h);
            Dense.Multiply(linear, h, rank, rank, 1, f);
            subspace.Lift(f, residual);
            Dense.AddScaled(-alpha, x0, residual);
            sum += Dense.SquaredNorm(residual);
            subspace.Project(residual, inner);
            Dense.Multiply(transposed, inner, rank, rank, 1, back);
            for (int i = 0; i < dimension; i++)
            {
                Span<double> row = gradient.Slice(i * rank, rank);
                Dense.AddScaled(2 * residual[i] / count, f, row);
                Dense.AddScaled(2 * xt[i] / count, back, row);
            }
        }

        return sum / count;
    }
}
