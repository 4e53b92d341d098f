// Windows of frames as rows, so that a 1-D convolution is a linear layer of them (im2col; Chellapilla et al. 2006):
//   y[n, w, j, :] = x[n, w·stride − padding + j, :],   0 where that is before the first frame or after the last
//   backward, the sum over all windows that saw a frame:   dX[n, s, :] += Σ_j dY[n, (s + padding − j)/stride, j, :]
//
//   x, dX : [samples, frames, channels];   y, dY : [samples, windows, size, channels].        Twin: Reference/Unfold.cs
// Channels lie together, so a window is one contiguous copy. A frame's gradient is one chain over j in order.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Cuts sequences into windows, and sums gradients of windows back into frames.</summary>
public static unsafe class Unfold
{
    /// <summary>Writes the windows.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">[samples, frames, channels].</param>
    /// <param name="shape">The windows.</param>
    /// <param name="y">[samples, windows, size, channels], overwritten.</param>
    /// <exception cref="ArgumentException">A span is too short, or a size out of range.</exception>
    public static void Forward(Cpu cpu, ReadOnlySpan<float> x, WindowShape shape, Span<float> y)
    {
        shape.Check();
        Guard.Matrix(x, checked(shape.Samples * shape.Frames), shape.Channels);
        int rows = checked(shape.Samples * shape.Windows);
        Guard.Matrix<float>(y, rows, shape.Width);
        fixed (float* px = x, py = y) cpu.Run(rows, Grain.Rows(Grain.Light, shape.Width), new ForwardRows(px, shape, py));
    }

    /// <summary>Adds each window's gradient to the frames that it saw.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="dY">Gradient with respect to the windows, [samples, windows, size, channels].</param>
    /// <param name="shape">The windows.</param>
    /// <param name="dX">[samples, frames, channels], accumulated.</param>
    /// <exception cref="ArgumentException">A span is too short, or a size out of range.</exception>
    public static void Backward(Cpu cpu, ReadOnlySpan<float> dY, WindowShape shape, Span<float> dX)
    {
        shape.Check();
        Guard.Matrix(dY, checked(shape.Samples * shape.Windows), shape.Width);
        int rows = checked(shape.Samples * shape.Frames);
        Guard.Matrix<float>(dX, rows, shape.Channels);
        fixed (float* pdY = dY, pdX = dX) cpu.Run(rows, Grain.Rows(Grain.Light, shape.Width), new BackwardRows(pdY, shape, pdX));
    }

    private readonly struct ForwardRows(float* x, WindowShape shape, float* y) : IKernel
    {
        [MethodImpl(Jit.KernelBody)]
        void IKernel.Run<V, S>(int begin, int end)
        {
            int channels = shape.Channels, windows = shape.Windows;
            for (int row = begin; row < end; row++)
            {
                long first = ((long)(row % windows) * shape.Stride) - shape.Padding;
                int before = (int)Math.Clamp(-first, 0, shape.Size); // frames of the window before the sequence
                int inside = (int)Math.Clamp(shape.Frames - Math.Max(0, first), 0, shape.Size - before);
                Span<float> window = new(y + ((long)row * shape.Width), shape.Width);
                window[..(before * channels)].Clear();
                if (inside > 0)
                {
                    float* from = x + ((((long)(row / windows) * shape.Frames) + first + before) * channels);
                    new ReadOnlySpan<float>(from, inside * channels).CopyTo(window[(before * channels)..]);
                }

                window[((before + inside) * channels)..].Clear();
            }
        }
    }

    private readonly struct BackwardRows(float* dY, WindowShape shape, float* dX) : IKernel
    {
        [MethodImpl(Jit.KernelBody)]
        void IKernel.Run<V, S>(int begin, int end)
        {
            int channels = shape.Channels, windows = shape.Windows;
            for (int row = begin; row < end; row++)
            {
                float* to = dX + ((long)row * channels);
                long sample = row / shape.Frames * (long)windows;
                for (int j = 0; j < shape.Size; j++)
                {
                    long place = (long)(row % shape.Frames) + shape.Padding - j;
                    if (place < 0 || place % shape.Stride != 0 || place / shape.Stride >= windows) continue;
                    float* from = dY + ((((sample + (place / shape.Stride)) * shape.Size) + j) * channels);
                    VectorLoop.ForEach<V, S, Elementwise.AddBody>(new(to, from, to), 0, channels);
                }
            }
        }
    }
}
