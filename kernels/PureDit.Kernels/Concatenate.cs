// Channels of two matrices side by side:  z[i, :] = (x[i, :], y[i, :]);   dX and dY += their columns of dZ.
//   x : [rows, xWidth];   y : [rows, yWidth];   z : [rows, xWidth + yWidth].       Twin: Reference/Concatenate.cs

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Joins rows of two matrices, and shares out the gradient.</summary>
public static unsafe class Concatenate
{
    /// <summary>Writes the rows of x, each followed by that of y.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">[rows, xWidth].</param>
    /// <param name="y">[rows, yWidth].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="xWidth">Columns of x.</param>
    /// <param name="yWidth">Columns of y.</param>
    /// <param name="z">[rows, xWidth + yWidth], overwritten.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static void Forward(
        Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> y, int rows, int xWidth, int yWidth, Span<float> z)
    {
        Guard.Matrix(x, rows, xWidth);
        Guard.Matrix(y, rows, yWidth);
        int width = checked(xWidth + yWidth);
        Guard.Matrix<float>(z, rows, width);
        fixed (float* px = x, py = y, pz = z)
        {
            cpu.Run(rows, Grain.Rows(Grain.Light, width), new ForwardRows(px, py, xWidth, yWidth, pz));
        }
    }

    /// <summary>Adds the columns of dZ to the gradients of x and y; an empty destination is passed over.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="dZ">Gradient with respect to the output, [rows, xWidth + yWidth].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="xWidth">Columns of x.</param>
    /// <param name="yWidth">Columns of y.</param>
    /// <param name="dX">[rows, xWidth], accumulated; or empty.</param>
    /// <param name="dY">[rows, yWidth], accumulated; or empty.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static void Backward(
        Cpu cpu, ReadOnlySpan<float> dZ, int rows, int xWidth, int yWidth, Span<float> dX, Span<float> dY)
    {
        int width = checked(xWidth + yWidth);
        Guard.Matrix(dZ, rows, width);
        if (!dX.IsEmpty) Guard.Matrix<float>(dX, rows, xWidth);
        if (!dY.IsEmpty) Guard.Matrix<float>(dY, rows, yWidth);
        fixed (float* pdZ = dZ, pdX = dX, pdY = dY)
        {
            if (!dX.IsEmpty) new RowMap<AddedRows, Elementwise.AddBody>(new(pdZ, width, xWidth, pdX), xWidth).Run(cpu, rows);
            if (!dY.IsEmpty) new RowMap<AddedRows, Elementwise.AddBody>(new(pdZ + xWidth, width, yWidth, pdY), yWidth).Run(cpu, rows);
        }
    }

    private readonly struct ForwardRows(float* x, float* y, int xWidth, int yWidth, float* z) : IKernel
    {
        [MethodImpl(Jit.KernelBody)]
        void IKernel.Run<V, S>(int begin, int end)
        {
            for (int row = begin; row < end; row++)
            {
                float* to = z + ((long)row * (xWidth + yWidth));
                new ReadOnlySpan<float>(x + ((long)row * xWidth), xWidth).CopyTo(new Span<float>(to, xWidth));
                new ReadOnlySpan<float>(y + ((long)row * yWidth), yWidth).CopyTo(new Span<float>(to + xWidth, yWidth));
            }
        }
    }

    private readonly struct AddedRows(float* from, int stride, int width, float* to) : IRows<Elementwise.AddBody>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Elementwise.AddBody Row(int row)
        {
            float* sums = to + ((long)row * width);
            return new(sums, from + ((long)row * stride), sums);
        }
    }
}
