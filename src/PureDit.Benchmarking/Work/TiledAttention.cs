using PureDit.Kernels;

namespace PureDit.Benchmarking;

/// <summary>The library's attention as a workload: q, k, v and their gradients [batch, heads, tokens, headSize].</summary>
internal static class TiledAttention
{
    public static PreparedWork Prepare(AttentionCase which, Cpu cpu)
    {
        AttentionShape shape = new(which.Batch, which.Tokens, which.Heads, which.HeadSize, which.Keys);
        AttentionMask mask = AttentionMask.Window(which.Band.Left, which.Band.Right);
        AttentionArrays arrays = new(which);
        Memory<float> statistics = Buffers.Zeros(shape.StatisticsLength);
        HeadStrides query = HeadStrides.HeadMajor(which.Tokens, which.Heads, which.HeadSize);
        HeadStrides key = HeadStrides.HeadMajor(which.Keys, which.Heads, which.HeadSize);
        HeadStrides output = HeadStrides.TokenMajor(which.Tokens, which.Heads, which.HeadSize);
        return new(
            Run, () => AttentionOracle.Check(which, arrays),
            [() => arrays.O.Span, .. arrays.Gradients.Select(gradient => (OutputSpan)(() => gradient.Span))]);

        void Run()
        {
            HeadRows q = new(arrays.Inputs[0].Span, query), k = new(arrays.Inputs[1].Span, key), v = new(arrays.Inputs[2].Span, key);
            Attention.Forward(cpu, shape, mask, q, k, v, new(arrays.O.Span, output), statistics.Span);
            if (!which.Backward) return;
            foreach (Memory<float> gradient in arrays.Gradients) gradient.Span.Clear(); // backward adds; a fresh gradient is part of the work
            Attention.Backward(
                cpu, shape, mask, q, k, v, new(arrays.O.Span, output), statistics.Span, new(arrays.DO.Span, output),
                new(arrays.Gradients[0].Span, query), new(arrays.Gradients[1].Span, key), new(arrays.Gradients[2].Span, key));
        }
    }
}
