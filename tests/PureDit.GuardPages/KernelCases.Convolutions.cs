using PureDit.Kernels;

namespace PureDit.GuardPages;

internal static partial class KernelCases
{
    private static IEnumerable<KernelCase> Convolutions() =>
    [
        .. Windowed("Unfold.Forward(x, shape, y)", (cpu, a, s) =>
            Unfold.Forward(cpu, a.In(s.Samples * s.Frames * s.Channels), s, a.Out(s.Samples * s.Windows * s.Width))),
        .. Windowed("Unfold.Backward(dY, shape, dX)", (cpu, a, s) =>
            Unfold.Backward(cpu, a.In(s.Samples * s.Windows * s.Width), s, a.Out(s.Samples * s.Frames * s.Channels))),
        .. Both("Upsample.Forward(x, rows, width, factor, y)", (cpu, a, rows, width) =>
            Upsample.Forward(cpu, a.In(rows * width), rows, width, 2, a.Out(rows * width * 2))),
        .. Both("Upsample.Backward(dY, rows, width, factor, dX)", (cpu, a, rows, width) =>
            Upsample.Backward(cpu, a.In(rows * width * 2), rows, width, 2, a.Out(rows * width))),
        .. Both("Concatenate.Forward(x, y, rows, xWidth, yWidth, z)", (cpu, a, rows, width) =>
            Concatenate.Forward(cpu, a.In(rows * width), a.In(rows * P), rows, width, P, a.Out(rows * (width + P)))),
        .. Both("Concatenate.Backward(dZ, rows, xWidth, yWidth, dX, dY)", (cpu, a, rows, width) =>
            Concatenate.Backward(cpu, a.In(rows * (width + P)), rows, width, P, a.Out(rows * width), a.Out(rows * P))),
        .. Grouped("GroupNorm.Forward(x, shift, scale, shape, modulationStride, epsilon, y, mean, inverseStd)", (cpu, a, s, stride, chunks) =>
            GroupNorm.Forward(
                cpu, a.In(s.Count), a.In(chunks), a.In(chunks), s, stride, 1e-6f,
                a.Out(s.Count), a.Out(s.StatisticsLength), a.Out(s.StatisticsLength))),
        .. Grouped("GroupNorm.Backward(x, scale, mean, inverseStd, dY, shape, modulationStride, dX, dShift, dScale)", (cpu, a, s, stride, chunks) =>
            GroupNorm.Backward(
                cpu, a.In(s.Count), a.In(chunks), a.In(s.StatisticsLength), a.In(s.StatisticsLength), a.In(s.Count), s, stride,
                a.Out(s.Count), a.Out(chunks), a.Out(chunks))),
    ];

    private static IEnumerable<KernelCase> Windowed(string kernel, Action<Cpu, GuardedArrays, WindowShape> run) =>
    [
        new(kernel, "frames", (cpu, a, n) => run(cpu, a, new(2, Math.Max(1, n), P, 3, 2, 1))),
        new(kernel, "channels", (cpu, a, n) => run(cpu, a, new(2, Q, Math.Max(1, n), 3, 1, 1))),
        new(kernel, "samples", (cpu, a, n) => run(cpu, a, new(n, Q, P, 2, 2, 3))),
    ];

    private static IEnumerable<KernelCase> Grouped(string kernel, Action<Cpu, GuardedArrays, GroupNormShape, int, int> run)
    {
        void Run(Cpu cpu, GuardedArrays arrays, GroupNormShape shape, bool shared)
        {
            int stride = shared ? 0 : shape.Channels + 2;
            run(cpu, arrays, shape, stride, shape.Samples == 0 && !shared ? 0 : (Math.Max(0, shape.Samples - 1) * stride) + shape.Channels);
        }

        yield return new(kernel, "frames", (cpu, a, n) => Run(cpu, a, new(2, Math.Max(1, n), 6, 2), shared: true));
        yield return new(kernel, "channels of a group", (cpu, a, n) => Run(cpu, a, new(2, P, 2 * Math.Max(1, n), 2), shared: false));
        yield return new(kernel, "samples", (cpu, a, n) => Run(cpu, a, new(n, P, 6, 3), shared: false));
        yield return new(kernel, "samples of one chunk", (cpu, a, n) => Run(cpu, a, new(n, P, 6, 3), shared: true));
    }
}
