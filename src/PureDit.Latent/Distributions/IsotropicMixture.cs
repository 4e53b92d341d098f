// The score of a mixture of equal balls is one softmax attention. With Λ_k = s²I, C = α²s² + σ²:
//   γ = softmax_k( (α/C) h·μ_k − α²‖μ_k‖²/(2C) + ln π_k ),      score = (α Σ_k γ_k μ_k − h)/C
// a query h, keys and values μ_k, a bias per key. s² = 0 and π = 1/n is the score of a data set itself: the network
// that would remember it is a single head. The bias goes into the product by one more coordinate, in which the query
// is 1: an ordinary attention without bias, of head size d₀ + 1. The size of its scores, the R that decides whether
// a polynomial can stand for exp, is (α/C)·‖h‖·max‖μ‖ for the product part: small at much noise, large at little.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Latent;

/// <summary>A mixture of Gaussians of one variance s²I; with s² = 0 the empirical law of its points. Immutable.</summary>
public sealed class IsotropicMixture : ILatentDistribution
{
    private readonly double[] _points, _logWeights, _squares;

    /// <summary>Creates the law.</summary>
    /// <param name="size">d₀.</param>
    /// <param name="points">μ, [n, d₀], at least one.</param>
    /// <param name="variance">s² ≥ 0.</param>
    /// <param name="weights">π, [n], each above 0, divided by their sum; empty for equal weights.</param>
    /// <exception cref="ArgumentException">A length does not fit, a value is not finite, or a weight or s² is out of range.</exception>
    public IsotropicMixture(int size, ReadOnlySpan<double> points, double variance = 0, ReadOnlySpan<double> weights = default)
    {
        Expect.Positive(size);
        Expect.Finite(points, nameof(points));
        if (!(variance >= 0 && double.IsFinite(variance))) throw Expect.OutOfRange(nameof(variance), variance, "a finite number of 0 or more");
        (Size, Variance, Count, _points) = (size, variance, Expect.Samples(points.Length, size, nameof(points)), points.ToArray());
        Expect.Positive(Count, "points.Count");
        if (!weights.IsEmpty) Expect.Length(Count, weights.Length, nameof(weights));
        double sum = weights.IsEmpty ? Count : 0;
        foreach (double weight in weights)
        {
            Expect.PositiveFinite(weight, nameof(weights));
            sum += weight;
        }

        (_logWeights, _squares) = (new double[Count], new double[Count]);
        for (int k = 0; k < Count; k++)
        {
            _logWeights[k] = PortableMath.Log((weights.IsEmpty ? 1 : weights[k]) / sum);
            _squares[k] = Dense.SquaredNorm(Point(k));
        }
    }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>Number n of points.</summary>
    public int Count { get; }

    /// <summary>s².</summary>
    public double Variance { get; }

    /// <summary>μ, [n, d₀].</summary>
    public ReadOnlySpan<double> Points => _points;

    /// <summary>max‖μ_k‖.</summary>
    public double Radius => Math.Sqrt(_squares.Max());

    /// <summary>C = α²s² + σ², the variance of a noisy ball.</summary>
    public double Spread(NoiseLevel level) => (level.AlphaBar * Variance) + level.Variance;

    /// <inheritdoc/>
    public double LogDensity(NoiseLevel level, ReadOnlySpan<double> h)
    {
        double normalisation = 0.5 * Size * PortableMath.Log(2 * Math.PI * Spread(level));
        return Attend(level, h, new double[Count]) - (Dense.SquaredNorm(h) / (2 * Spread(level))) - normalisation;
    }

    /// <inheritdoc/>
    public void Score(NoiseLevel level, ReadOnlySpan<double> h, Span<double> score)
    {
        Expect.Length(Size, score.Length, nameof(score));
        double[] gamma = new double[Count];
        Attend(level, h, gamma);
        Dense.Multiply(gamma, _points, 1, Count, Size, score);
        for (int i = 0; i < Size; i++) score[i] = ((level.Alpha * score[i]) - h[i]) / Spread(level);
    }

    /// <inheritdoc/>
    public void Jacobian(NoiseLevel level, ReadOnlySpan<double> h, Span<double> jacobian)
    {
        Expect.Length(Size * Size, jacobian.Length, nameof(jacobian));
        double[] gamma = new double[Count], mean = new double[Size];
        Attend(level, h, gamma);
        Dense.Multiply(gamma, _points, 1, Count, Size, mean);
        double c = Spread(level), factor = level.AlphaBar / (c * c);
        jacobian.Clear();
        for (int k = 0; k < Count; k++)
        {
            for (int i = 0; i < Size; i++) Dense.AddScaled(factor * gamma[k] * (Point(k)[i] - mean[i]), Point(k), jacobian.Slice(i * Size, Size));
        }

        for (int i = 0; i < Size; i++) jacobian[i * (Size + 1)] -= 1 / c;
    }

