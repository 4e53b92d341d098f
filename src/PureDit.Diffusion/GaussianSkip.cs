// A denoiser that knows the Gaussian part already and learns the rest. With the mean m_i and the variance λ_i of every
// coordinate of the data, and a = α²λ + σ², the network sees and says numbers of variance 1:
//
//   input   (x − αm)/√a
//   target  (αλε − σu)/√(λa),   u = x_0 − m           which for λ = 1, m = 0 is v = αε − σx_0
//   x̂_0 = m + (αλ/a)(x − αm) − σ√(λ/a)·output
//
// The skip term is the exact E[x_0 | x] of the Gaussian with those moments: an output of 0, which is what a fresh DiT
// says, is a Gaussian denoiser, and the network learns only what is not Gaussian. In the form of Karras et al. 2022
// (arXiv 2206.00364): α x̂_0 = c_skip x − c_out F, c_skip = α²λ/a, c_out = ασ√(λ/a), c_in = 1/√a, loss weight 1/c_out².

namespace PureDit.Diffusion;

/// <summary>A prediction of v around the Gaussian denoiser of the data's own moments. Immutable.</summary>
public sealed class GaussianSkip
{
    private readonly double[] _mean, _variance;

    /// <summary>Takes the moments.</summary>
    /// <param name="mean">m, one per value of a sample.</param>
    /// <param name="variance">λ, as many, each above 0.</param>
    /// <exception cref="ArgumentException">There are none, their numbers differ, or a value is out of range.</exception>
    public GaussianSkip(ReadOnlySpan<double> mean, ReadOnlySpan<double> variance)
    {
        if (mean.IsEmpty || mean.Length != variance.Length) Expect.Fail(nameof(variance), $"as many as there are means, {mean.Length}, and at least one", $"{variance.Length}");
        foreach (double value in mean)
        {
            if (!double.IsFinite(value)) Expect.Fail(nameof(mean), "finite values", $"{value}");
        }

        foreach (double value in variance)
        {
            if (!(value > 0 && double.IsFinite(value))) Expect.Fail(nameof(variance), "finite values above 0 (leave out coordinates that do not vary)", $"{value}");
        }

        (_mean, _variance) = (mean.ToArray(), variance.ToArray());
    }

    /// <summary>Values of a sample.</summary>
    public int Size => _mean.Length;

    /// <summary>m.</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>λ.</summary>
    public ReadOnlySpan<double> Variance => _variance;

    /// <summary>Moments of data, coordinate by coordinate.</summary>
    /// <param name="samples">[n, size], at least two, no coordinate constant.</param>
    /// <param name="size">Values of a sample.</param>
    public static GaussianSkip Of(ReadOnlySpan<float> samples, int size)
    {
        int count = Expect.Samples(size, samples);
        double[] mean = new double[size], variance = new double[size];
        for (int i = 0; i < samples.Length; i++) mean[i % size] += samples[i] / (double)count;
        for (int i = 0; i < samples.Length; i++)
        {
            double centred = samples[i] - mean[i % size];
            variance[i % size] += centred * centred / count;
        }

        return new(mean, variance);
    }

    // [doc:latent-gaussian-skip]
    /// <summary>Writes what the network sees of noisy samples.</summary>
    /// <param name="level">Noise level of all of them.</param>
    /// <param name="x">x_t, [n, size].</param>
    /// <param name="input">Receives as many values; may be <paramref name="x"/>.</param>
    public void Input(NoiseLevel level, ReadOnlySpan<float> x, Span<float> input)
    {
        Check(x, input);
        (double alpha, double alphaBar, double noise) = (level.Alpha, level.AlphaBar, level.Variance);
        for (int i = 0; i < x.Length; i++)
        {
            int k = i % Size;
            input[i] = (float)((x[i] - (alpha * _mean[k])) / Math.Sqrt((alphaBar * _variance[k]) + noise));
        }
    }

    /// <summary>Writes what the network should say.</summary>
    /// <param name="level">Noise level of all of them.</param>
    /// <param name="x0">Clean samples, [n, size].</param>
    /// <param name="noise">ε, as many values.</param>
    /// <param name="target">Receives as many; may be <paramref name="x0"/> or <paramref name="noise"/>.</param>
    public void Target(NoiseLevel level, ReadOnlySpan<float> x0, ReadOnlySpan<float> noise, Span<float> target)
    {
        Check(x0, target);
        Expect.Length(x0.Length, noise);
        (double alpha, double alphaBar, double sigma) = (level.Alpha, level.AlphaBar, level.Sigma);
        for (int i = 0; i < x0.Length; i++)
        {
            int k = i % Size;
            double root = Math.Sqrt(_variance[k] * ((alphaBar * _variance[k]) + (sigma * sigma)));
            target[i] = (float)(((alpha * _variance[k] * noise[i]) - (sigma * (x0[i] - _mean[k]))) / root);
        }
    }

    /// <summary>Writes x̂_0 from what the network said.</summary>
    /// <param name="level">Noise level of all of them.</param>
    /// <param name="x">x_t, [n, size].</param>
    /// <param name="output">The network's output, as many values.</param>
    /// <param name="x0">Receives as many; may be either.</param>
    public void Clean(NoiseLevel level, ReadOnlySpan<float> x, ReadOnlySpan<float> output, Span<float> x0)
    {
        Check(x, x0);
        Expect.Length(x.Length, output);
        (double alpha, double alphaBar, double sigma) = (level.Alpha, level.AlphaBar, level.Sigma);
        for (int i = 0; i < x.Length; i++)
        {
            int k = i % Size;
            double a = (alphaBar * _variance[k]) + (sigma * sigma), skip = alpha * _variance[k] / a;
            x0[i] = (float)(_mean[k] + (skip * (x[i] - (alpha * _mean[k]))) - (sigma * Math.Sqrt(_variance[k] / a) * output[i]));
        }
    }
    // [/doc:latent-gaussian-skip]

    private void Check(ReadOnlySpan<float> x, ReadOnlySpan<float> result)
    {
        Expect.Samples(Size, x);
        Expect.Length(x.Length, result);
    }
}
