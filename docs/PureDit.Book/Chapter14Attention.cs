// The ladder of chapter 14, attention of one head: q, k, v, o are [n, d], n a multiple of the block, products the
// library's. What changes from rung to rung is where scores go and how their exponentials are taken.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PureDit.Kernels;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace PureDit.Book;

/// <summary>An exponential of sixteen values, and the factor that makes it e^x.</summary>
public interface IExponential
{
    /// <summary>log_base e.</summary>
    static abstract float Scale { get; }

    /// <summary>base^x.</summary>
    static abstract V Raise(V x);
}

/// <summary>Attention, rung by rung.</summary>
public static class Chapter14Attention
{
    /// <summary>Queries and keys of a block of scores.</summary>
    public const int Block = 192;

    private const int Lanes = 16;
    private const float Nothing = -1e37f;
    private static readonly Memory<float> s_scores = Chapter14Products.Aligned(Block * Block);

    /// <summary>The platform's e^x.</summary>
    public readonly struct Natural : IExponential
    {
        public static float Scale => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Raise(V x) => Vector512.Exp(x);
    }

    // [doc:fast-exp2]
    /// <summary>2^x for x ≤ 0: a rounding, a subtraction, six multiply-adds, and n added to the exponent's bits.</summary>
    public readonly struct BaseTwo : IExponential
    {
        public static float Scale => 1.442695041f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Raise(V x)
        {
            x = Vector512.Max(x, Vector512.Create(-126f));
            V n = Vector512.Round(x), r = x - n, p = Vector512.Create(0.00015345812f);
            p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.0013399931f));
            p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.009618489f));
            p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.055503286f));
            p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.24022646f));
            p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.6931472f));
            p = Vector512.FusedMultiplyAdd(p, r, V.One);
            return (p.AsInt32() + (Vector512.ConvertToInt32(n) << 23)).AsSingle();
        }
    }
    // [/doc:fast-exp2]

    // [doc:fast-stored]
    public static void Stored(
        ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, int n, int d, Span<float> o, float[] scores)
    {
        MatMul.Multiply(Cpu.Serial, q, false, k, true, n, n, d, scores);
        Elementwise.Scale(Cpu.Serial, scores, 1 / MathF.Sqrt(d), scores);
        Softmax.Forward(Cpu.Serial, scores, n, n, scores);
        MatMul.Multiply(Cpu.Serial, scores, false, v, false, n, d, n, o);
    }
    // [/doc:fast-stored]

    // [doc:fast-rows]
    /// <summary>Blocks of scores [queries, keys]: a maximum and a sum along each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(
        ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, int n, int d, Span<float> o)
    {
        Span<float> scores = s_scores.Span;
        float[] maximum = new float[Block], sum = new float[Block];
        for (int i = 0; i < n; i += Block)
        {
            Span<float> acc = o.Slice(i * d, Block * d);
            acc.Clear();
            maximum.AsSpan().Fill(Nothing);
            sum.AsSpan().Clear();
            for (int j = 0; j < n; j += Block)
            {
                MatMul.Multiply(Cpu.Serial, q[(i * d)..], false, k[(j * d)..], true, Block, Block, d, scores);
                for (int r = 0; r < Block; r++)
                    Row(scores.Slice(r * Block, Block), 1 / MathF.Sqrt(d), ref maximum[r], ref sum[r], acc.Slice(r * d, d));
                MatMul.Multiply(Cpu.Serial, scores, false, v[(j * d)..], false, Block, d, Block, acc, accumulate: true);
            }

            for (int r = 0; r < Block; r++) Scale(acc.Slice(r * d, d), 1 / sum[r]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row(Span<float> scores, float scale, ref float maximum, ref float sum, Span<float> acc)
    {
        V most = Vector512.Create(Nothing), total = V.Zero;
        for (int j = 0; j < scores.Length; j += Lanes) most = Vector512.Max(most, Vector512.Create(scores[j..]));
        float higher = maximum;
        for (int lane = 0; lane < Lanes; lane++) higher = MathF.Max(higher, scale * most[lane]); // within a vector
        float factor = MathF.Exp(maximum - higher);
        for (int j = 0; j < scores.Length; j += Lanes)
        {
            V p = Vector512.Exp((Vector512.Create(scores[j..]) * scale) - Vector512.Create(higher));
            p.CopyTo(scores[j..]);
            total += p;
        }

        sum = (sum * factor) + Vector512.Sum(total);
        maximum = higher;
        if (factor != 1) Scale(acc, factor);
    }
    // [/doc:fast-rows]

    // [doc:fast-columns]
    /// <summary>Blocks of scores [keys, queries]: maxima and sums of sixteen queries are vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Columns<T>(
        ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, int n, int d, Span<float> o)
        where T : struct, IExponential
    {
        Span<float> scores = s_scores.Span;
        float[] maximum = new float[Block], sum = new float[Block], factor = new float[Block];
        for (int i = 0; i < n; i += Block)
        {
            Span<float> acc = o.Slice(i * d, Block * d);
            acc.Clear();
            maximum.AsSpan().Fill(Nothing);
            sum.AsSpan().Clear();
            for (int j = 0; j < n; j += Block)
            {
                MatMul.Multiply(Cpu.Serial, k[(j * d)..], false, q[(i * d)..], true, Block, Block, d, scores);
                for (int c = 0; c < Block; c += Lanes)
                    Column<T>(scores[c..], T.Scale / MathF.Sqrt(d), maximum.AsSpan(c), sum.AsSpan(c), factor.AsSpan(c));
                for (int r = 0; r < Block; r++)
                {
                    if (factor[r] != 1) Scale(acc.Slice(r * d, d), factor[r]);
                }

                MatMul.Multiply(Cpu.Serial, scores, true, v[(j * d)..], false, Block, d, Block, acc, accumulate: true);
            }

            for (int r = 0; r < Block; r++) Scale(acc.Slice(r * d, d), 1 / sum[r]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Column<T>(Span<float> scores, float scale, Span<float> maximum, Span<float> sum, Span<float> factor)
        where T : struct, IExponential
    {
        V old = Vector512.Create<float>(maximum), most = Vector512.Create(Nothing), total = V.Zero, c = Vector512.Create(scale);
        for (int j = 0; j < Block; j++) most = Vector512.Max(most, Vector512.Create<float>(scores[(j * Block)..]));
        V higher = Vector512.Max(old, c * most), f = T.Raise(old - higher);
        for (int j = 0; j < Block; j++)
        {
            Span<float> at = scores[(j * Block)..];
            V p = T.Raise(Vector512.FusedMultiplyAdd(c, Vector512.Create<float>(at), -higher));
            p.CopyTo(at);
            total += p;
        }

        Vector512.FusedMultiplyAdd(Vector512.Create<float>(sum), f, total).CopyTo(sum);
        higher.CopyTo(maximum);
        f.CopyTo(factor);
    }
    // [/doc:fast-columns]

    private static void Scale(Span<float> row, float by)
    {
        for (int c = 0; c < row.Length; c += Lanes) (Vector512.Create<float>(row[c..]) * by).CopyTo(row[c..]);
    }
}
