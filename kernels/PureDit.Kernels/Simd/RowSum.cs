// Sums over the rows of each sample: the bodies of a sample's rows run in order, and each adds its row to the same
// destination. Parallel over samples and parts of their columns, never over the rows of a sum: a column's sum is one
// chain of additions in the order of rows, whatever the number of threads.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Runs the bodies of all rows, sample by sample, where rows of a sample write to the same columns.</summary>
internal static class RowSum
{
    /// <param name="cpu">How to run.</param>
    /// <param name="rows">Makes the bodies; an index of a body is a column.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="width">Number of columns.</param>
    /// <param name="rowsPerSample">Number of successive rows that are summed.</param>
    public static void Run<TRows, TBody>(Cpu cpu, TRows rows, int count, int width, int rowsPerSample)
        where TRows : struct, IRows<TBody> where TBody : struct, IBody
    {
        // Columns are split only where samples do not share out, and no more than that takes: pieces of rows defeat the
        // prefetcher. On one sample of 4096×768, blocks of 64 columns made two threads slower than one; now 1.6 times faster.
        int samples = Samples(count, rowsPerSample);
        int parts = SharesOut(cpu, samples) ? 1 : Math.Clamp(width / Part, 1, cpu.Threads);
        int part = Math.Max(Part, (((width + parts - 1) / parts) + Part - 1) / Part * Part);
        int grain = (int)Math.Max(1, Grain.Light / ((long)rowsPerSample * part));
        cpu.Run(checked(samples * ((width + part - 1) / part)), grain, new Kernel<TRows, TBody>(rows, count, width, rowsPerSample, part));
    }

    /// <summary>Number of samples, the last one perhaps with fewer rows.</summary>
    public static int Samples(int rows, int rowsPerSample) => (int)(((long)rows + rowsPerSample - 1) / rowsPerSample);

    /// <summary>Whether there are enough whole samples to keep the threads evenly busy.</summary>
    public static bool SharesOut(Cpu cpu, int samples) => samples % cpu.Threads == 0 || samples >= 4 * cpu.Threads;

    private const int Part = 64; // columns: whole vectors of the widest kind, and whole cache lines

    private readonly struct Kernel<TRows, TBody>(TRows rows, int count, int width, int rowsPerSample, int part) : IKernel
        where TRows : struct, IRows<TBody> where TBody : struct, IBody
    {
        [MethodImpl(Jit.KernelBody)]
        void IKernel.Run<V, S>(int begin, int end)
        {
            int parts = (width + part - 1) / part;
            for (int item = begin; item < end; item++)
            {
                int sample = item / parts, column = item % parts * part, columnEnd = Math.Min(width, column + part);
                int rowEnd = (int)Math.Min(count, (sample + 1L) * rowsPerSample);
                for (int row = sample * rowsPerSample; row < rowEnd; row++)
                {
                    VectorLoop.ForEach<V, S, TBody>(rows.Row(row), column, columnEnd);
                }
            }
        }
    }
}
