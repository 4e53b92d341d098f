// Attention as the formula reads, with the matrix of weights p [batch·heads, tokens, keys] stored: what the tiled kernel is
// measured against. Its parts are the library's own fast products and softmax, so the difference is the stored matrix.
//   p = softmax(q·kᵀ/√d),  o = p·v;   dV = pᵀ·dO,  dP = dO·vᵀ,  dS = p ∘ (dP − Σ_j p dP),  dQ = dS·k/√d,  dK = dSᵀ·q/√d

using PureDit.Kernels;

namespace PureDit.Benchmarking;

internal sealed class NaiveAttention
{
    private readonly AttentionCase _which;
    private readonly Cpu _cpu;
    private readonly AttentionArrays _arrays;
    private readonly Memory<float> _scaled, _p, _dP, _dS, _o, _dO;
    private readonly int _heads;

    private NaiveAttention(AttentionCase which, Cpu cpu)
    {
        (_which, _cpu, _arrays, _heads) = (which, cpu, new(which), which.Batch * which.Heads);
        Sizes.Fits(which.Name, (long)_heads * which.Tokens * which.Keys);
        int query = _heads * which.Tokens * which.HeadSize, pairs = _heads * which.Tokens * which.Keys;
        (_scaled, _o, _p) = (Buffers.Zeros(query), Buffers.Zeros(query), Buffers.Zeros(pairs));
        if (which.Backward) (_dO, _dP, _dS) = (Buffers.Zeros(query), Buffers.Zeros(pairs), Buffers.Zeros(pairs));
    }

    public static PreparedWork Prepare(AttentionCase which, Cpu cpu)
    {
        NaiveAttention naive = new(which, cpu);
        AttentionArrays arrays = naive._arrays;
        return new(
            naive.Run, () => AttentionOracle.Check(which, arrays),
            [() => arrays.O.Span, .. arrays.Gradients.Select(gradient => (OutputSpan)(() => gradient.Span))]);
    }

    private void Run()
    {
        (int tokens, int keys, int size) = (_which.Tokens, _which.Keys, _which.HeadSize);
        float scale = 1 / MathF.Sqrt(size);
        Span<float> q = _arrays.Inputs[0].Span, k = _arrays.Inputs[1].Span, v = _arrays.Inputs[2].Span;
        Elementwise.Scale(_cpu, q, scale, _scaled.Span);
        MatMul.Batched(_cpu, _scaled.Span, false, k, true, _heads, tokens, keys, size, _p.Span);
        Mask();
        Softmax.Forward(_cpu, _p.Span, _heads * tokens, keys, _p.Span);
        MatMul.Batched(_cpu, _p.Span, false, v, false, _heads, tokens, size, keys, _o.Span);
        Transpose(_o.Span, _arrays.O.Span, toOutput: true);
        if (!_which.Backward) return;

        Span<float> dQ = _arrays.Gradients[0].Span, dK = _arrays.Gradients[1].Span, dV = _arrays.Gradients[2].Span;
        Transpose(_arrays.DO.Span, _dO.Span, toOutput: false);
        MatMul.Batched(_cpu, _p.Span, true, _dO.Span, false, _heads, keys, size, tokens, dV);
        MatMul.Batched(_cpu, _dO.Span, false, v, true, _heads, tokens, keys, size, _dP.Span);
        _dS.Span.Clear();
        Softmax.Backward(_cpu, _p.Span, _dP.Span, _heads * tokens, keys, _dS.Span);
        MatMul.Batched(_cpu, _dS.Span, false, k, false, _heads, tokens, size, keys, dQ);
        Elementwise.Scale(_cpu, dQ, scale, dQ);
        MatMul.Batched(_cpu, _dS.Span, true, _scaled.Span, false, _heads, keys, size, tokens, dK);
    }

    // Pairs outside the band get a weight of e^−∞ = 0.
    private void Mask()
    {
        if (_which.Band.IsFull) return;
        for (int row = 0; row < _heads * _which.Tokens; row++)
        {
            (int first, int count) = _which.Seen(row % _which.Tokens);
            Span<float> scores = _p.Span.Slice(row * _which.Keys, _which.Keys);
            scores[..first].Fill(float.NegativeInfinity);
            scores[(first + count)..].Fill(float.NegativeInfinity);
        }
    }

    private void Transpose(ReadOnlySpan<float> from, Span<float> to, bool toOutput)
    {
        int size = _which.HeadSize;
        for (int row = 0; row < _heads * _which.Tokens; row++)
        {
            int heads = row * size, output = _arrays.Output(row / _which.Tokens, row % _which.Tokens);
            from.Slice(toOutput ? heads : output, size).CopyTo(to[(toOutput ? output : heads)..]);
        }
    }
}
