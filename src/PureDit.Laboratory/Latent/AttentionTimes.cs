// Times of exact and polynomial attention on one head. Above 2²³ pairs of a query and a key, exact attention is run for a
// part of the queries and all keys, and its time scaled by their number: every query costs the same.

using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>Exact and polynomial attention of one head, ready to be timed; on one thread.</summary>
internal sealed class AttentionTimes
{
    private const long MostPairs = 1 << 23;
    private readonly BoundedHead _head;
    private readonly float[] _o, _statistics, _gradient;

    public AttentionTimes(BoundedHead head, long mostPairs = MostPairs)
    {
        AttentionShape shape = head.Shape;
        _head = head;
        Rows = (int)Math.Min(shape.Tokens, Math.Max(48, mostPairs / ((long)shape.Tokens * shape.Batch)));
        (_o, _statistics, _gradient) = (new float[shape.OutputLength], new float[shape.StatisticsLength], new float[shape.QkvLength]);
    }

    /// <summary>How many queries exact attention is timed for.</summary>
    public int Rows { get; }

    /// <summary>What the time of exact attention is to be multiplied by.</summary>
    public double Factor => (double)_head.Shape.Tokens / Rows;

    /// <summary>The output of the last call.</summary>
    public ReadOnlySpan<float> Output => _o;

    public void Exact()
    {
        AttentionShape shape = _head.Shape with { Tokens = Rows, KeyTokens = _head.Shape.Tokens };
        int d = shape.HeadSize;
        HeadStrides fused = Fused, output = Outputs;
        Attention.Forward(
            Cpu.Serial, shape, default, new(_head.Qkv, fused), new(_head.Qkv.AsSpan(d), fused), new(_head.Qkv.AsSpan(2 * d), fused), new(_o, output), _statistics);
    }

    /// <summary>After <see cref="Exact"/>.</summary>
    public void ExactBackward()
    {
        AttentionShape shape = _head.Shape with { Tokens = Rows, KeyTokens = _head.Shape.Tokens };
        int d = shape.HeadSize;
        HeadStrides fused = Fused, output = Outputs;
        Attention.Backward(
            Cpu.Serial, shape, default, new(_head.Qkv, fused), new(_head.Qkv.AsSpan(d), fused), new(_head.Qkv.AsSpan(2 * d), fused), new(_o, output), _statistics,
            new(_head.DO, output), new(_gradient, fused), new(_gradient.AsSpan(d), fused), new(_gradient.AsSpan(2 * d), fused));
    }

    public void Forward(AttentionPlan plan) => PolynomialAttention.Forward(Cpu.Serial, plan, _head.Qkv, _o, []);

    /// <summary>After <see cref="Forward"/>.</summary>
    public void Backward(AttentionPlan plan) => PolynomialAttention.Backward(Cpu.Serial, plan, _head.Qkv, _o, [], _head.DO, _gradient);

    public void Favor(FavorFeatures features) => FavorAttention.Forward(Cpu.Serial, _head.Shape, features, _head.Qkv, _o);

    public void Nystroem(int landmarks) => NystroemAttention.Forward(Cpu.Serial, _head.Shape, landmarks, _head.Qkv, _o);

    private HeadStrides Fused => HeadStrides.Fused(_head.Shape.Tokens, _head.Shape.Heads, _head.Shape.HeadSize);

    private HeadStrides Outputs => HeadStrides.TokenMajor(_head.Shape.Tokens, _head.Shape.Heads, _head.Shape.HeadSize);
}
