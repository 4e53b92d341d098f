// The sample kernels of group normalisation; formulas in GroupNorm.cs. Each sample has a few vectors of channels to
// work in, into which its groups' statistics are spread, so that every loop runs over whole rows of channels.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static unsafe partial class GroupNorm
{
    private readonly struct ForwardSamples(
        float* x, Chunks shift, Chunks scale, GroupNormShape shape, float epsilon, float* y, float* mean, float* inverseStd, float* work) : IKernel
    {
        public const int Vectors = 2;

        [MethodImpl(Jit.KernelBody)]
        void IKernel.Run<V, S>(int begin, int end)
        {
            int channels = shape.Channels, groups = shape.Groups, size = channels / groups;
            float count = (float)size * shape.Frames;
            for (int n = begin; n < end; n++)
            {
                float* values = x + ((long)n * shape.Frames * channels), to = y + ((long)n * shape.Frames * channels);
                float* centre = work + ((long)n * Vectors * channels), sums = centre + channels;
                // From the group's first value on: exact for constant groups, and no digits are lost where μ is large against σ.
                for (int c = 0; c < channels; c++) (centre[c], sums[c]) = (values[c / size * size], 0);
                for (int t = 0; t < shape.Frames; t++)
                {
                    VectorLoop.ForEach<V, S, OffsetBody>(new(values + ((long)t * channels), centre, sums), 0, channels);
                }

                for (int g = 0; g < groups; g++)
                {
                    float mu = centre[g * size] + (Total(sums + (g * size), size) / count);
                    mean[((long)n * groups) + g] = mu;
                    for (int c = g * size; c < (g + 1) * size; c++) (centre[c], sums[c]) = (mu, 0);
                }

                for (int t = 0; t < shape.Frames; t++)
                {
                    VectorLoop.ForEach<V, S, DeviationBody>(new(values + ((long)t * channels), centre, sums), 0, channels);
                }

                for (int g = 0; g < groups; g++)
                {
                    float s = 1 / MathF.Sqrt((Total(sums + (g * size), size) / count) + epsilon);
                    inverseStd[((long)n * groups) + g] = s;
                    new Span<float>(sums + (g * size), size).Fill(s);
                }

                for (int t = 0; t < shape.Frames; t++)
                {
                    long at = (long)t * channels;
                    VectorLoop.ForEach<V, S, ForwardBody>(new(new(values + at, centre, sums), shift.Of(n), scale.Of(n), to + at), 0, channels);
                }
            }
        }
    }

    private readonly struct BackwardSamples(
        float* x, Chunks scale, float* mean, float* inverseStd, float* dY, GroupNormShape shape,
        float* dX, float* shiftSums, float* scaleSums, float* work) : IKernel
    {
        public const int Vectors = 4;

        [MethodImpl(Jit.KernelBody)]
        void IKernel.Run<V, S>(int begin, int end)
        {
            int channels = shape.Channels, groups = shape.Groups, size = channels / groups;
            float count = (float)size * shape.Frames;
            for (int n = begin; n < end; n++)
            {
                long sample = (long)n * shape.Frames * channels, row = (long)n * channels;
                float* centre = work + (row * Vectors), std = centre + channels, meanG = std + channels, meanGX = meanG + channels;
                float* shifts = shiftSums + row, scales = scaleSums + row, factor = scale.Of(n);
                for (int c = 0; c < channels; c++)
                {
                    long group = ((long)n * groups) + (c / size);
                    (centre[c], std[c], shifts[c], scales[c]) = (mean[group], inverseStd[group], 0, 0);
                }

                for (int t = 0; t < shape.Frames; t++)
                {
                    long at = sample + ((long)t * channels);
                    VectorLoop.ForEach<V, S, SumsBody>(new(new(x + at, centre, std), dY + at, shifts, scales), 0, channels);
                }

                if (dX == null) continue;
                for (int g = 0; g < groups; g++)
                {
                    double sum = 0, sumX = 0; // of g and g·x̂: a channel's factor is the same in all its frames
                    for (int c = g * size; c < (g + 1) * size; c++)
                    {
                        double scaled = factor == null ? 1 : 1 + (double)factor[c];
                        sum += scaled * shifts[c];
                        sumX += scaled * scales[c];
                    }

                    new Span<float>(meanG + (g * size), size).Fill((float)(sum / count));
                    new Span<float>(meanGX + (g * size), size).Fill((float)(sumX / count));
                }

                for (int t = 0; t < shape.Frames; t++)
                {
                    long at = sample + ((long)t * channels);
                    VectorLoop.ForEach<V, S, BackwardBody>(new(new(x + at, centre, std), factor, dY + at, meanG, meanGX, dX + at), 0, channels);
                }
            }
        }
    }

    private static float Total(float* sums, int count)
    {
        double total = 0;
        for (int i = 0; i < count; i++) total += sums[i];
        return (float)total;
    }

    /// <summary>sum += x − centre.</summary>
    private readonly struct OffsetBody(float* x, float* centre, float* sum) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V offset = S.Subtract(lanes.Load<V, S>(x + i), lanes.Load<V, S>(centre + i));
            lanes.Store<V, S>(S.Add(lanes.Load<V, S>(sum + i), offset), sum + i);
        }
    }

    /// <summary>sum += (x − centre)².</summary>
    private readonly struct DeviationBody(float* x, float* centre, float* sum) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V deviation = S.Subtract(lanes.Load<V, S>(x + i), lanes.Load<V, S>(centre + i));
            lanes.Store<V, S>(S.MultiplyAdd(deviation, deviation, lanes.Load<V, S>(sum + i)), sum + i);
        }
    }

    /// <summary>A row's x̂.</summary>
    private readonly struct Normalised(float* x, float* mean, float* inverseStd)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            S.Multiply(S.Subtract(lanes.Load<V, S>(x + i), lanes.Load<V, S>(mean + i)), Std<V, S, L>(i, lanes));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Std<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            lanes.Load<V, S>(inverseStd + i);
    }

    private readonly struct ForwardBody(Normalised normalised, float* shift, float* scale, float* y) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V value = normalised.At<V, S, L>(i, lanes);
            if (scale != null) value = S.Multiply(value, S.Add(S.Broadcast(1f), lanes.Load<V, S>(scale + i)));
            if (shift != null) value = S.Add(value, lanes.Load<V, S>(shift + i));
            lanes.Store<V, S>(value, y + i);
        }
    }

    /// <summary>A row's share of Σ dY and Σ dY·x̂.</summary>
    private readonly struct SumsBody(Normalised normalised, float* dY, float* shifts, float* scales) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V gradient = lanes.Load<V, S>(dY + i);
            lanes.Store<V, S>(S.Add(lanes.Load<V, S>(shifts + i), gradient), shifts + i);
            lanes.Store<V, S>(S.MultiplyAdd(gradient, normalised.At<V, S, L>(i, lanes), lanes.Load<V, S>(scales + i)), scales + i);
        }
    }

    /// <summary>dX += s·(g − mean g − x̂·mean(g·x̂)).</summary>
    private readonly struct BackwardBody(Normalised normalised, float* scale, float* dY, float* meanG, float* meanGX, float* dX) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V g = lanes.Load<V, S>(dY + i);
            if (scale != null) g = S.Multiply(g, S.Add(S.Broadcast(1f), lanes.Load<V, S>(scale + i)));
            V along = S.Multiply(lanes.Load<V, S>(meanGX + i), normalised.At<V, S, L>(i, lanes));
            V slope = S.Subtract(S.Subtract(g, lanes.Load<V, S>(meanG + i)), along);
            lanes.Store<V, S>(S.MultiplyAdd(normalised.Std<V, S, L>(i, lanes), slope, lanes.Load<V, S>(dX + i)), dX + i);
        }
    }
}
