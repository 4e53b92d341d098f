// Kernels that pass over rows of values: how near they come to the speed of memory is what matters. Operations are
// counted as these kernels need them, an exponential as 17 (seven multiply-adds and the scaling).

using System.Globalization;
using PureDit.Kernels;
using Naive = PureDit.Kernels.Reference;

namespace PureDit.Benchmarking;

/// <summary>Workloads of the kernels that pass over memory.</summary>
public static class ElementwiseWork
{
    private const double Exponential = 17;
    private const double Tolerance = 1e-5; // of results of size 1
    private const float Epsilon = 1e-6f;

    /// <summary>Layer normalisation with shift and scale; backward also gives their gradients.</summary>
    public static Workload LayerNormalisation(int rows, int width, bool backward) => Rows(
        "layernorm", rows, width, backward, operations: backward ? 24 : 9, arrays: backward ? 6 : 2, cpu =>
        {
            Memory<float> x = Buffers.Normal(rows * width, 0), shift = Buffers.Normal(width, 1), scale = Buffers.Normal(width, 2);
            Memory<float> y = Buffers.Zeros(rows * width), mean = Buffers.Zeros(rows), std = Buffers.Zeros(rows);
            Memory<float> dY = Buffers.Normal(backward ? rows * width : 0, 3), dX = Buffers.Zeros(dY.Length);
            Memory<float> dShift = Buffers.Zeros(width), dScale = Buffers.Zeros(width);
            return new(Run, Check, backward ? [() => y.Span, () => dX.Span, () => dShift.Span, () => dScale.Span] : [() => y.Span]);

            void Run()
            {
                LayerNorm.Forward(cpu, x.Span, shift.Span, scale.Span, rows, width, rows, width, Epsilon, y.Span, mean.Span, std.Span);
                if (!backward) return;
                dX.Span.Clear();
                dShift.Span.Clear();
                dScale.Span.Clear();
                LayerNorm.Backward(
                    cpu, x.Span, scale.Span, mean.Span, std.Span, dY.Span, rows, width, rows, width, dX.Span, dShift.Span, dScale.Span);
            }

            void Check()
            {
                double[] x64 = Buffers.Doubles(x.Span), scale64 = Buffers.Doubles(scale.Span), expected = new double[rows * width];
                double[] mean64 = new double[rows], std64 = new double[rows];
                Naive.LayerNorm.Forward(x64, Buffers.Doubles(shift.Span), scale64, rows, width, rows, width, Epsilon, expected, mean64, std64);
                Judge.Near(expected, y.Span, Tolerance, "layernorm");
                if (!backward) return;
                double[] dX64 = new double[rows * width], dShift64 = new double[width], dScale64 = new double[width];
                Naive.LayerNorm.Backward(x64, scale64, mean64, std64, Buffers.Doubles(dY.Span), rows, width, rows, width, dX64, dShift64, dScale64);
                Judge.Near(dX64, dX.Span, Tolerance, "layernorm, dX");
                Judge.Near(dShift64, dShift.Span, Tolerance, "layernorm, dShift", scale: Math.Sqrt(rows));
                Judge.Near(dScale64, dScale.Span, Tolerance, "layernorm, dScale", scale: Math.Sqrt(rows));
            }
        });

    /// <summary>GELU in its tanh form.</summary>
    public static Workload GaussianErrorLinearUnit(int rows, int width, bool backward) => Rows(
        "gelu_tanh", rows, width, backward, operations: (backward ? 3 : 1) * (Exponential + 6), arrays: backward ? 6 : 2, cpu =>
        {
            Memory<float> x = Buffers.Normal(rows * width, 0), y = Buffers.Zeros(rows * width);
            Memory<float> dY = Buffers.Normal(backward ? rows * width : 0, 1), dX = Buffers.Zeros(dY.Length);
            return new(Run, Check, backward ? [() => y.Span, () => dX.Span] : [() => y.Span]);

            void Run()
            {
                Gelu.Forward(cpu, x.Span, y.Span);
                if (!backward) return;
                dX.Span.Clear();
                Gelu.Backward(cpu, x.Span, dY.Span, dX.Span);
            }

            void Check()
            {
                double[] x64 = Buffers.Doubles(x.Span), expected = new double[x64.Length];
                Naive.Gelu.Forward(x64, expected);
                Judge.Near(expected, y.Span, Tolerance, "gelu_tanh");
                if (!backward) return;
                double[] dX64 = new double[x64.Length];
                Naive.Gelu.Backward(x64, Buffers.Doubles(dY.Span), dX64);
                Judge.Near(dX64, dX.Span, Tolerance, "gelu_tanh, dX");
            }
        });

