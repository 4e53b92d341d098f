using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>How the JIT is asked to compile.</summary>
internal static class Jit
{
    /// <summary>
    /// For <see cref="IKernel.Run"/>: optimised at the first call, and compiled on its own. Inlined into its caller, a body
    /// meets the caller's small inlining budget: the loop then calls what should have been part of it, 2.5 times slower
    /// (sums of columns), and only in some processes.
    /// </summary>
    public const MethodImplOptions KernelBody = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
