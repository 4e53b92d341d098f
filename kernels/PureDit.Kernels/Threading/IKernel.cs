namespace PureDit.Kernels;

/// <summary>
/// A kernel's body: written once for every vector width, run over a range of the outputs that it owns. No two
/// ranges write the same element, so the split into ranges never changes a result.
/// </summary>
internal interface IKernel
{
    /// <summary>Computes outputs <paramref name="begin"/> (inclusive) to <paramref name="end"/> (exclusive).</summary>
    void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>;
}