    /// <summary>Softmax of rows.</summary>
    public static Workload SoftmaxOfRows(int rows, int width) => Rows(
        "softmax", rows, width, backward: false, operations: Exponential + 4, arrays: 2, cpu =>
        {
            Memory<float> x = Buffers.Normal(rows * width, 0), y = Buffers.Zeros(rows * width);
            return new(() => Softmax.Forward(cpu, x.Span, rows, width, y.Span), Check, () => y.Span);

            void Check()
            {
                double[] expected = new double[rows * width];
                Naive.Softmax.Forward(Buffers.Doubles(x.Span), rows, width, expected);
                Judge.Near(expected, y.Span, Tolerance, "softmax", scale: 0);
            }
        });

    /// <summary>e^x of values in the first-level cache.</summary>
    public static Workload Exponentials(string name, int count) => new(
        name, WorkloadGroup.Elementwise, Text(count), Exponential * count, 2.0 * sizeof(float) * count, cpu =>
        {
            Memory<float> x = Buffers.Normal(count, 0), y = Buffers.Zeros(count);
            return new(() => Elementwise.Exp(cpu, x.Span, y.Span), Check, () => y.Span);

            void Check()
            {
                double[] expected = Array.ConvertAll(Buffers.Doubles(x.Span), Math.Exp);
                Judge.Near(expected, y.Span, Tolerance, name);
            }
        });

    /// <summary>The gated residual, y = x + gate ⊙ branch.</summary>
    public static Workload GatedResidual(int rows, int width) => Rows(
        "gate", rows, width, backward: false, operations: 2, arrays: 3, cpu =>
        {
            Memory<float> x = Buffers.Normal(rows * width, 0), gate = Buffers.Normal(width, 1), branch = Buffers.Normal(rows * width, 2);
            Memory<float> y = Buffers.Zeros(rows * width);
            return new(() => Gate.Forward(cpu, x.Span, gate.Span, branch.Span, rows, width, rows, width, y.Span), Check, () => y.Span);

            void Check()
            {
                double[] expected = new double[rows * width];
                Naive.Gate.Forward(
                    Buffers.Doubles(x.Span), Buffers.Doubles(gate.Span), Buffers.Doubles(branch.Span), rows, width, rows, width, expected);
                Judge.Near(expected, y.Span, Tolerance, "gate");
            }
        });

    /// <summary>A step of AdamW over one block of weights: four arrays are read, three written.</summary>
    public static Workload Optimiser(string name, int count)
    {
        const int Stride = 997; // every value is checked of up to a thousand, then one in 997
        const float LearningRate = 1e-3f;
        AdamWSettings settings = new(WeightDecay: 0.01);
        return new(name, WorkloadGroup.Elementwise, Text(count), 14.0 * count, 7.0 * sizeof(float) * count, cpu =>
        {
            Memory<float> weights = Buffers.Normal(count, 0), gradients = Buffers.Normal(count, 1, 0.01f);
            Memory<float> m = Buffers.Zeros(count), v = Buffers.Zeros(count);
            int[] places = [.. Enumerable.Range(0, count).Where(i => count < 1000 || i % Stride == 0 || i == count - 1)];
            double[] start = Sample(weights), g = Sample(gradients), m64 = new double[places.Length], v64 = new double[places.Length];
            Naive.AdamW.Step(settings, 1, LearningRate, start, g, m64, v64);
            return new(
                () => AdamW.Step(cpu, settings, step: 1, LearningRate, weights.Span, gradients.Span, m.Span, v.Span),
                () =>
                {
                    Judge.Near(start, Array.ConvertAll(Sample(weights), w => (float)w), 1e-6, name);
                    Judge.Near(m64, Array.ConvertAll(Sample(m), w => (float)w), Tolerance, name + ", m", scale: 1e-3);
                    Judge.Near(v64, Array.ConvertAll(Sample(v), w => (float)w), Tolerance, name + ", v", scale: 1e-7);
                },
                () => weights.Span, () => m.Span, () => v.Span);

            double[] Sample(Memory<float> values) => [.. places.Select(i => (double)values.Span[i])];
        });
    }

    private static Workload Rows(
        string kernel, int rows, int width, bool backward, double operations, int arrays, Func<Cpu, PreparedWork> prepare) => new(
        string.Create(CultureInfo.InvariantCulture, $"{kernel}_{rows}x{width}_{(backward ? "fwdbwd" : "fwd")}"),
        WorkloadGroup.Elementwise, string.Create(CultureInfo.InvariantCulture, $"{rows} × {width}{(backward ? ", backward" : "")}"),
        operations * rows * width, (double)sizeof(float) * arrays * rows * width, prepare);

    private static string Text(int count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
