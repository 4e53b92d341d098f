// Mean squared error of each sample, with an optional weight per sample:
//   perSample_n = w_n · mean_j (p_nj − t_nj)²
//   backward of  L = scale · Σ_n perSample_n :   dP_nj += scale · w_n · 2·(p_nj − t_nj) / size
//   prediction, target : [samples, size].        Twin: Reference/MeanSquaredError.cs
// The losses stay apart per sample, so that a training run can log them by noise level.

using PureDit.Kernels.Reference;

namespace PureDit.Kernels;

/// <summary>Squared error between a prediction and its target, averaged over each sample, and its gradient.</summary>
public static class MeanSquaredError
{
    /// <summary>Writes each sample's weighted mean squared error.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="prediction">[samples, size].</param>
    /// <param name="target">[samples, size].</param>
    /// <param name="weights">[samples]; empty = all 1.</param>
    /// <param name="samples">Number of samples.</param>
    /// <param name="size">Number of values in a sample; at least 1.</param>
    /// <param name="perSample">[samples], overwritten.</param>
    /// <exception cref="ArgumentException">A span is too short, or the size below 1.</exception>
    public static void Forward(
        Cpu cpu, ReadOnlySpan<float> prediction, ReadOnlySpan<float> target, ReadOnlySpan<float> weights,
        int samples, int size, Span<double> perSample)
    {
        Guard.Positive(size);
        Guard.Matrix(prediction, samples, size);
        Guard.Matrix(target, samples, size);
        if (!weights.IsEmpty) Guard.Length(weights, samples);
        Guard.Length<double>(perSample, samples);
        Reference.MeanSquaredError.Forward(
            Bridge.Wide(prediction), Bridge.Wide(target), Bridge.Wide(weights), samples, size, perSample);
    }

    /// <summary>Adds the gradient of scale · Σ perSample with respect to the prediction.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="prediction">[samples, size].</param>
    /// <param name="target">[samples, size].</param>
    /// <param name="weights">[samples]; empty = all 1.</param>
    /// <param name="samples">Number of samples.</param>
    /// <param name="size">Number of values in a sample; at least 1.</param>
    /// <param name="scale">Factor of the sum; 1/samples for the mean over the batch.</param>
    /// <param name="dPrediction">[samples, size], accumulated.</param>
    /// <exception cref="ArgumentException">A span is too short, or the size below 1.</exception>
    public static void Backward(
        Cpu cpu, ReadOnlySpan<float> prediction, ReadOnlySpan<float> target, ReadOnlySpan<float> weights,
        int samples, int size, float scale, Span<float> dPrediction)
    {
        Guard.Positive(size);
        Guard.Matrix(prediction, samples, size);
        Guard.Matrix(target, samples, size);
        if (!weights.IsEmpty) Guard.Length(weights, samples);
        Guard.Matrix<float>(dPrediction, samples, size);
        double[] result = Bridge.Wide(dPrediction);
        Reference.MeanSquaredError.Backward(
            Bridge.Wide(prediction), Bridge.Wide(target), Bridge.Wide(weights), samples, size, scale, result);
        Bridge.Narrow(result, dPrediction);
    }
}
