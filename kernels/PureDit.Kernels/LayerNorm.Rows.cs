// The row kernels of layer normalisation; formulas in LayerNorm.cs.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static unsafe partial class LayerNorm
{
    private readonly struct ForwardRows(
        float* x, Chunks shift, Chunks scale, int width, float epsilon, float* y, float* mean, float* inverseStd) : IKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void IKernel.Run<V, S>(int begin, int end)
        {
            for (int row = begin; row < end; row++)
            {
                float* values = x + ((long)row * width);
                float mu = VectorLoop.Sum<V, S, Reductions.ValueTerm>(new(values), 0, width) / width;
                float variance = VectorLoop.Sum<V, S, DeviationTerm>(new(values, mu), 0, width) / width;
                Normalised normalised = new(values, mu, 1 / MathF.Sqrt(variance + epsilon));
                VectorLoop.ForEach<V, S, ForwardBody>(
                    new(normalised, shift.Of(row), scale.Of(row), y + ((long)row * width)), 0, width);
                mean[row] = normalised.Mean;
                inverseStd[row] = normalised.InverseStd;
            }
        }
    }

    /// <summary>(x − μ)², with the mean of a first pass.</summary>
    private readonly struct DeviationTerm(float* x, float mean) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Take<V, S, L>(V partial, int i, L lanes)
            where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V deviation = S.Subtract(lanes.Load<V, S>(x + i), S.Broadcast(mean));
            return S.MultiplyAdd(deviation, deviation, partial);
        }
    }

    /// <summary>One row's x̂ = (x − μ)·s.</summary>
    private readonly struct Normalised(float* x, float mean, float inverseStd)
    {
        public float Mean => mean;

        public float InverseStd => inverseStd;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            S.Multiply(S.Subtract(lanes.Load<V, S>(x + i), S.Broadcast(mean)), S.Broadcast(inverseStd));
    }

    /// <summary>Each row's x̂, of the statistics that the forward pass saved.</summary>
    private readonly struct Statistics(float* x, float* mean, float* inverseStd, int width)
    {
        public Normalised Row(int row) => new(x + ((long)row * width), mean[row], inverseStd[row]);
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

    // [doc:layernorm-backward]
    private readonly struct BackwardRows(Statistics statistics, Chunks scale, float* dY, int width, float* dX) : IKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void IKernel.Run<V, S>(int begin, int end)
        {
            for (int row = begin; row < end; row++)
            {
                Normalised normalised = statistics.Row(row);
                Unscaled g = new(dY + ((long)row * width), scale.Of(row));
                float meanG = VectorLoop.Sum<V, S, GTerm>(new(g), 0, width) / width;
                float meanGX = VectorLoop.Sum<V, S, GXTerm>(new(g, normalised), 0, width) / width;
                VectorLoop.ForEach<V, S, BackwardBody>(
                    new(g, normalised, meanG, meanGX, dX + ((long)row * width)), 0, width);
            }
        }
    }

    /// <summary>dX += s·(g − mean g − x̂·mean(g·x̂)).</summary>
    private readonly struct BackwardBody(Unscaled g, Normalised normalised, float meanG, float meanGX, float* dX) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V centred = S.Subtract(g.At<V, S, L>(i, lanes), S.Broadcast(meanG));
            V slope = S.MultiplyAdd(S.Broadcast(-meanGX), normalised.At<V, S, L>(i, lanes), centred);
            V sum = S.MultiplyAdd(S.Broadcast(normalised.InverseStd), slope, lanes.Load<V, S>(dX + i));
            lanes.Store<V, S>(sum, dX + i);
        }
    }
    // [/doc:layernorm-backward]

    /// <summary>One row's g = dY·(1 + scale): the gradient with respect to x̂.</summary>
    private readonly struct Unscaled(float* dY, float* scale)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V gradient = lanes.Load<V, S>(dY + i);
            return scale == null
                ? gradient
                : S.Multiply(gradient, S.Add(S.Broadcast(1f), lanes.Load<V, S>(scale + i)));
        }
    }

    private readonly struct GTerm(Unscaled g) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Take<V, S, L>(V partial, int i, L lanes)
            where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            S.Add(partial, g.At<V, S, L>(i, lanes));
    }

    private readonly struct GXTerm(Unscaled g, Normalised normalised) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Take<V, S, L>(V partial, int i, L lanes)
            where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            S.MultiplyAdd(g.At<V, S, L>(i, lanes), normalised.At<V, S, L>(i, lanes), partial);
    }

    private readonly struct ScaleRows(Statistics statistics, float* dY, Chunks dScale, int width) : IRows<ScaleBody>
    {
        public ScaleBody Row(int row) => new(statistics.Row(row), dY + ((long)row * width), dScale.Of(row));
    }

    /// <summary>dScale += dY·x̂.</summary>
    private readonly struct ScaleBody(Normalised normalised, float* dY, float* dScale) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V gradient = lanes.Load<V, S>(dY + i);
            V sum = S.MultiplyAdd(gradient, normalised.At<V, S, L>(i, lanes), lanes.Load<V, S>(dScale + i));
            lanes.Store<V, S>(sum, dScale + i);
        }
    }
}
