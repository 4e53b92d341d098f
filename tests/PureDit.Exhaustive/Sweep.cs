// All floats of a part: bit patterns in blocks, blocks shared out among the processors.

using System.Diagnostics;
using System.Globalization;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Exhaustive;

internal static class Sweep
{
    private const int Block = 1 << 14;
    private const int OtherWidths = 7; // every seventh block runs at all widths
    private const long Blocks = (1L << 32) / Block;

    public static PartResult Run(ElementaryFunction function, int part, int parts)
    {
        Stopwatch clock = Stopwatch.StartNew();
        UlpError total = new();
        long differing = 0;
        Parallel.For(
            Blocks * (part - 1) / parts, Blocks * part / parts, () => new Worker(function),
            (block, _, worker) =>
            {
                worker.Compare(block * Block);
                return worker;
            },
            worker =>
            {
                lock (total)
                {
                    total.Add(worker.Error);
                    differing += worker.Differing;
                }
            });
        return new PartResult(
            function.Name, part, parts, total.Count, total.Largest, total.At.ToString("R", CultureInfo.InvariantCulture),
            total.NotNearest, differing, clock.Elapsed.TotalSeconds);
    }

    private sealed class Worker(ElementaryFunction function)
    {
        private readonly Cpu[] _cpus = [.. SimdLevels.Supported.Select(simd => new Cpu(1, simd))];
        private readonly float[] _x = new float[Block], _y = new float[Block], _other = new float[Block];
        private readonly double[] _wide = new double[Block], _exact = new double[Block];

        public UlpError Error { get; } = new();

        /// <summary>Results whose bits differ between vector widths.</summary>
        public long Differing { get; private set; }

        public void Compare(long first)
        {
            for (int i = 0; i < Block; i++) _wide[i] = _x[i] = BitConverter.UInt32BitsToSingle((uint)(first + i));
            function.Kernel(_cpus[0], _x, _y);
            function.Exact(_wide, _exact);
            for (int i = 0; i < Block; i++) Error.Add(_x[i], _y[i], _exact[i]);
            if (first / Block % OtherWidths != 0) return;
            foreach (Cpu cpu in _cpus.AsSpan(1))
            {
                function.Kernel(cpu, _x, _other);
                for (int i = 0; i < Block; i++)
                {
                    if (BitConverter.SingleToInt32Bits(_y[i]) != BitConverter.SingleToInt32Bits(_other[i])) Differing++;
                }
            }
        }
    }
}
