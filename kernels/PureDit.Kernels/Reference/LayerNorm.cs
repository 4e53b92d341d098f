// Layer normalisation with the modulation of adaLN, spelled out:
//   μ = mean x,  s = 1/√(mean (x − μ)² + ε),  x̂ = (x − μ)·s,  y = x̂·(1 + scale) + shift      (per row)
// Backward, with g = dY·(1 + scale):
//   dX += s·(g − mean g − x̂·mean(g·x̂)),   dShift += Σ dY,   dScale += Σ dY·x̂      (sums over the rows of a sample)

namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.LayerNorm"/> in double.</summary>
public static class LayerNorm
{
    // [doc:layernorm-reference]
    /// <inheritdoc cref="Kernels.LayerNorm.Forward"/>
    public static void Forward(
        ReadOnlySpan<double> x, ReadOnlySpan<double> shift, ReadOnlySpan<double> scale,
        int rows, int width, int rowsPerSample, int modulationStride, double epsilon,
        Span<double> y, Span<double> mean, Span<double> inverseStd)
    {
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<double> values = x.Slice(row * width, width);
            int chunk = row / rowsPerSample * modulationStride;

            double sum = 0, squares = 0;
            foreach (double value in values) sum += value;
            mean[row] = sum / width;
            foreach (double value in values) squares += (value - mean[row]) * (value - mean[row]);
            inverseStd[row] = 1 / Math.Sqrt((squares / width) + epsilon);

            for (int i = 0; i < width; i++)
            {
                double normalised = (values[i] - mean[row]) * inverseStd[row];
                double factor = scale.IsEmpty ? 1 : 1 + scale[chunk + i];
                y[(row * width) + i] = (normalised * factor) + (shift.IsEmpty ? 0 : shift[chunk + i]);
            }
        }
    }
    // [/doc:layernorm-reference]

    /// <inheritdoc cref="Kernels.LayerNorm.Backward"/>
    public static void Backward(
        ReadOnlySpan<double> x, ReadOnlySpan<double> scale, ReadOnlySpan<double> mean, ReadOnlySpan<double> inverseStd,
        ReadOnlySpan<double> dY, int rows, int width, int rowsPerSample, int modulationStride,
        Span<double> dX, Span<double> dShift, Span<double> dScale)
    {
        for (int row = 0; row < rows; row++)
        {
            int start = row * width, chunk = row / rowsPerSample * modulationStride;
            double meanG = 0, meanGX = 0;
            for (int i = 0; i < width; i++)
            {
                double normalised = (x[start + i] - mean[row]) * inverseStd[row];
                double g = dY[start + i] * (scale.IsEmpty ? 1 : 1 + scale[chunk + i]);
                meanG += g / width;
                meanGX += g * normalised / width;
                if (!dShift.IsEmpty) dShift[chunk + i] += dY[start + i];
                if (!dScale.IsEmpty) dScale[chunk + i] += dY[start + i] * normalised;
            }

            if (dX.IsEmpty) continue;
            for (int i = 0; i < width; i++)
            {
                double normalised = (x[start + i] - mean[row]) * inverseStd[row];
                double g = dY[start + i] * (scale.IsEmpty ? 1 : 1 + scale[chunk + i]);
                dX[start + i] += inverseStd[row] * (g - meanG - (normalised * meanGX));
            }
        }
    }
}
