// The forward process in closed form:  x_t = α_t·x_0 + σ_t·ε,  ε ~ N(0, I)      (Ho et al. 2020, 2006.11239, eq. 4)
// and what a denoiser is trained to say about x_t. Shapes: x0, noise, xt, target are [n, size]; every sample has a
// noise level of its own, or all share one.

using System.Runtime.CompilerServices;

namespace PureDit.Diffusion;

/// <summary>Noising of clean samples, and the regression target that goes with it.</summary>
public static class ForwardProcess
{
    /// <summary>x_t = α·x_0 + σ·ε.</summary>
    /// <param name="levels">One noise level per sample, [n], or a single one for all.</param>
    /// <param name="x0">Clean samples, [n, size]; n is the number of levels.</param>
    /// <param name="noise">Standard normal noise ε, the same shape.</param>
    /// <param name="xt">Overwritten with the noisy samples; may be <paramref name="x0"/> or <paramref name="noise"/>.</param>
    /// <exception cref="ArgumentException">Lengths differ or are no multiple of the number of levels.</exception>
    public static void AddNoise(
        ReadOnlySpan<NoiseLevel> levels, ReadOnlySpan<float> x0, ReadOnlySpan<float> noise, Span<float> xt)
    {
        int size = SizeOf(levels, x0, noise, xt);
        // [doc:forward-process]
        for (int i = 0; i < levels.Length; i++)
        {
            Range sample = (i * size)..((i + 1) * size);
            LinearCombination.Write(levels[i].Alpha, x0[sample], levels[i].Sigma, noise[sample], xt[sample]);
        }
        // [/doc:forward-process]
    }

    /// <summary>What a denoiser of the given kind should have said: ε, x_0, α·ε − σ·x_0, or −ε/σ.</summary>
    /// <param name="kind">Kind of the denoiser.</param>
    /// <param name="levels">One noise level per sample, [n], or a single one for all.</param>
    /// <param name="x0">Clean samples, [n, size].</param>
    /// <param name="noise">The noise that was added, the same shape.</param>
    /// <param name="target">Overwritten, the same shape; may be <paramref name="x0"/> or <paramref name="noise"/>.</param>
    /// <exception cref="ArgumentException">Lengths differ or are no multiple of the number of levels, or a score is
    /// asked for at a clean level.</exception>
    public static void Target(
        PredictionKind kind, ReadOnlySpan<NoiseLevel> levels,
        ReadOnlySpan<float> x0, ReadOnlySpan<float> noise, Span<float> target)
    {
        int size = SizeOf(levels, x0, noise, target);
        for (int i = 0; i < levels.Length; i++)
        {
            (double ofX0, double ofNoise) = TargetCoefficients(kind, levels[i]);
            Range sample = (i * size)..((i + 1) * size);
            LinearCombination.Write(ofX0, x0[sample], ofNoise, noise[sample], target[sample]);
        }
    }

    private static (double OfX0, double OfNoise) TargetCoefficients(PredictionKind kind, NoiseLevel level)
    {
        switch (kind)
        {
            case PredictionKind.X0: return (1, 0);
            case PredictionKind.V: return (-level.Sigma, level.Alpha);
            case PredictionKind.Score:
                if (level.Sigma == 0) Expect.Fail(nameof(level), "σ > 0 for the score as target", "a clean level");
                return (0, -1 / level.Sigma);
            default: return (0, 1);
        }
    }

    private static int SizeOf(
        ReadOnlySpan<NoiseLevel> levels, ReadOnlySpan<float> x0, ReadOnlySpan<float> noise, ReadOnlySpan<float> result,
        [CallerArgumentExpression(nameof(result))] string resultName = "")
    {
        if (levels.IsEmpty) Expect.Fail(nameof(levels), "one level per sample, or one for all", "none");
        int size = Expect.Samples(levels.Length, x0); // as many values per sample as samples would have levels
        Expect.Length(x0.Length, noise);
        Expect.Length(x0.Length, result, resultName);
        return size;
    }
}
