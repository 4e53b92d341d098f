// A linear subspace of R^D with coordinates:  h = Wᵀx,  x = W h,  W in R^{D×d₀} with WᵀW = I.
// W need not exist as a matrix: products of reflections or of fast transforms apply it for less than 2·D·d₀.

namespace PureDit.Latent;

/// <summary>An isometry W from R^d₀ into R^D, and its transpose.</summary>
public interface ISubspace
{
    /// <summary>D, the size of the space around it.</summary>
    int Dimension { get; }

    /// <summary>d₀, the size of its coordinates, 1 to D.</summary>
    int Rank { get; }

    /// <summary>Floating-point operations of one <see cref="Project"/> or <see cref="Lift"/>; a dense matrix has 2·D·d₀.</summary>
    long Operations { get; }

    /// <summary>Writes h = Wᵀx.</summary>
    /// <param name="x">[D].</param>
    /// <param name="h">Receives [d₀].</param>
    void Project(ReadOnlySpan<double> x, Span<double> h);

    /// <summary>Writes x = W h.</summary>
    /// <param name="h">[d₀].</param>
    /// <param name="x">Receives [D].</param>
    void Lift(ReadOnlySpan<double> h, Span<double> x);
}
