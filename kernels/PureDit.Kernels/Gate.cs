// The gated residual connection of adaLN-Zero (DiT, Peebles and Xie 2023, section 3.2):  y = x + gate ⊙ branch
//   x, branch, y : [rows, width];  gate : one chunk of width columns per sample, inside a matrix of row stride gateStride.
//   backward:  dX += dY,  dBranch += gate ⊙ dY,  dGate += Σ dY ⊙ branch (over the rows of a sample).
//   Twin: Reference/Gate.cs

using PureDit.Kernels.Reference;

namespace PureDit.Kernels;

/// <summary>Adds a branch times a gate per sample to a residual stream, and the gradient of that.</summary>
public static class Gate
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
        double[] result = Bridge.Wide(y);
        Reference.Gate.Forward(
            Bridge.Wide(x), Bridge.Wide(gate), Bridge.Wide(branch), rows, width, rowsPerSample, gateStride, result);
        Bridge.Narrow(result, y);
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
        double[] dX64 = Bridge.Wide(dX), dGate64 = Bridge.Wide(dGate), dBranch64 = Bridge.Wide(dBranch);
        Reference.Gate.Backward(
            Bridge.Wide(gate), Bridge.Wide(branch), Bridge.Wide(dY), rows, width, rowsPerSample, gateStride,
            dX64, dGate64, dBranch64);
        Bridge.Narrow(dX64, dX);
        Bridge.Narrow(dGate64, dGate);
        Bridge.Narrow(dBranch64, dBranch);
    }
}
