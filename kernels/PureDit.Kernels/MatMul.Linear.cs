// Linear layers, y = f(x · weightᵀ + bias), and what follows them in a transformer: GELU, and the gated residual
// connection. What follows is done to eight rows at a time while they are in the cache, instead of reading and writing
// all of y again: 2 to 3 % of a layer with GELU (chapter 14).
//
// Weights may be packed ahead: 1.05 times as fast with 256 rows, 2.3 times with 8 (chapter 14).

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class MatMul
{
    /// <summary>A linear layer, y = x · weightᵀ + bias: each sum starts from its bias.</summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="x">[rows, inputs].</param>
    /// <param name="weight">[outputs, inputs], in the order that <paramref name="layout"/> says.</param>
    /// <param name="bias">[outputs], or empty for none.</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="inputs">Columns of x.</param>
    /// <param name="outputs">Columns of y.</param>
    /// <param name="y">[rows, outputs], overwritten.</param>
    /// <param name="layout">How the weights lie in memory.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static unsafe void Linear(
        Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias,
        int rows, int inputs, int outputs, Span<float> y, WeightLayout layout = WeightLayout.Rows)
    {
        CheckLinear(x, weight, bias, rows, inputs, outputs, y, layout);
        fixed (float* px = x, pWeight = weight, pBias = bias, py = y)
        {
            Run(cpu, LinearProduct(px, pWeight, pBias, rows, inputs, outputs, py, layout), default(NoEpilogue));
        }
    }

    /// <summary>A linear layer and GELU, y = gelu(x · weightᵀ + bias), in one pass.</summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="x">[rows, inputs].</param>
    /// <param name="weight">[outputs, inputs], in the order that <paramref name="layout"/> says.</param>
    /// <param name="bias">[outputs], or empty for none.</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="inputs">Columns of x.</param>
    /// <param name="outputs">Columns of y.</param>
    /// <param name="preactivation">[rows, outputs], receives the values before GELU, for its gradient; or empty.</param>
    /// <param name="y">[rows, outputs], overwritten.</param>
    /// <param name="layout">How the weights lie in memory.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static unsafe void LinearGelu(
        Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias,
        int rows, int inputs, int outputs, Span<float> preactivation, Span<float> y, WeightLayout layout = WeightLayout.Rows)
    {
        CheckLinear(x, weight, bias, rows, inputs, outputs, y, layout);
        if (!preactivation.IsEmpty) Guard.Matrix<float>(preactivation, rows, outputs, nameof(preactivation));
        fixed (float* px = x, pWeight = weight, pBias = bias, pBefore = preactivation, py = y)
        {
            float* sums = pBefore == null ? py : pBefore;
            Run(cpu, LinearProduct(px, pWeight, pBias, rows, inputs, outputs, sums, layout), new GeluEpilogue(sums, py, outputs));
        }
    }

    /// <summary>A linear layer at the end of a branch, y = residual + gate ⊙ (x · weightᵀ + bias), in one pass.</summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="x">[rows, inputs].</param>
    /// <param name="weight">[outputs, inputs], in the order that <paramref name="layout"/> says.</param>
    /// <param name="bias">[outputs], or empty for none.</param>
    /// <param name="rows">Rows of x, residual and y.</param>
    /// <param name="inputs">Columns of x.</param>
    /// <param name="outputs">Columns of residual and y.</param>
    /// <param name="residual">[rows, outputs]; must not overlap y.</param>
    /// <param name="gate">Row i uses the outputs values from (i / rowsPerSample)·gateStride on.</param>
    /// <param name="rowsPerSample">Number of successive rows that share a gate; at least 1.</param>
    /// <param name="gateStride">Distance between the gates of successive samples; at least outputs.</param>
    /// <param name="branch">[rows, outputs], receives the layer's own output, for the gate's gradient; or empty.</param>
    /// <param name="y">[rows, outputs], overwritten.</param>
    /// <param name="layout">How the weights lie in memory.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape, or a dimension out of range.</exception>
    public static unsafe void LinearGated(
        Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, int rows, int inputs, int outputs,
        ReadOnlySpan<float> residual, ReadOnlySpan<float> gate, int rowsPerSample, int gateStride,
        Span<float> branch, Span<float> y, WeightLayout layout = WeightLayout.Rows)
    {
        CheckLinear(x, weight, bias, rows, inputs, outputs, y, layout);
        Guard.Matrix(residual, rows, outputs);
        Guard.Chunks(gate, rows, outputs, rowsPerSample, gateStride);
        if (!branch.IsEmpty) Guard.Matrix<float>(branch, rows, outputs, nameof(branch));
        fixed (float* px = x, pWeight = weight, pBias = bias, pResidual = residual, pGate = gate, pBranch = branch, py = y)
        {
            float* sums = pBranch == null ? py : pBranch;
            GateEpilogue epilogue = new(sums, pResidual, new Chunks(pGate, rowsPerSample, gateStride), py, outputs);
            Run(cpu, LinearProduct(px, pWeight, pBias, rows, inputs, outputs, sums, layout), epilogue);
        }
    }

    /// <summary>Number of floats that packed weights take: outputs rounded up to 16, times inputs.</summary>
    public static int PackedLength(int inputs, int outputs) => checked(PaddedColumns(outputs) * inputs);

    /// <summary>Arranges weights [outputs, inputs] as <see cref="WeightLayout.Panels"/>.</summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="inputs">Columns of the weights.</param>
    /// <param name="outputs">Rows of the weights.</param>
    /// <param name="panels"><see cref="PackedLength"/> values, overwritten; must not overlap the weights.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static unsafe void PackWeights(Cpu cpu, ReadOnlySpan<float> weight, int inputs, int outputs, Span<float> panels)
    {
        Guard.Matrix(weight, outputs, inputs);
        Guard.Length<float>(panels, PackedLength(inputs, outputs), nameof(panels));
        fixed (float* pWeight = weight, pPanels = panels)
        {
            Product product = LinearProduct(null, pWeight, null, 0, inputs, outputs, null, WeightLayout.Rows);
            cpu.Run(1, 1, new PackKernel { Product = product, Panels = pPanels });
        }
    }

    private static void CheckLinear(
        ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias,
        int rows, int inputs, int outputs, Span<float> y, WeightLayout layout)
    {
        Guard.Matrix(x, rows, inputs);
        Guard.Matrix(weight, layout == WeightLayout.Panels ? PaddedColumns(outputs) : outputs, inputs);
        if (!bias.IsEmpty) Guard.Length(bias, outputs);
        Guard.Matrix<float>(y, rows, outputs, nameof(y));
    }

    private static unsafe Product LinearProduct(
        float* x, float* weight, float* bias, int rows, int inputs, int outputs, float* y, WeightLayout layout) =>
        Operands(x, false, weight, true, rows, outputs, inputs, y, bias, 0) with { IsPacked = layout == WeightLayout.Panels };

    private unsafe struct PackKernel : IKernel
    {
        public Product Product;
        public float* Panels;

        [MethodImpl(Jit.KernelBody)]
        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V> =>
            PackB<V, S>(Product, 0, Product.K, 0, Product.N, Panels);
    }

    private readonly unsafe struct GeluEpilogue(float* sums, float* y, int width) : IEpilogue
    {
        [MethodImpl(Jit.KernelBody)]
        public void Apply<V, S>(int row, int rows, int column, int columns) where V : struct where S : struct, ISimd<V>
        {
            for (int r = row; r < row + rows; r++)
            {
                nint at = ((nint)r * width) + column;
                VectorLoop.ForEach<V, S, Gelu.ForwardBody>(new(sums + at, y + at), 0, columns);
            }
        }
    }

    private readonly unsafe struct GateEpilogue(float* sums, float* residual, Chunks gate, float* y, int width) : IEpilogue
    {
        [MethodImpl(Jit.KernelBody)]
        public void Apply<V, S>(int row, int rows, int column, int columns) where V : struct where S : struct, ISimd<V>
        {
            for (int r = row; r < row + rows; r++)
            {
                nint at = ((nint)r * width) + column;
                VectorLoop.ForEach<V, S, Elementwise.MultiplyAddBody>(new(gate.Of(r) + column, sums + at, residual + at, y + at), 0, columns);
            }
        }
    }
}
