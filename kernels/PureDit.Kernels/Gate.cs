// The gated residual connection of adaLN-Zero (DiT, Peebles and Xie 2023, section 3.2):  y = x + gate ⊙ branch
//   x, branch, y : [rows, width];  gate : one chunk of width columns per sample, inside a matrix of row stride gateStride.
//   backward:  dX += dY,  dBranch += gate ⊙ dY,  dGate += Σ dY ⊙ branch (over the rows of a sample).
//   Twin: Reference/Gate.cs

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Adds a branch times a gate per sample to a residual stream, and the gradient of that.</summary>
public static unsafe class Gate
{
    /// <summary>Writes y = x + gate ⊙ branch.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">[rows, width].</param>
    /// <param name="gate">Row i uses the width values from (i / rowsPerSample)·gateStride on.</param>
    /// <param name="branch">[rows, width].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Number of columns.</param>
    /// <param name="rowsPerSample">Number of successive rows that share a gate; at least 1.</param>
    /// <param name="gateStride">Distance between the gates of successive samples; at least width.</param>
    /// <param name="y">[rows, width], overwritten; may be <paramref name="x"/> or <paramref name="branch"/> itself.</param>
    /// <exception cref="ArgumentException">A span is too short, or a dimension out of range.</exception>
    public static void Forward(
        Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> gate, ReadOnlySpan<float> branch,
        int rows, int width, int rowsPerSample, int gateStride, Span<float> y)
    {
        Guard.Matrix(x, rows, width);
        Guard.Chunks(gate, rows, width, rowsPerSample, gateStride);
        Guard.Matrix(branch, rows, width);
        Guard.Matrix<float>(y, rows, width);
        fixed (float* px = x, pGate = gate, pBranch = branch, py = y)
        {
            Chunks gates = new(pGate, rowsPerSample, gateStride);
            new RowMap<GatedRows, Elementwise.MultiplyAddBody>(new(px, gates, pBranch, py, width), width).Run(cpu, rows);
        }
    }

    /// <summary>Adds the gradients with respect to x, gate and branch; an empty destination is passed over.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="gate">As given to <see cref="Forward"/>.</param>
    /// <param name="branch">As given to <see cref="Forward"/>, [rows, width].</param>
    /// <param name="dY">Gradient with respect to the output, [rows, width].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Number of columns.</param>
    /// <param name="rowsPerSample">Number of successive rows that share a gate; at least 1.</param>
    /// <param name="gateStride">Distance between the gates of successive samples, in gate and dGate.</param>
    /// <param name="dX">[rows, width], accumulated; or empty.</param>
    /// <param name="dGate">Chunks as in <paramref name="gate"/>, accumulated; or empty.</param>
    /// <param name="dBranch">[rows, width], accumulated; or empty.</param>
    /// <exception cref="ArgumentException">A span is too short, or a dimension out of range.</exception>
    public static void Backward(
        Cpu cpu, ReadOnlySpan<float> gate, ReadOnlySpan<float> branch, ReadOnlySpan<float> dY,
        int rows, int width, int rowsPerSample, int gateStride,
        Span<float> dX, Span<float> dGate, Span<float> dBranch)
    {
        Guard.Chunks(gate, rows, width, rowsPerSample, gateStride);
        Guard.Matrix(branch, rows, width);
        Guard.Matrix(dY, rows, width);
        if (!dX.IsEmpty) Guard.Matrix<float>(dX, rows, width);
        if (!dGate.IsEmpty) Guard.Chunks<float>(dGate, rows, width, rowsPerSample, gateStride);
        if (!dBranch.IsEmpty) Guard.Matrix<float>(dBranch, rows, width);
        if (!dX.IsEmpty) Elementwise.Axpy(cpu, 1, dY[..(rows * width)], dX[..(rows * width)]);
        fixed (float* pGate = gate, pBranch = branch, pdY = dY, pdGate = dGate, pdBranch = dBranch)
        {
            Chunks gates = new(pGate, rowsPerSample, gateStride), dGates = new(pdGate, rowsPerSample, gateStride);
            // Whole rows only: two threads that write to the two halves of a row take its cache lines from each other.
            if (!dBranch.IsEmpty && !dGate.IsEmpty && RowSum.SharesOut(cpu, RowSum.Samples(rows, rowsPerSample)))
            {
                BackwardRows body = new(pdY, gates, pBranch, dGates, pdBranch, width);
                RowSum.Run<BackwardRows, BackwardBody>(cpu, body, rows, width, rowsPerSample);
                return;
            }

            if (!dBranch.IsEmpty)
            {
                GatedRows body = new(pdBranch, gates, pdY, pdBranch, width);
                new RowMap<GatedRows, Elementwise.MultiplyAddBody>(body, width).Run(cpu, rows);
            }

            if (!dGate.IsEmpty)
            {
                ProductRows body = new(pdY, pBranch, dGates, width);
                RowSum.Run<ProductRows, Elementwise.MultiplyAddBody>(cpu, body, rows, width, rowsPerSample);
            }
        }
    }

    /// <summary>y = x + gate ⊙ branch; the branch's gradient is dBranch + gate ⊙ dY, the same.</summary>
    private readonly struct GatedRows(float* x, Chunks gate, float* branch, float* y, int width)
        : IRows<Elementwise.MultiplyAddBody>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Elementwise.MultiplyAddBody Row(int row)
        {
            long at = (long)row * width;
            return new(gate.Of(row), branch + at, x + at, y + at);
        }
    }

    private readonly struct BackwardRows(float* dY, Chunks gate, float* branch, Chunks dGate, float* dBranch, int width)
        : IRows<BackwardBody>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public BackwardBody Row(int row)
        {
            long at = (long)row * width;
            return new(dY + at, gate.Of(row), branch + at, dGate.Of(row), dBranch + at);
        }
    }

    /// <summary>dBranch += gate ⊙ dY and dGate += dY ⊙ branch, with one pass over dY: 1.3 to 1.6 times as fast as two.</summary>
    private readonly struct BackwardBody(float* dY, float* gate, float* branch, float* dGate, float* dBranch) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V gradient = lanes.Load<V, S>(dY + i);
            V toBranch = S.MultiplyAdd(lanes.Load<V, S>(gate + i), gradient, lanes.Load<V, S>(dBranch + i));
            V toGate = S.MultiplyAdd(gradient, lanes.Load<V, S>(branch + i), lanes.Load<V, S>(dGate + i));
            lanes.Store<V, S>(toBranch, dBranch + i);
            lanes.Store<V, S>(toGate, dGate + i);
        }
    }

    private readonly struct ProductRows(float* dY, float* branch, Chunks dGate, int width)
        : IRows<Elementwise.MultiplyAddBody>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Elementwise.MultiplyAddBody Row(int row)
        {
            long at = (long)row * width;
            return new(dY + at, branch + at, dGate.Of(row), dGate.Of(row));
        }
    }
}
