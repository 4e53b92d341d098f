// Every public kernel with each of its dimensions free in turn. The others are small primes, so that rows end in the
// middle of vectors; strides leave gaps between samples' chunks, and the last chunk ends at its last value.

using PureDit.Kernels;

namespace PureDit.GuardPages;

internal static partial class KernelCases
{
    private const int P = 3, Q = 5, R = 7;

    public static IReadOnlyList<KernelCase> All { get; } =
        [.. Maps(), .. Rows(), .. Modulated(), .. Losses(), .. Optimisers(), .. Products(), .. Attentions(), .. Convolutions(), .. Polynomials()];

    private static IEnumerable<KernelCase> Maps() =>
    [
        new("Elementwise.Add(x, y, z)", "length", (cpu, a, n) => Elementwise.Add(cpu, a.In(n), a.In(n), a.Out(n))),
        new("Elementwise.Multiply(x, y, z)", "length", (cpu, a, n) => Elementwise.Multiply(cpu, a.In(n), a.In(n), a.Out(n))),
        new("Elementwise.Scale(x, a, y)", "length", (cpu, a, n) => Elementwise.Scale(cpu, a.In(n), 3, a.Out(n))),
        new("Elementwise.Axpy(a, x, y)", "length", (cpu, a, n) => Elementwise.Axpy(cpu, 3, a.In(n), a.Out(n))),
        new("Elementwise.Exp(x, y)", "length", (cpu, a, n) => Elementwise.Exp(cpu, a.In(n), a.Out(n))),
        new("Elementwise.Log(x, y)", "length", (cpu, a, n) => Elementwise.Log(cpu, a.In(n), a.Out(n))),
        new("Elementwise.Tanh(x, y)", "length", (cpu, a, n) => Elementwise.Tanh(cpu, a.In(n), a.Out(n))),
        new("Elementwise.Erf(x, y)", "length", (cpu, a, n) => Elementwise.Erf(cpu, a.In(n), a.Out(n))),
        new("Elementwise.Sin(x, y)", "length", (cpu, a, n) => Elementwise.Sin(cpu, a.In(n), a.Out(n))),
        new("Elementwise.Cos(x, y)", "length", (cpu, a, n) => Elementwise.Cos(cpu, a.In(n), a.Out(n))),
        new("Gelu.Forward(x, y)", "length", (cpu, a, n) => Gelu.Forward(cpu, a.In(n), a.Out(n))),
        new("Gelu.Backward(x, dY, dX)", "length", (cpu, a, n) => Gelu.Backward(cpu, a.In(n), a.In(n), a.Out(n))),
        new("Gelu.BackwardInPlace(x, gradient)", "length", (cpu, a, n) => Gelu.BackwardInPlace(cpu, a.In(n), a.Out(n))),
        new("Silu.Forward(x, y)", "length", (cpu, a, n) => Silu.Forward(cpu, a.In(n), a.Out(n))),
        new("Silu.Backward(x, dY, dX)", "length", (cpu, a, n) => Silu.Backward(cpu, a.In(n), a.In(n), a.Out(n))),
        new("Reductions.Sum(x)", "length", (cpu, a, n) => Reductions.Sum(cpu, a.In(n))),
        new("Reductions.SumOfSquares(x)", "length", (cpu, a, n) => Reductions.SumOfSquares(cpu, a.In(n))),
        new("Reductions.Dot(x, y)", "length", (cpu, a, n) => Reductions.Dot(cpu, a.In(n), a.In(n))),
        new("Reductions.Max(x)", "length", (cpu, a, n) => Reductions.Max(cpu, a.In(n))),
    ];

    private static IEnumerable<KernelCase> Optimisers() =>
    [
        new("Ema.Update(weights, decay, average)", "length", (cpu, a, n) => Ema.Update(cpu, a.In(n), 0.5f, a.Out(n))),
        new(AdamWStep, "length, without average", (cpu, a, n) => AdamW.Step(cpu, new AdamWSettings(), 1, 1e-3f, a.Out(n), a.In(n), a.Out(n), a.Out(n))),
        new(AdamWStep, "length", (cpu, a, n) => AdamW.Step(cpu, new AdamWSettings(), 1, 1e-3f, a.Out(n), a.In(n), a.Out(n), a.Out(n), a.Out(n), 0.5f)),
    ];

    private const string AdamWStep = "AdamW.Step(settings, step, learningRate, weights, gradients, m, v, average, averageDecay, gradientScale)";

