// Softmax over the columns of each row:  y_i = e^{x_i − m} / Σ_j e^{x_j − m},  m = max_j x_j
//   x, y, dY, dX : [rows, columns], row-major.        Twin: Reference/Softmax.cs
//   backward:  dX_i += y_i·(dY_i − Σ_j dY_j·y_j), which needs y only, not x.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Softmax of the rows of a matrix, and its gradient.</summary>
public static unsafe class Softmax
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
        fixed (float* px = x, py = y) cpu.Run(rows, Grain.Rows(Grain.Heavy, columns), new ForwardRows(px, py, columns));
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
        fixed (float* py = y, pdY = dY, pdX = dX)
        {
            cpu.Run(rows, Grain.Rows(Grain.Light, columns), new BackwardRows(py, pdY, pdX, columns));
        }
    }

    // [doc:softmax-rows]
    private readonly struct ForwardRows(float* x, float* y, int columns) : IKernel
    {
        [MethodImpl(Jit.KernelBody)]
        public void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int row = begin; row < end; row++)
            {
                float* from = x + ((long)row * columns), to = y + ((long)row * columns);
                float max = VectorLoop.Max<V, S, Reductions.MaxTerm>(new(from), 0, columns);
                if (max == float.NegativeInfinity) max = 0; // −∞ − (−∞) is NaN; as it is, the row is all e^−∞ = 0
                float sum = VectorLoop.Sum<V, S, ExpTerm>(new(from, max, to), 0, columns);
                float factor = sum == 0 ? 0 : 1 / sum;
                VectorLoop.ForEach<V, S, Elementwise.ScaleBody>(new(to, factor, to), 0, columns);
            }
        }
    }

    /// <summary>Writes e^{x − max}, and sums what it writes.</summary>
    internal readonly struct ExpTerm(float* x, float max, float* y) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Take<V, S, L>(V partial, int i, L lanes)
            where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V e = SimdMath.ExpOfNegative<V, S>(S.Subtract(lanes.Load<V, S>(x + i), S.Broadcast(max)));
            lanes.Store<V, S>(e, y + i);
            return S.Add(partial, e);
        }
    }
    // [/doc:softmax-rows]

    private readonly struct BackwardRows(float* y, float* dY, float* dX, int columns) : IKernel
    {
        [MethodImpl(Jit.KernelBody)]
        public void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int row = begin; row < end; row++)
            {
                float* p = y + ((long)row * columns), dP = dY + ((long)row * columns);
                float dot = VectorLoop.Sum<V, S, Reductions.ProductTerm>(new(p, dP), 0, columns);
                VectorLoop.ForEach<V, S, BackwardBody>(new(p, dP, dot, dX + ((long)row * columns)), 0, columns);
            }
        }
    }

    private readonly struct BackwardBody(float* y, float* dY, float dot, float* dX) : IBody
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes
        {
            V difference = S.Subtract(lanes.Load<V, S>(dY + i), S.Broadcast(dot));
            lanes.Store<V, S>(S.MultiplyAdd(lanes.Load<V, S>(y + i), difference, lanes.Load<V, S>(dX + i)), dX + i);
        }
    }
}
