// Mean squared error per sample, spelled out:  perSample_n = w_n · mean_j (p_nj − t_nj)²

namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.MeanSquaredError"/> in double.</summary>
public static class MeanSquaredError
{
    /// <inheritdoc cref="Kernels.MeanSquaredError.Forward"/>
    public static void Forward(
        ReadOnlySpan<double> prediction, ReadOnlySpan<double> target, ReadOnlySpan<double> weights,
        int samples, int size, Span<double> perSample)
    {
        for (int n = 0; n < samples; n++)
        {
            double sum = 0;
            for (int i = n * size; i < (n + 1) * size; i++)
            {
                sum += (prediction[i] - target[i]) * (prediction[i] - target[i]);
            }

            perSample[n] = (weights.IsEmpty ? 1 : weights[n]) * sum / size;
        }
    }

    /// <inheritdoc cref="Kernels.MeanSquaredError.Backward"/>
    public static void Backward(
        ReadOnlySpan<double> prediction, ReadOnlySpan<double> target, ReadOnlySpan<double> weights,
        int samples, int size, double scale, Span<double> dPrediction)
    {
        for (int i = 0; i < samples * size; i++)
        {
            double weight = weights.IsEmpty ? 1 : weights[i / size];
            dPrediction[i] += scale * weight * 2 * (prediction[i] - target[i]) / size;
        }
    }
}
