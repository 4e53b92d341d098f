// Mean squared error of each sample, with an optional weight per sample:
//   perSample_n = w_n · mean_j (p_nj − t_nj)²
//   backward of  L = scale · Σ_n perSample_n :   dP_nj += scale · w_n · 2·(p_nj − t_nj) / size
//   prediction, target : [samples, size].        Twin: Reference/MeanSquaredError.cs
// The losses stay apart per sample, so that a training run can log them by noise level.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Squared error between a prediction and its target, averaged over each sample, and its gradient.</summary>
public static unsafe class MeanSquaredError
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
        fixed (float* p = prediction, t = target, w = weights)
        fixed (double* errors = perSample)
        {
            cpu.Run(samples, Grain.Rows(Grain.Light, size), new Samples(p, t, w, size, errors));
        }
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
        fixed (float* p = prediction, t = target, w = weights, dP = dPrediction)
        {
            new RowMap<BackwardRows, BackwardBody>(new(p, t, w, size, scale, dP), size).Run(cpu, samples);
        }
    }

    private readonly struct Samples(float* prediction, float* target, float* weights, int size, double* perSample)
        : IKernel
    {
        [MethodImpl(Jit.KernelBody)]
        void IKernel.Run<V, S>(int begin, int end)
        {
            for (int n = begin; n < end; n++)
            {
                SquaredErrorTerm term = new(prediction + ((long)n * size), target + ((long)n * size));
                double sum = Reductions.SumOfBlocks<V, S, SquaredErrorTerm>(term, 0, size);
                perSample[n] = (weights == null ? 1 : weights[n]) * sum / size;
            }
        }
    }

    private readonly struct SquaredErrorTerm(float* prediction, float* target) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Take<V, S, L>(V partial, int i, L lanes)
            where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V error = S.Subtract(lanes.Load<V, S>(prediction + i), lanes.Load<V, S>(target + i));
            return S.MultiplyAdd(error, error, partial);
        }
    }

    private readonly struct BackwardRows(
        float* prediction, float* target, float* weights, int size, double scale, float* dPrediction) : IRows<BackwardBody>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public BackwardBody Row(int row)
        {
            long at = (long)row * size;
            float slope = (float)(scale * (weights == null ? 1 : weights[row]) * 2 / size);
            return new(prediction + at, target + at, slope, dPrediction + at);
        }
    }

    private readonly struct BackwardBody(float* prediction, float* target, float slope, float* dPrediction) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V error = S.Subtract(lanes.Load<V, S>(prediction + i), lanes.Load<V, S>(target + i));
            V sum = S.MultiplyAdd(S.Broadcast(slope), error, lanes.Load<V, S>(dPrediction + i));
            lanes.Store<V, S>(sum, dPrediction + i);
        }
    }
}
