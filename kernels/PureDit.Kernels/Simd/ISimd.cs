// The vector-width contract: everything a kernel may ask of a vector of floats.
//
// A kernel body is written once, as  Run<V, S>(…) where S : ISimd<V>,  and the JIT compiles it anew for each
// pair (V, S): V is the register (Vector512<float>, …), S the struct that names its operations (F32x16, …).
// All members are static, so nothing is left of the abstraction in the machine code.
//
// Rule for equal bits on every machine: only operations that IEEE 754 defines exactly. MultiplyAdd is fused
// everywhere (MultiplyAddEstimate is not, and is banned); reciprocal estimates are banned.

namespace PureDit.Kernels;

/// <summary>Operations on a vector <typeparamref name="V"/> of <see cref="Count"/> floats.</summary>
internal unsafe interface ISimd<V> where V : struct
{
    /// <summary>Number of floats in the vector: 16, 8 or 4.</summary>
    static abstract int Count { get; }

    static abstract V Zero { get; }
    static abstract V Broadcast(float value);
    static abstract V Load(float* source);
    static abstract void Store(V value, float* destination);

    static abstract V Add(V a, V b);
    static abstract V Subtract(V a, V b);
    static abstract V Multiply(V a, V b);
    static abstract V Divide(V a, V b);

    /// <summary>a·b + c with one rounding. Only where no FMA hardware exists: two roundings.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    static abstract V Sqrt(V a);
    static abstract V Abs(V a);

    /// <summary>Larger of the two; a NaN in either gives NaN.</summary>
    static abstract V Max(V a, V b);

    /// <summary>Smaller of the two; a NaN in either gives NaN.</summary>
    static abstract V Min(V a, V b);

    /// <summary>Nearest integer, ties to even.</summary>
    static abstract V Round(V a);

    /// <summary>2^n for an integer-valued n in [−126, 127].</summary>
    static abstract V PowerOfTwo(V n);

    /// <summary>All bits set in the lanes where a &lt; b.</summary>
    static abstract V LessThan(V a, V b);

    /// <summary>Lane by lane: <paramref name="ifTrue"/> where the mask's bits are set, else <paramref name="ifFalse"/>.</summary>
    static abstract V Select(V mask, V ifTrue, V ifFalse);

    /// <summary>The bits of the magnitude of a with the sign bit of b.</summary>
    static abstract V CopySign(V a, V b);
}
