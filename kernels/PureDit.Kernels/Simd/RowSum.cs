// Sums over the rows of each sample: the bodies of a sample's rows run in order, and each adds its row to the same
// destination. Parallel over samples and blocks of columns, never over the rows of a sum: a column's sum is one chain
// of additions in the order of rows, whatever the number of threads.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Runs the bodies of all rows, sample by sample, where rows of a sample write to the same columns.</summary>
/// <param name="rows">Makes the bodies; an index of a body is a column.</param>
/// <param name="count">Number of rows.</param>
/// <param name="width">Number of columns.</param>
/// <param name="rowsPerSample">Number of successive rows that are summed.</param>
internal readonly struct RowSum<TRows, TBody>(TRows rows, int count, int width, int rowsPerSample) : IKernel
    where TRows : struct, IRows<TBody> where TBody : struct, IBody
{
    private const int Block = 64; // columns: four whole vectors of the widest kind

    private int Blocks => (width + Block - 1) / Block;

    public void Run(Cpu cpu)
    {
        int samples = (int)(((long)count + rowsPerSample - 1) / rowsPerSample);
        cpu.Run(checked(samples * Blocks), Grain.Light / Block / rowsPerSample, this);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IKernel.Run<V, S>(int begin, int end)
    {
        for (int item = begin; item < end;)
        {
            int sample = item / Blocks, block = item % Blocks, blockEnd = Math.Min(Blocks, block + end - item);
            int rowEnd = (int)Math.Min(count, (sample + 1L) * rowsPerSample);
            for (int row = sample * rowsPerSample; row < rowEnd; row++)
            {
                VectorLoop.ForEach<V, S, TBody>(rows.Row(row), block * Block, Math.Min(width, blockEnd * Block));
            }

            item += blockEnd - block;
        }
    }
}
