// The law of a latent vector whose tokens R(h) have a given law. R is a permutation, and so density, score and Jacobian are
// those of the tokens, permuted back. With blocks of one token each, every token is as hard as every other at any d₀;
// blocks of consecutive values of h lie across tokens, in another way at every d₀.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Latent;

namespace PureDit.Laboratory;

/// <summary>A law of tokens, as one of latent vectors.</summary>
/// <param name="tokens">The law of R(h).</param>
/// <param name="reshape">R.</param>
internal sealed class TokenLaw(ILatentDistribution tokens, PatchReshape reshape) : ILatentDistribution
{
    public int Size => tokens.Size;

    public double LogDensity(NoiseLevel level, ReadOnlySpan<double> h) => tokens.LogDensity(level, Tokens(h));

    public void Score(NoiseLevel level, ReadOnlySpan<double> h, Span<double> score)
    {
        double[] inner = new double[Size];
        tokens.Score(level, Tokens(h), inner);
        reshape.FromTokens<double>(inner, score);
    }

    public void Jacobian(NoiseLevel level, ReadOnlySpan<double> h, Span<double> jacobian)
    {
        double[] inner = new double[Size * Size];
        tokens.Jacobian(level, Tokens(h), inner);
        Permuted(inner).CopyTo(jacobian);
    }

    public void Sample(Philox random, long first, Span<double> samples)
    {
        double[] inner = new double[samples.Length];
        tokens.Sample(random, first, inner);
        reshape.FromTokens<double>(inner, samples);
    }

    public double[] SecondMoment() => Permuted(tokens.SecondMoment());

    private double[] Tokens(ReadOnlySpan<double> h)
    {
        double[] inner = new double[h.Length];
        reshape.ToTokens(h, inner.AsSpan());
        return inner;
    }

    // Columns, then rows.
    private double[] Permuted(double[] matrix)
    {
        double[] columns = new double[matrix.Length], rows = new double[matrix.Length];
        reshape.FromTokens<double>(matrix, columns);
        reshape.FromTokens<double>(Dense.Transpose(columns, Size, Size), rows);
        return Dense.Transpose(rows, Size, Size);
    }
}
