using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>The body of each row, where rows differ in pointers or factors.</summary>
internal interface IRows<TBody> where TBody : struct, IBody
{
    TBody Row(int row);
}

/// <summary>Runs each row's body over the row, in parallel over rows.</summary>
/// <param name="rows">Makes the bodies; an index of a body is a column.</param>
/// <param name="width">Number of columns.</param>
internal readonly struct RowMap<TRows, TBody>(TRows rows, int width) : IKernel
    where TRows : struct, IRows<TBody> where TBody : struct, IBody
{
    public void Run(Cpu cpu, int count) => cpu.Run(count, Grain.Rows(Grain.Light, width), this);

    [MethodImpl(Jit.KernelBody)]
    void IKernel.Run<V, S>(int begin, int end)
    {
        for (int row = begin; row < end; row++) VectorLoop.ForEach<V, S, TBody>(rows.Row(row), 0, width);
    }
}
