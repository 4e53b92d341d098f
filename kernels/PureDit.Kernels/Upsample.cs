// Nearest-neighbour up-sampling of frames:  y[i·factor + j, :] = x[i, :] for j < factor;   dX[i, :] += Σ_j dY[i·factor + j, :].
//   x, dX : [rows, width];   y, dY : [rows·factor, width].  Rows of several sequences may follow one another.
//   Twin: Reference/Upsample.cs

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Repeats every row, and sums the gradients of the repetitions.</summary>
public static unsafe class Upsample
{
    /// <summary>Writes every row <paramref name="factor"/> times.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">[rows, width].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Number of columns.</param>
    /// <param name="factor">Repetitions; at least 1.</param>
    /// <param name="y">[rows·factor, width], overwritten.</param>
    /// <exception cref="ArgumentException">A span is too short, or the factor below 1.</exception>
    public static void Forward(Cpu cpu, ReadOnlySpan<float> x, int rows, int width, int factor, Span<float> y)
    {
        Guard.Positive(factor);
        Guard.Matrix(x, rows, width);
        Guard.Matrix<float>(y, checked(rows * factor), width);
        fixed (float* px = x, py = y) cpu.Run(rows, Grain.Rows(Grain.Light, width) / factor, new ForwardRows(px, width, factor, py));
    }

    /// <summary>Adds the gradients of a row's repetitions, in order.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="dY">Gradient with respect to the output, [rows·factor, width].</param>
    /// <param name="rows">Number of rows of the input.</param>
    /// <param name="width">Number of columns.</param>
    /// <param name="factor">Repetitions; at least 1.</param>
    /// <param name="dX">[rows, width], accumulated.</param>
    /// <exception cref="ArgumentException">A span is too short, or the factor below 1.</exception>
    public static void Backward(Cpu cpu, ReadOnlySpan<float> dY, int rows, int width, int factor, Span<float> dX)
    {
        Guard.Positive(factor);
        int repeated = checked(rows * factor);
        Guard.Matrix(dY, repeated, width);
        Guard.Matrix<float>(dX, rows, width);
        fixed (float* pdY = dY, pdX = dX)
        {
            Rows.SummedRows body = new(pdY, new Chunks(pdX, factor, width), width);
            RowSum.Run<Rows.SummedRows, Elementwise.AddBody>(cpu, body, repeated, width, factor);
        }
    }

    private readonly struct ForwardRows(float* x, int width, int factor, float* y) : IKernel
    {
        [MethodImpl(Jit.KernelBody)]
        void IKernel.Run<V, S>(int begin, int end)
        {
            for (int row = begin; row < end; row++)
            {
                ReadOnlySpan<float> from = new(x + ((long)row * width), width);
                float* to = y + ((long)row * factor * width);
                for (int j = 0; j < factor; j++) from.CopyTo(new Span<float>(to + ((long)j * width), width));
            }
        }
    }
}