    private static IEnumerable<KernelCase> Rows() =>
    [
        .. Both("Softmax.Forward(x, rows, columns, y)", (cpu, a, rows, columns) => Softmax.Forward(cpu, a.In(rows * columns), rows, columns, a.Out(rows * columns))),
        .. Both("Softmax.Backward(y, dY, rows, columns, dX)", (cpu, a, rows, columns) =>
            Softmax.Backward(cpu, a.In(rows * columns), a.In(rows * columns), rows, columns, a.Out(rows * columns))),
        .. Both("Rows.AddBroadcast(x, table, rows, width, period, y)", (cpu, a, rows, width) =>
            Kernels.Rows.AddBroadcast(cpu, a.In(rows * width), a.In(2 * width), rows, width, 2, a.Out(rows * width))),
        .. Both("Rows.SumColumns(x, rows, width, sums)", (cpu, a, rows, width) => Kernels.Rows.SumColumns(cpu, a.In(rows * width), rows, width, a.Out(width))),
    ];

    private static IEnumerable<KernelCase> Modulated() =>
    [
        .. Chunked("Gate.Forward(x, gate, branch, rows, width, rowsPerSample, gateStride, y)", (cpu, a, c) =>
            Gate.Forward(cpu, a.In(c.Count), a.In(c.Chunks), a.In(c.Count), c.Rows, c.Width, c.RowsPerSample, c.Stride, a.Out(c.Count))),
        .. Chunked("Gate.Backward(gate, branch, dY, rows, width, rowsPerSample, gateStride, dX, dGate, dBranch)", (cpu, a, c) =>
            Gate.Backward(
                cpu, a.In(c.Chunks), a.In(c.Count), a.In(c.Count), c.Rows, c.Width, c.RowsPerSample, c.Stride,
                a.Out(c.Count), a.Out(c.Chunks), a.Out(c.Count))),
        .. Chunked("LayerNorm.Forward(x, shift, scale, rows, width, rowsPerSample, modulationStride, epsilon, y, mean, inverseStd)", (cpu, a, c) =>
            LayerNorm.Forward(
                cpu, a.In(c.Count), a.In(c.Chunks), a.In(c.Chunks), c.Rows, c.Width, c.RowsPerSample, c.Stride, 1e-6f,
                a.Out(c.Count), a.Out(c.Rows), a.Out(c.Rows))),
        .. Chunked("LayerNorm.Backward(x, scale, mean, inverseStd, dY, rows, width, rowsPerSample, modulationStride, dX, dShift, dScale)", (cpu, a, c) =>
            LayerNorm.Backward(
                cpu, a.In(c.Count), a.In(c.Chunks), a.In(c.Rows), a.In(c.Rows), a.In(c.Count), c.Rows, c.Width, c.RowsPerSample, c.Stride,
                a.Out(c.Count), a.Out(c.Chunks), a.Out(c.Chunks))),
    ];

    private static IEnumerable<KernelCase> Losses() =>
    [
        .. Both("MeanSquaredError.Forward(prediction, target, weights, samples, size, perSample)", (cpu, a, samples, size) =>
            MeanSquaredError.Forward(cpu, a.In(samples * size), a.In(samples * size), a.In(samples), samples, size, a.OutDoubles(samples)), leastColumns: 1),
        .. Both("MeanSquaredError.Backward(prediction, target, weights, samples, size, scale, dPrediction)", (cpu, a, samples, size) =>
            MeanSquaredError.Backward(cpu, a.In(samples * size), a.In(samples * size), a.In(samples), samples, size, 2, a.Out(samples * size)), leastColumns: 1),
    ];

    /// <summary>A kernel of rows and columns, either one free.</summary>
    private static IEnumerable<KernelCase> Both(string kernel, Action<Cpu, GuardedArrays, int, int> run, int leastColumns = 0) =>
    [
        new(kernel, "rows", (cpu, a, n) => run(cpu, a, n, R)),
        new(kernel, "columns", (cpu, a, n) => run(cpu, a, P, Math.Max(leastColumns, n))),
    ];

    /// <summary>A kernel with one chunk of values per sample: rows, columns, or rows per sample free.</summary>
    private static IEnumerable<KernelCase> Chunked(string kernel, Action<Cpu, GuardedArrays, Chunking> run) =>
    [
        new(kernel, "rows", (cpu, a, n) => run(cpu, a, new Chunking(n, R, 2))),
        new(kernel, "width", (cpu, a, n) => run(cpu, a, new Chunking(P, n, 2))),
        new(kernel, "rows per sample", (cpu, a, n) => run(cpu, a, new Chunking(Q, R, Math.Max(1, n)))),
    ];

    private readonly record struct Chunking(int Rows, int Width, int RowsPerSample)
    {
        private const int Gap = 2;

        public int Count => Rows * Width;

        public int Stride => Width + Gap;

        public int Chunks => Rows == 0 ? 0 : ((Rows - 1) / RowsPerSample * Stride) + Width;
    }
}
