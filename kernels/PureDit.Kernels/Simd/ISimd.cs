// The vector-width contract: everything a kernel may ask of a vector of floats.
//
// A kernel body is written once, as  Run<V, S>(…) where S : ISimd<V>,  and the JIT compiles it anew for each
// pair (V, S): V is the register (Vector512<float>, …), S the struct that names its operations (F32x16, …).
// All members are static, so nothing is left of the abstraction in the machine code.
//
// Rule for equal bits on every machine: only operations that IEEE 754 defines exactly. MultiplyAdd is fused
// everywhere (MultiplyAddEstimate is not, and is banned); reciprocal estimates are banned.

namespace PureDit.Kernels;

// [doc:isimd]
/// <summary>Operations on a vector <typeparamref name="V"/> of <see cref="Count"/> floats.</summary>
internal unsafe interface ISimd<V> where V : struct
{
    /// <summary>Number of floats in the vector: 16, 8 or 4.</summary>
    static abstract int Count { get; }

    /// <summary>The bits of √½, the least m of <see cref="Normalise"/>.</summary>
    const int SqrtHalf = 0x3F3504F3;

    static abstract V Zero { get; }
    static abstract V Broadcast(float value);
    static abstract V Load(float* source);
    static abstract void Store(V value, float* destination);

    /// <summary>The first <paramref name="count"/> floats, and zeros; no other memory is read.</summary>
    static abstract V LoadFirst(float* source, int count);

    /// <summary>Writes the first <paramref name="count"/> lanes, and no other memory.</summary>
    static abstract void StoreFirst(V value, float* destination, int count);

    /// <summary>The first <paramref name="count"/> lanes of one, the others of the other.</summary>
    static abstract V SelectFirst(int count, V first, V others);

    static abstract V Add(V a, V b);
    static abstract V Subtract(V a, V b);
    static abstract V Multiply(V a, V b);
    static abstract V Divide(V a, V b);

    /// <summary>a·b + c with one rounding. Only where no FMA hardware exists: two roundings.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    static abstract V Sqrt(V a);

    /// <summary>Larger of the two; a NaN in a gives b, which may not be one.</summary>
    static abstract V MaxNumber(V a, V b);

    /// <summary>Nearest integer, ties to even.</summary>
    static abstract V Round(V a);

    /// <summary>|a| with the sign of the other, NaN or not.</summary>
    static abstract V CopySign(V a, V sign);

    /// <summary>a, or low where that is larger; a NaN stays a NaN. The limit is neither NaN nor zero.</summary>
    static abstract V AtLeast(V a, V low);

    /// <summary>a limited to [low, high]; a NaN stays a NaN. The limits are neither NaN nor zero.</summary>
    static abstract V Clamp(V a, V low, V high);

    /// <summary>Lane by lane: one value where x is below the limit, the other elsewhere, and where x is a NaN.</summary>
    static abstract V SelectBelow(V x, V limit, V below, V elsewhere);

    /// <summary>m of [√½, √2) and the integer n with a = m·2^n, for a positive normal a; else any numbers.</summary>
    static abstract V Normalise(V a, out V n);

    /// <summary>a·2^n, rounded once, for a in [½, 2] and an integer-valued n in [−250, 250]; a NaN in a stays a NaN.</summary>
    static abstract V ScaleByPowerOfTwo(V a, V n);

    /// <summary>Sum of the lanes by halving: upper half onto lower half, 16 → 8 → 4 → 2 → 1.</summary>
    static abstract float SumLanes(V a);

    /// <summary>Greatest lane; none may be a NaN.</summary>
    static abstract float MaxLanes(V a);
}
// [/doc:isimd]
