// The softmax of each row, spelled out: y_i = e^{x_i − m} / Σ_j e^{x_j − m} with m = max_j x_j.
// dX_i += y_i·(dY_i − Σ_j dY_j·y_j).

namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.Softmax"/> in double: the text to read first, and the oracle of tests.</summary>
public static class Softmax
{
    // [doc:softmax-reference]
    /// <inheritdoc cref="Kernels.Softmax.Forward"/>
    public static void Forward(ReadOnlySpan<double> x, int rows, int columns, Span<double> y)
    {
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<double> from = x.Slice(row * columns, columns);
            Span<double> to = y.Slice(row * columns, columns);

            double max = double.NegativeInfinity;
            foreach (double value in from) max = Math.Max(max, value);

            double sum = 0;
            for (int i = 0; i < columns; i++)
            {
                to[i] = max == double.NegativeInfinity ? 0 : Math.Exp(from[i] - max);
                sum += to[i];
            }

            for (int i = 0; i < columns; i++) to[i] = sum == 0 ? 0 : to[i] / sum;
        }
    }
    // [/doc:softmax-reference]

    /// <inheritdoc cref="Kernels.Softmax.Backward"/>
    public static void Backward(
        ReadOnlySpan<double> y, ReadOnlySpan<double> dY, int rows, int columns, Span<double> dX)
    {
        for (int row = 0; row < rows; row++)
        {
            int start = row * columns;
            double dot = 0;
            for (int i = start; i < start + columns; i++) dot += dY[i] * y[i];
            for (int i = start; i < start + columns; i++) dX[i] += y[i] * (dY[i] - dot);
        }
    }
}
