// A mixture of Gaussians, Σ_k π_k N(μ_k, Λ_k). With the responsibilities γ_k ∝ π_k p_k(h) of its noisy components and
// their scores s_k and Jacobians J_k:
//   score = Σ γ_k s_k,      Jacobian = Σ γ_k J_k + Cov_γ(s_k) = Σ γ_k (J_k + s_k s_kᵀ) − s sᵀ.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Latent;

/// <summary>A mixture of Gaussian laws. Immutable.</summary>
public sealed class LatentMixture : ILatentDistribution
{
    private readonly double[] _weights;
    private readonly LatentGaussian[] _components;

    /// <summary>Mixes Gaussians.</summary>
    /// <param name="weights">π, each above 0; divided by their sum.</param>
    /// <param name="components">As many Gaussians of one size.</param>
    /// <exception cref="ArgumentException">There are none, the numbers or sizes differ, or a weight is not above 0.</exception>
    public LatentMixture(ReadOnlySpan<double> weights, IReadOnlyList<LatentGaussian> components)
    {
        ArgumentNullException.ThrowIfNull(components);
        Expect.Positive(components.Count, "components.Count");
        Expect.Length(components.Count, weights.Length, nameof(weights));
        double sum = 0;
        foreach (double weight in weights)
        {
            Expect.PositiveFinite(weight, nameof(weights));
            sum += weight;
        }

        _weights = weights.ToArray();
        foreach (ref double weight in _weights.AsSpan()) weight /= sum;
        _components = [.. components];
        foreach (LatentGaussian component in _components) Expect.Length(_components[0].Size, component.Size, nameof(components));
    }

    /// <inheritdoc/>
    public int Size => _components[0].Size;

    /// <summary>π, summing to 1.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>The Gaussians.</summary>
    public IReadOnlyList<LatentGaussian> Components => _components;

    /// <inheritdoc/>
    public double LogDensity(NoiseLevel level, ReadOnlySpan<double> h) => Responsibilities(level, h).LogDensity;

    // [doc:latent-mixture-score]
    /// <inheritdoc/>
    public void Score(NoiseLevel level, ReadOnlySpan<double> h, Span<double> score)
    {
        Expect.Length(Size, score.Length, nameof(score));
        double[] gamma = Responsibilities(level, h).Gamma, component = new double[Size];
        score.Clear();
        for (int k = 0; k < gamma.Length; k++)
        {
            _components[k].Score(level, h, component);
            Dense.AddScaled(gamma[k], component, score);
        }
    }
    // [/doc:latent-mixture-score]

    /// <inheritdoc/>
    public void Jacobian(NoiseLevel level, ReadOnlySpan<double> h, Span<double> jacobian)
    {
        Expect.Length(Size * Size, jacobian.Length, nameof(jacobian));
        double[] gamma = Responsibilities(level, h).Gamma, score = new double[Size], mean = new double[Size], part = new double[Size * Size];
        jacobian.Clear();
        for (int k = 0; k < gamma.Length; k++)
        {
            _components[k].Score(level, h, score);
            _components[k].Jacobian(level, h, part);
            Dense.AddScaled(gamma[k], part, jacobian);
            Dense.AddScaled(gamma[k], score, mean);
            for (int i = 0; i < Size; i++) Dense.AddScaled(gamma[k] * score[i], score, jacobian.Slice(i * Size, Size));
        }

        for (int i = 0; i < Size; i++) Dense.AddScaled(-mean[i], mean, jacobian.Slice(i * Size, Size));
    }

    /// <inheritdoc/>
    public void Sample(Philox random, long first, Span<double> samples)
    {
        int count = Expect.Samples(samples.Length, Size, nameof(samples));
        double[] z = new double[Size];
        for (int s = 0; s < count; s++)
        {
            double u = random.Uniform(1, first + s); // step 1: the component; step 0: the vector in it
            int k = 0;
            for (; k < _weights.Length - 1 && u >= _weights[k]; k++) u -= _weights[k];
            random.FillNormal(0, first + s, z);
            _components[k].FromNormal(z, samples.Slice(s * Size, Size));
        }
    }

    /// <inheritdoc/>
    public double[] SecondMoment()
    {
        double[] moment = new double[Size * Size];
        for (int k = 0; k < _weights.Length; k++) Dense.AddScaled(_weights[k], _components[k].SecondMoment(), moment);
        return moment;
    }

    private (double[] Gamma, double LogDensity) Responsibilities(NoiseLevel level, ReadOnlySpan<double> h)
    {
        double[] gamma = new double[_weights.Length];
        double largest = double.NegativeInfinity, sum = 0;
        for (int k = 0; k < gamma.Length; k++)
        {
            gamma[k] = PortableMath.Log(_weights[k]) + _components[k].LogDensity(level, h);
            largest = Math.Max(largest, gamma[k]);
        }

        foreach (ref double value in gamma.AsSpan()) sum += value = PortableMath.Exp(value - largest);
        foreach (ref double value in gamma.AsSpan()) value /= sum;
        return (gamma, largest + PortableMath.Log(sum));
    }
}
