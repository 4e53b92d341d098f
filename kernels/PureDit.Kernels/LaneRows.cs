// Row operations of attention, on rows padded to 16 lanes: maximum, exponentials and their sum, the softmax gradient.
// Sums keep 16 logical lanes whatever the vector width: 16 = one vector of 16, two of 8 or four of 4.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

internal static unsafe class LaneRows
{
    private const int Lanes = 16;

    /// <summary>Largest of <paramref name="length"/> values, a multiple of 16; NaN if one is NaN.</summary>
    public static float Maximum<V, S>(float* x, int length) where V : struct where S : struct, ISimd<V>
    {
        V maximum = S.Broadcast(float.NegativeInfinity);
        for (int i = 0; i < length; i += S.Count) maximum = S.Max(maximum, S.Load(x + i));
        float* lanes = stackalloc float[Lanes];
        S.Store(maximum, lanes);
        float result = lanes[0];
        for (int i = 1; i < S.Count; i++) result = Math.Max(result, lanes[i]);
        return result;
    }

    // [doc:attention-exp-row]
    /// <summary>x_i = e^{x_i − maximum} in place; returns Σ x_i.</summary>
    public static float ExpOfDifference<V, S>(float* x, float maximum, int length) where V : struct where S : struct, ISimd<V>
    {
        V shift = S.Broadcast(maximum);
        V s0 = S.Zero, s1 = S.Zero, s2 = S.Zero, s3 = S.Zero;
        for (int i = 0; i < length; i += Lanes)
        {
            s0 = S.Add(s0, ExpAt<V, S>(x + i, shift));
            if (S.Count <= 8) s1 = S.Add(s1, ExpAt<V, S>(x + i + S.Count, shift));
            if (S.Count <= 4)
            {
                s2 = S.Add(s2, ExpAt<V, S>(x + i + (2 * S.Count), shift));
                s3 = S.Add(s3, ExpAt<V, S>(x + i + (3 * S.Count), shift));
            }
        }

        return Sum<V, S>(s0, s1, s2, s3);
    }
    // [/doc:attention-exp-row]

    /// <summary>e^{a − b} of two numbers, by the same arithmetic as the rows.</summary>
    public static float Exp<V, S>(float a, float b) where V : struct where S : struct, ISimd<V>
    {
        float* lanes = stackalloc float[Lanes];
        S.Store(SimdMath.Exp<V, S>(S.Subtract(S.Broadcast(a), S.Broadcast(b))), lanes);
        return lanes[0];
    }

    /// <summary>dX_i = y_i·(dX_i − delta): from the gradient of a softmax's output y to that of its input.</summary>
    public static void SoftmaxGradient<V, S>(float* y, float delta, int length, float* dX) where V : struct where S : struct, ISimd<V>
    {
        V shift = S.Broadcast(delta);
        for (int i = 0; i < length; i += S.Count)
        {
            S.Store(S.Multiply(S.Load(y + i), S.Subtract(S.Load(dX + i), shift)), dX + i);
        }
    }

    /// <summary>x_i *= factor.</summary>
    public static void Scale<V, S>(float* x, float factor, int length) where V : struct where S : struct, ISimd<V>
    {
        V f = S.Broadcast(factor);
        for (int i = 0; i < length; i += S.Count) S.Store(S.Multiply(S.Load(x + i), f), x + i);
    }

    /// <summary>Σ a_i·b_i.</summary>
    public static float Dot<V, S>(float* a, float* b, int length) where V : struct where S : struct, ISimd<V>
    {
        V s0 = S.Zero, s1 = S.Zero, s2 = S.Zero, s3 = S.Zero;
        for (int i = 0; i < length; i += Lanes)
        {
            int j = i;
            s0 = S.MultiplyAdd(S.Load(a + j), S.Load(b + j), s0);
            if (S.Count <= 8)
            {
                j += S.Count;
                s1 = S.MultiplyAdd(S.Load(a + j), S.Load(b + j), s1);
            }

            if (S.Count <= 4)
            {
                j += S.Count;
                s2 = S.MultiplyAdd(S.Load(a + j), S.Load(b + j), s2);
                j += S.Count;
                s3 = S.MultiplyAdd(S.Load(a + j), S.Load(b + j), s3);
            }
        }

        return Sum<V, S>(s0, s1, s2, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpAt<V, S>(float* x, V shift) where V : struct where S : struct, ISimd<V>
    {
        V e = SimdMath.Exp<V, S>(S.Subtract(S.Load(x), shift));
        S.Store(e, x);
        return e;
    }

    // The tree 16 → 8 → 4 → 2 → 1 over the lanes of one, two or four vectors.
    private static float Sum<V, S>(V s0, V s1, V s2, V s3) where V : struct where S : struct, ISimd<V>
    {
        float* lanes = stackalloc float[Lanes];
        S.Store(s0, lanes);
        if (S.Count <= 8) S.Store(s1, lanes + S.Count);
        if (S.Count <= 4)
        {
            S.Store(s2, lanes + (2 * S.Count));
            S.Store(s3, lanes + (3 * S.Count));
        }

        for (int half = Lanes / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
        }

        return lanes[0];
    }
}
