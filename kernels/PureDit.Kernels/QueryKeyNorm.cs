// Queries and keys of bounded length, so that no score exceeds a bound by design (QK-norm with a clipped gain):
//   y = ĝ_h·x/√(|x|² + ε)  for q and for k of head h,  ĝ = the gain limited to [−G, G];   v passes unchanged.
// With G = √(R·√d) every score q·k/√d lies in [−R, R], which is what polynomial attention needs.
//   backward:  dX += ĝ/n·(dY − x(x·dY)/n²),  n = √(|x|² + ε);   dG_h += Σ x·dY/n over all rows, and nothing beyond the limit.
//   qkv, y: [batch, tokens, 3, heads, headSize];  gains: [heads].  Twin: Reference/QueryKeyNorm.cs

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Scales every query and every key to the length of its head's gain.</summary>
public static unsafe class QueryKeyNorm
{
    /// <summary>ε: added to squared lengths.</summary>
    public const double Epsilon = 1e-6;

    /// <summary>Writes the scaled queries and keys, and the values as they are.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="qkv">[batch, tokens, 3, heads, headSize].</param>
    /// <param name="queryGain">Lengths of queries, [heads].</param>
    /// <param name="keyGain">Lengths of keys, [heads].</param>
    /// <param name="largestGain">G: gains beyond ±G count as ±G.</param>
    /// <param name="y">[batch, tokens, 3, heads, headSize], overwritten.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static void Forward(
        Cpu cpu, AttentionShape shape, ReadOnlySpan<float> qkv, ReadOnlySpan<float> queryGain, ReadOnlySpan<float> keyGain,
        float largestGain, Span<float> y)
    {
        Guard.Length(qkv, shape.QkvLength);
        Guard.Length(queryGain, shape.Heads);
        Guard.Length(keyGain, shape.Heads);
        Guard.Length<float>(y, shape.QkvLength, nameof(y));
        fixed (float* pX = qkv, pQ = queryGain, pK = keyGain, pY = y)
        {
            ForwardRows rows = new(pX, pQ, pK, largestGain, shape.Heads, shape.HeadSize, pY);
            cpu.Run(shape.Batch * shape.Tokens, Grain.Rows(Grain.Heavy, shape.Width), rows);
        }
    }

    /// <summary>Adds the gradients with respect to qkv and to the gains.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="qkv">As given to <see cref="Forward"/>.</param>
    /// <param name="queryGain">As given to <see cref="Forward"/>.</param>
    /// <param name="keyGain">As given to <see cref="Forward"/>.</param>
    /// <param name="largestGain">As given to <see cref="Forward"/>.</param>
    /// <param name="dY">Gradient with respect to the output, [batch, tokens, 3, heads, headSize].</param>
    /// <param name="dQkv">[batch, tokens, 3, heads, headSize], accumulated.</param>
    /// <param name="dQueryGain">[heads], accumulated; or empty.</param>
    /// <param name="dKeyGain">[heads], accumulated; or empty.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static void Backward(
        Cpu cpu, AttentionShape shape, ReadOnlySpan<float> qkv, ReadOnlySpan<float> queryGain, ReadOnlySpan<float> keyGain,
        float largestGain, ReadOnlySpan<float> dY, Span<float> dQkv, Span<float> dQueryGain, Span<float> dKeyGain)
    {
        Guard.Length(qkv, shape.QkvLength);
        Guard.Length(queryGain, shape.Heads);
        Guard.Length(keyGain, shape.Heads);
        Guard.Length(dY, shape.QkvLength);
        Guard.Length<float>(dQkv, shape.QkvLength, nameof(dQkv));
        if (!dQueryGain.IsEmpty) Guard.Length<float>(dQueryGain, shape.Heads, nameof(dQueryGain));
        if (!dKeyGain.IsEmpty) Guard.Length<float>(dKeyGain, shape.Heads, nameof(dKeyGain));
        fixed (float* pX = qkv, pQ = queryGain, pK = keyGain, pdY = dY, pdX = dQkv, pdQ = dQueryGain, pdK = dKeyGain)
        {
            int rows = shape.Batch * shape.Tokens;
            cpu.Run(rows, Grain.Rows(Grain.Heavy, shape.Width), new BackwardRows(pX, pQ, pK, largestGain, shape.Heads, shape.HeadSize, pdY, pdX));
            cpu.Run(2 * shape.Heads, 1, new GainSums(pX, pQ, pK, largestGain, shape.Heads, shape.HeadSize, rows, pdY, pdQ, pdK));
        }
    }

    private static double Norm(float* x, int size)
    {
        double sum = Epsilon;
        for (int i = 0; i < size; i++) sum += (double)x[i] * x[i];
        return Math.Sqrt(sum);
    }

    private static double Dot(float* x, float* y, int size)
    {
        double sum = 0;
        for (int i = 0; i < size; i++) sum += (double)x[i] * y[i];
        return sum;
    }

    private readonly struct ForwardRows(float* x, float* queryGain, float* keyGain, float largest, int heads, int size, float* y) : IKernel
    {
        [MethodImpl(Jit.KernelBody)]
        public void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            int width = heads * size;
            for (int row = begin; row < end; row++)
            {
                float* from = x + (3L * row * width), to = y + (3L * row * width);
                for (int head = 0; head < 2 * heads; head++, from += size, to += size)
                {
                    double gain = Math.Clamp(head < heads ? queryGain[head] : keyGain[head - heads], -largest, largest) / Norm(from, size);
                    for (int i = 0; i < size; i++) to[i] = (float)(gain * from[i]);
                }

                new ReadOnlySpan<float>(from, width).CopyTo(new Span<float>(to, width));
            }
        }
    }

    private readonly struct BackwardRows(
        float* x, float* queryGain, float* keyGain, float largest, int heads, int size, float* dY, float* dX) : IKernel
    {
        [MethodImpl(Jit.KernelBody)]
        public void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            int width = heads * size;
            for (int row = begin; row < end; row++)
            {
                long at = 3L * row * width;
                for (int head = 0; head < 2 * heads; head++, at += size)
                {
                    double norm = Norm(x + at, size), along = Dot(x + at, dY + at, size) / (norm * norm);
                    double gain = Math.Clamp(head < heads ? queryGain[head] : keyGain[head - heads], -largest, largest) / norm;
                    for (int i = 0; i < size; i++) dX[at + i] += (float)(gain * (dY[at + i] - (along * x[at + i])));
                }

                for (int i = 0; i < width; i++) dX[at + i] += dY[at + i];
            }
        }
    }

    /// <summary>Items are the heads' query gains, then their key gains: each sums over all rows in order.</summary>
    private readonly struct GainSums(
        float* x, float* queryGain, float* keyGain, float largest, int heads, int size, int rows, float* dY, float* dQuery, float* dKey) : IKernel
    {
        [MethodImpl(Jit.KernelBody)]
        public void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int item = begin; item < end; item++)
            {
                int head = item % heads;
                float* gradient = item < heads ? dQuery : dKey, gain = item < heads ? queryGain : keyGain;
                if (gradient == null || Math.Abs(gain[head]) > largest) continue; // beyond the limit nothing moves
                double sum = 0;
                for (int row = 0; row < rows; row++)
                {
                    long at = (3L * row * heads * size) + ((long)item * size);
                    sum += Dot(x + at, dY + at, size) / Norm(x + at, size);
                }

                gradient[head] += (float)sum;
            }
        }
    }
}
