namespace PureDit.GaussianProcess.Unrolled;

/// <summary>A slot of a token in a sum.</summary>
/// <param name="Slot">Index of the slot.</param>
/// <param name="Weight">Its factor.</param>
public readonly record struct SlotTerm(int Slot, double Weight);

/// <summary>y[Target] += Sign · y[Scalar] · Σ Weight·y[Slot], with bounds within which a module must be right.</summary>
/// <param name="Target">The slot that is added to.</param>
/// <param name="Sign">A factor, 1 or −1.</param>
/// <param name="Scalar">The slot of the first factor.</param>
/// <param name="ScalarBound">|y[Scalar]| is at most this.</param>
/// <param name="Factor">The second factor, a sum of slots.</param>
/// <param name="FactorBound">The magnitude of the second factor is at most this.</param>
public sealed record SlotProduct(
    int Target, double Sign, int Scalar, double ScalarBound, IReadOnlyList<SlotTerm> Factor, double FactorBound);

/// <summary>Products and sums that a token's slots undergo at once: all read the token as it was.</summary>
/// <param name="Products">The products.</param>
/// <param name="Sums">y += W y, entries of W; what clears and copies slots.</param>
public sealed record TokenUpdate(IReadOnlyList<SlotProduct> Products, IReadOnlyList<Weight> Sums);
