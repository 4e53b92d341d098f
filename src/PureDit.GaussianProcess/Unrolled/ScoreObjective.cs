// The quadratic whose minimiser is the score:
//
//   L_t(s) = ½ sᵀ Ā s + sᵀ c,      ∇L_t(s) = Ā s + c,      s̄ = −Ā⁻¹ c,      Ā = α² Γ̄⊗Σ + σ² I,  c = x_t − αμ.
//
// Minimising it needs products with Ā and no inverse: per frame i, α² Σ_j Γ̄_ij Σ s_j + σ² s_i + c_i, which is what one
// attention layer and a few scalar products compute. Fu et al. 2024, arXiv 2407.16134, in words; form derived.

using PureDit.Diffusion;

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>The quadratic objective of a (truncated) process at one noise level; its minimiser is the score.</summary>
public sealed class ScoreObjective
{
    private readonly double[] _product, _applied;

    /// <summary>The objective of a process at a noise level.</summary>
    /// <param name="process">The process, truncated or not.</param>
    /// <param name="level">The noise level t.</param>
    public ScoreObjective(TruncatedProcess process, NoiseLevel level)
    {
        ArgumentNullException.ThrowIfNull(process);
        (Process, Level) = (process, level);
        (Smallest, Largest) = process.Spectrum(level);
        _product = new double[Size];
        _applied = new double[Size];
    }

    /// <summary>The process.</summary>
    public TruncatedProcess Process { get; }

    /// <summary>The noise level t.</summary>
    public NoiseLevel Level { get; }

    /// <summary>Number of values of a sample, N·d.</summary>
    public int Size => Process.Process.Size;

    /// <summary>Smallest eigenvalue of Ā; 0 or less where truncation lost positive definiteness.</summary>
    public double Smallest { get; }

    /// <summary>Largest eigenvalue of Ā.</summary>
    public double Largest { get; }

    /// <summary>κ_t of Ā; +∞ unless it is positive definite.</summary>
    public double ConditionNumber => Smallest > 0 ? Largest / Smallest : double.PositiveInfinity;

    /// <summary>Writes c = x_t − αμ.</summary>
    /// <param name="x">A noisy sample, [N, d].</param>
    /// <param name="c">Receives [N, d]; may be the same memory.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a value is not finite.</exception>
    public void Centre(ReadOnlySpan<double> x, Span<double> c)
    {
        GaussianSequence whole = Process.Process;
        Expect.Shape(x.Length, whole.Frames, whole.Channels, nameof(x));
        Expect.SameLength(x.Length, c.Length, nameof(c));
        for (int i = 0; i < x.Length; i++)
        {
            if (!double.IsFinite(x[i])) throw new ArgumentException($"x: expected finite values, got {x[i]} at {i}.", nameof(x));
            c[i] = x[i] - (Level.Alpha * whole.Mean[i]);
        }
    }

    /// <summary>Writes ∇L_t(s) = Ā s + c.</summary>
    /// <param name="s">Where, [N, d].</param>
    /// <param name="c">The centred sample x_t − αμ, [N, d].</param>
    /// <param name="gradient">Receives [N, d]; must not overlap the inputs.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    // [doc:score-gradient]
    public void Gradient(ReadOnlySpan<double> s, ReadOnlySpan<double> c, Span<double> gradient)
    {
        int n = Process.Process.Frames, d = Process.Process.Channels;
        Expect.SameLength(s.Length, c.Length, nameof(c));
        Dense.Multiply(Process.Temporal, s, n, n, d, _product); // Γ̄ s: attention across frames
        Dense.Multiply(_product, Process.Process.Spatial, n, d, d, gradient); // · Σ: its value matrix
        for (int i = 0; i < s.Length; i++)
        {
            gradient[i] = (Level.AlphaBar * gradient[i]) + (Level.Variance * s[i]) + c[i];
        }
    }
    // [/doc:score-gradient]

    /// <summary>L_t(s).</summary>
    /// <param name="s">Where, [N, d].</param>
    /// <param name="c">The centred sample x_t − αμ, [N, d].</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public double Value(ReadOnlySpan<double> s, ReadOnlySpan<double> c)
    {
        Gradient(s, c, _applied);
        return 0.5 * (Dense.Dot(s, _applied) + Dense.Dot(s, c));
    }

    /// <summary>Writes f(Ā)·c by eigenvectors: f = −1/λ is the minimiser, other f are iterates and probes.</summary>
    /// <param name="f">What becomes of each eigenvalue of Ā.</param>
    /// <param name="c">[N, d].</param>
    /// <param name="result">Receives [N, d]; must not overlap <paramref name="c"/>.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void Apply(Func<double, double> f, ReadOnlySpan<double> c, Span<double> result)
    {
        ArgumentNullException.ThrowIfNull(f);
        Process.Apply(Level, f, c, result);
    }

    /// <summary>Writes the minimiser s̄ = −Ā⁻¹c.</summary>
    /// <param name="c">The centred sample x_t − αμ, [N, d].</param>
    /// <param name="score">Receives [N, d]; must not overlap <paramref name="c"/>.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="InvalidOperationException">Ā is not positive definite: there is no minimiser.</exception>
    public void Minimiser(ReadOnlySpan<double> c, Span<double> score)
    {
        if (Process.Problem(Level) is string problem) throw new InvalidOperationException(problem);
        Apply(lambda => -1 / lambda, c, score);
    }
}
