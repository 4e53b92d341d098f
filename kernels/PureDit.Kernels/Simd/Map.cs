using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Runs an elementwise body over a whole array, in parallel where it is long enough.</summary>
/// <param name="body">What happens at each element.</param>
/// <param name="count">Number of elements.</param>
internal readonly struct Map<TBody>(TBody body, int count) : IKernel where TBody : struct, IBody
{
    private const int Block = 256; // elements per item: ranges begin where the vectors of a single range would

    /// <param name="cpu">How to run.</param>
    /// <param name="grain">Least number of elements worth a thread.</param>
    public void Run(Cpu cpu, int grain) => cpu.Run((int)(((long)count + Block - 1) / Block), grain / Block, this);

    [MethodImpl(Jit.KernelBody)]
    void IKernel.Run<V, S>(int begin, int end) =>
        VectorLoop.ForEach<V, S, TBody>(body, begin * Block, (int)Math.Min((long)end * Block, count));
}
