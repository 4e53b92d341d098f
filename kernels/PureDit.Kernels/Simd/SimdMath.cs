namespace PureDit.Kernels;
internal static class SimdMath
{
    public static V Exp<V, S>(V x) where V : struct where S : struct, ISimd<V>
    {
        V n = S.Round(S.Multiply(x, S.Broadcast(1.44269504f)));
        n = S.Max(n, S.Broadcast(-126)); n = S.Min(n, S.Broadcast(127));
        V r = S.MultiplyAdd(n, S.Broadcast(-0.693359375f), x); r = S.MultiplyAdd(n, S.Broadcast(2.12194440e-4f), r);
        V p = S.Broadcast(1/5040f);
        foreach (float c in (ReadOnlySpan<float>)[1/720f,1/120f,1/24f,1/6f,0.5f,1,1]) p = S.MultiplyAdd(p, r, S.Broadcast(c));
        return S.Select(S.LessThan(x, S.Broadcast(-87)), S.Zero, S.Multiply(p, S.PowerOfTwo(n)));
    }
}
