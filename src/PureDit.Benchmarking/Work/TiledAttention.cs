using PureDit.Kernels;

namespace PureDit.Benchmarking;

/// <summary>The library's attention as a workload: [batch, tokens, 3, heads, headSize], as a DiT has it.</summary>
internal static class TiledAttention
{
    public static PreparedWork Prepare(AttentionCase which, Cpu cpu)
    {
        if (!which.IsSupported)
        {
            throw new ArgumentException($"{which.Name}: masks and another number of keys than queries are not supported yet by the tiled kernel");
        }

        AttentionShape shape = new(which.Batch, which.Tokens, which.Heads, which.HeadSize);
        AttentionArrays arrays = new(which);
        Memory<float> qkv = Buffers.Zeros(shape.QkvLength), dQkv = Buffers.Zeros(which.Backward ? shape.QkvLength : 0);
        Memory<float> statistics = Buffers.Zeros(shape.StatisticsLength);
        foreach (int part in (int[])[0, 1, 2]) arrays.Interleave(part, arrays.Inputs[part].Span, qkv.Span);
        return new(
            Run, Check, which.Backward ? [() => arrays.O.Span, () => dQkv.Span] : [() => arrays.O.Span]);

        void Run()
        {
            Attention.Forward(cpu, shape, qkv.Span, arrays.O.Span, statistics.Span);
            if (!which.Backward) return;
            dQkv.Span.Clear(); // backward adds; a fresh gradient is part of the work
            Attention.Backward(cpu, shape, qkv.Span, arrays.O.Span, statistics.Span, arrays.DO.Span, dQkv.Span);
        }

        void Check()
        {
            if (which.Backward)
            {
                foreach (int part in (int[])[0, 1, 2]) arrays.Separate(part, dQkv.Span, arrays.Gradients[part].Span);
            }

            AttentionOracle.Check(which, arrays);
        }
    }
}
