// Softmax over the columns of each row:  y_i = e^{x_i − m} / Σ_j e^{x_j − m},  m = max_j x_j
//   x, y, dY, dX : [rows, columns], row-major.        Twin: Reference/Softmax.cs
//   backward:  dX_i += y_i·(dY_i − Σ_j dY_j·y_j), which needs y only, not x.

using PureDit.Kernels.Reference;

namespace PureDit.Kernels;

/// <summary>Softmax of the rows of a matrix, and its gradient.</summary>
public static class Softmax
{
    /// <summary>Writes the softmax of each row. A row of −∞ only gives zeros; a NaN or +∞ gives a row of NaN.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">[rows, columns].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="y">[rows, columns], overwritten; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">A span is shorter than rows × columns.</exception>
    public static void Forward(Cpu cpu, ReadOnlySpan<float> x, int rows, int columns, Span<float> y)
    {
        Guard.Matrix(x, rows, columns);
        Guard.Matrix<float>(y, rows, columns);
        double[] result = Bridge.Wide(y);
        Reference.Softmax.Forward(Bridge.Wide(x), rows, columns, result);
        Bridge.Narrow(result, y);
    }

    /// <summary>Adds the gradient with respect to the softmax's input to <paramref name="dX"/>.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="y">What <see cref="Forward"/> wrote, [rows, columns].</param>
    /// <param name="dY">Gradient with respect to <paramref name="y"/>, [rows, columns].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="dX">[rows, columns], accumulated.</param>
    /// <exception cref="ArgumentException">A span is shorter than rows × columns.</exception>
    public static void Backward(
        Cpu cpu, ReadOnlySpan<float> y, ReadOnlySpan<float> dY, int rows, int columns, Span<float> dX)
    {
        Guard.Matrix(y, rows, columns);
        Guard.Matrix(dY, rows, columns);
        Guard.Matrix<float>(dX, rows, columns);
        double[] result = Bridge.Wide(dX);
        Reference.Softmax.Backward(Bridge.Wide(y), Bridge.Wide(dY), rows, columns, result);
        Bridge.Narrow(result, dX);
    }
}
