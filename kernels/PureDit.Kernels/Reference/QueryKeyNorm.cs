namespace PureDit.Kernels.Reference;

/// <summary>y = ĝ_h·x/√(|x|² + ε) for queries and keys, by its definition; its gradient is checked by differences of this.</summary>
public static class QueryKeyNorm
{
    /// <summary>y from qkv[batch, tokens, 3, heads, headSize] and gains [heads].</summary>
    public static void Forward(
        AttentionShape shape, ReadOnlySpan<double> qkv, ReadOnlySpan<double> queryGain, ReadOnlySpan<double> keyGain, double largestGain, Span<double> y)
    {
        for (int start = 0; start < shape.QkvLength; start += shape.HeadSize)
        {
            int part = start / shape.Width % 3, head = start / shape.HeadSize % shape.Heads;
            double squares = Kernels.QueryKeyNorm.Epsilon, gain = part == 0 ? queryGain[head] : keyGain[head];
            for (int i = 0; i < shape.HeadSize; i++) squares += qkv[start + i] * qkv[start + i];
            double factor = part == 2 ? 1 : Math.Clamp(gain, -largestGain, largestGain) / Math.Sqrt(squares);
            for (int i = 0; i < shape.HeadSize; i++) y[start + i] = factor * qkv[start + i];
        }
    }
}