    /// <inheritdoc/>
    public void Sample(Philox random, long first, Span<double> samples)
    {
        int count = Expect.Samples(samples.Length, Size, nameof(samples));
        for (int s = 0; s < count; s++)
        {
            double u = random.Uniform(1, first + s);
            int k = 0;
            for (; k < Count - 1 && u >= PortableMath.Exp(_logWeights[k]); k++) u -= PortableMath.Exp(_logWeights[k]);
            Span<double> h = samples.Slice(s * Size, Size);
            random.FillNormal(0, first + s, h);
            for (int i = 0; i < Size; i++) h[i] = Point(k)[i] + (Math.Sqrt(Variance) * h[i]);
        }
    }

    /// <inheritdoc/>
    public double[] SecondMoment()
    {
        double[] moment = new double[Size * Size];
        for (int k = 0; k < Count; k++)
        {
            for (int i = 0; i < Size; i++) Dense.AddScaled(PortableMath.Exp(_logWeights[k]) * Point(k)[i], Point(k), moment.AsSpan(i * Size, Size));
        }

        for (int i = 0; i < Size; i++) moment[i * (Size + 1)] += Variance;
        return moment;
    }

    // [doc:latent-score-is-attention]
    /// <summary>Writes E[μ | h] = Σ γ_k μ_k for many h by the attention kernel: one head of size d₀ + 1, keys and values μ_k.</summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="level">Noise level, not clean.</param>
    /// <param name="h">Queries, [m, d₀].</param>
    /// <param name="mean">Receives [m, d₀].</param>
    public void MeanByAttention(Cpu cpu, NoiseLevel level, ReadOnlySpan<float> h, Span<float> mean)
    {
        Expect.Noisy(level);
        Expect.Length(h.Length, mean.Length, nameof(mean));
        int queries = Expect.Samples(h.Length, Size, nameof(h)), width = Size + 1;
        double c = Spread(level), unscale = Math.Sqrt(width); // the kernel divides by √HeadSize
        float[] q = new float[queries * width], k = new float[Count * width], v = new float[Count * width], o = new float[queries * width];
        for (int i = 0; i < queries; i++)
        {
            for (int j = 0; j < Size; j++) q[(i * width) + j] = (float)(unscale * level.Alpha / c * h[(i * Size) + j]);
            q[(i * width) + Size] = (float)unscale;
        }

        for (int i = 0; i < Count; i++)
        {
            for (int j = 0; j < Size; j++) k[(i * width) + j] = v[(i * width) + j] = (float)Point(i)[j];
            k[(i * width) + Size] = (float)Bias(level, i);
        }

        AttentionShape shape = new(Batch: 1, Tokens: queries, Heads: 1, HeadSize: width, KeyTokens: Count);
        HeadStrides rows = HeadStrides.TokenMajor(queries, 1, width), keys = HeadStrides.TokenMajor(Count, 1, width);
        Attention.Forward(cpu, shape, AttentionMask.None, new(q, rows), new(k, keys), new(v, keys), new(o, rows), []);
        for (int i = 0; i < queries; i++) o.AsSpan(i * width, Size).CopyTo(mean[(i * Size)..]);
    }
    // [/doc:latent-score-is-attention]

    private double Bias(NoiseLevel level, int k) => _logWeights[k] - (level.AlphaBar * _squares[k] / (2 * Spread(level)));

    private ReadOnlySpan<double> Point(int k) => _points.AsSpan(k * Size, Size);

    // γ by the softmax of the scores; returns ln Σ e^{score}.
    private double Attend(NoiseLevel level, ReadOnlySpan<double> h, Span<double> gamma)
    {
        Expect.Noisy(level);
        Expect.Length(Size, h.Length, nameof(h));
        double largest = double.NegativeInfinity, sum = 0, scale = level.Alpha / Spread(level);
        for (int k = 0; k < Count; k++)
        {
            gamma[k] = (scale * Dense.Dot(h, Point(k))) + Bias(level, k);
            largest = Math.Max(largest, gamma[k]);
        }

        foreach (ref double value in gamma) sum += value = PortableMath.Exp(value - largest);
        foreach (ref double value in gamma) value /= sum;
        return largest + PortableMath.Log(sum);
    }
}
