using PureDit.Kernels;

namespace PureDit.GuardPages;

internal static partial class KernelCases
{
    private static IEnumerable<KernelCase> Products()
    {
        foreach ((bool transposeA, bool transposeB) in new[] { (false, false), (false, true), (true, false), (true, true) })
        {
            string how = (transposeA ? "Aᵀ" : "A") + (transposeB ? "Bᵀ" : "B");
            foreach (KernelCase each in Three("MatMul.Multiply(a, transposeA, b, transposeB, m, n, k, c, accumulate)", "mnk", how, (cpu, a, m, n, k) =>
                MatMul.Multiply(cpu, a.In(m * k), transposeA, a.In(k * n), transposeB, m, n, k, a.Out(m * n), accumulate: transposeA)))
            {
                yield return each;
            }

            foreach (KernelCase each in Three("MatMul.Batched(a, transposeA, b, transposeB, batch, m, n, k, c, accumulate)", "mnk", how, (cpu, a, m, n, k) =>
                MatMul.Batched(cpu, a.In(2 * m * k), transposeA, a.In(2 * k * n), transposeB, 2, m, n, k, a.Out(2 * m * n))))
            {
                yield return each;
            }
        }

        yield return new("MatMul.Batched(a, transposeA, b, transposeB, batch, m, n, k, c, accumulate)", "batch", (cpu, a, batch) =>
            MatMul.Batched(cpu, a.In(batch * P * Q), false, a.In(batch * Q * R), false, batch, P, R, Q, a.Out(batch * P * R)));

        foreach (WeightLayout layout in Enum.GetValues<WeightLayout>())
        {
            int Weights(int inputs, int outputs) => layout == WeightLayout.Rows ? inputs * outputs : MatMul.PackedLength(inputs, outputs);
            foreach (KernelCase each in (KernelCase[])
            [
                .. Three("MatMul.Linear(x, weight, bias, rows, inputs, outputs, y, layout)", Linear, $"{layout}", (cpu, a, rows, inputs, outputs) => MatMul.Linear(
                    cpu, a.In(rows * inputs), a.In(Weights(inputs, outputs)), a.In(outputs), rows, inputs, outputs, a.Out(rows * outputs), layout)),
                .. Three("MatMul.LinearGelu(x, weight, bias, rows, inputs, outputs, preactivation, y, layout)", Linear, $"{layout}", (cpu, a, rows, inputs, outputs) => MatMul.LinearGelu(
                    cpu, a.In(rows * inputs), a.In(Weights(inputs, outputs)), a.In(outputs), rows, inputs, outputs,
                    a.Out(rows * outputs), a.Out(rows * outputs), layout)),
                .. Three(
                    "MatMul.LinearGated(x, weight, bias, rows, inputs, outputs, residual, gate, rowsPerSample, gateStride, branch, y, layout)",
                    Linear, $"{layout}", (cpu, a, rows, inputs, outputs) =>
                    {
                        Chunking gate = new(rows, outputs, 2);
                        MatMul.LinearGated(
                            cpu, a.In(rows * inputs), a.In(Weights(inputs, outputs)), a.In(outputs), rows, inputs, outputs,
                            a.In(rows * outputs), a.In(gate.Chunks), gate.RowsPerSample, gate.Stride, a.Out(rows * outputs), a.Out(rows * outputs), layout);
                    }),
            ])
            {
                yield return each;
            }
        }

        yield return new("MatMul.PackWeights(weight, inputs, outputs, panels)", "inputs", (cpu, a, n) =>
            MatMul.PackWeights(cpu, a.In(n * R), n, R, a.Out(MatMul.PackedLength(n, R))));
        yield return new("MatMul.PackWeights(weight, inputs, outputs, panels)", "outputs", (cpu, a, n) =>
            MatMul.PackWeights(cpu, a.In(n * Q), Q, n, a.Out(MatMul.PackedLength(Q, n))));
    }

    private static string[] Linear => ["rows", "inputs", "outputs"];

    private static IEnumerable<KernelCase> Three(string kernel, string dimensions, string how, Action<Cpu, GuardedArrays, int, int, int> run) =>
        Three(kernel, [.. dimensions.Select(letter => $"{letter}")], how, run);

    private static IEnumerable<KernelCase> Three(string kernel, string[] dimensions, string how, Action<Cpu, GuardedArrays, int, int, int> run) =>
    [
        new(kernel, $"{dimensions[0]}, {how}", (cpu, a, n) => run(cpu, a, n, Q, R)),
        new(kernel, $"{dimensions[1]}, {how}", (cpu, a, n) => run(cpu, a, P, n, R)),
        new(kernel, $"{dimensions[2]}, {how}", (cpu, a, n) => run(cpu, a, P, Q, n)),
    ];

    private static IEnumerable<KernelCase> Attentions()
    {
        foreach ((string how, AttentionMask mask) in new[] { ("all keys", AttentionMask.None), ("causal", AttentionMask.Causal) })
        {
            // Tokens of one sequence see one another: 4096² scores would take minutes, and the cross forms have that length.
            (string Dimension, Func<int, AttentionShape> Of)[] fused =
                [("tokens", n => new(1, Math.Min(n, 257), 2, Q)), ("head size", n => new(1, P, 1, Math.Max(1, n))), ("heads", n => new(1, P, Math.Max(1, n), Q)), ("batch", n => new(n, P, 1, Q))];
            foreach ((string dimension, Func<int, AttentionShape> of) in fused)
            {
                yield return new("Attention.Forward(shape, qkv, o, logSumExp, mask)", $"{dimension}, {how}", (cpu, a, n) =>
                    Attention.Forward(cpu, of(n), a.In(of(n).QkvLength), a.Out(of(n).OutputLength), a.Out(of(n).StatisticsLength), mask));
                yield return new("Attention.Backward(shape, qkv, o, logSumExp, dO, dQkv, mask)", $"{dimension}, {how}", (cpu, a, n) =>
                    Attention.Backward(
                        cpu, of(n), a.In(of(n).QkvLength), a.In(of(n).OutputLength), a.In(of(n).StatisticsLength),
                        a.In(of(n).OutputLength), a.Out(of(n).QkvLength), mask));
            }

            HeadStrides rows = HeadStrides.TokenMajor(1, 1, Q); // one sequence, one head
            (string Dimension, Func<int, AttentionShape> Of)[] cross = [("tokens", n => new(1, n, 1, Q, P)), ("keys", n => new(1, P, 1, Q, n))];
            foreach ((string dimension, Func<int, AttentionShape> of) in cross)
            {
                yield return new("Attention.Forward(shape, mask, q, k, v, o, logSumExp)", $"{dimension}, {how}", (cpu, a, n) =>
                    Attention.Forward(
                        cpu, of(n), mask, new HeadRows(a.In(of(n).OutputLength), rows), new HeadRows(a.In(of(n).KeyLength), rows), new HeadRows(a.In(of(n).KeyLength), rows),
                        new WritableHeadRows(a.Out(of(n).OutputLength), rows), a.Out(of(n).StatisticsLength)));
                yield return new("Attention.Backward(shape, mask, q, k, v, o, logSumExp, dO, dQ, dK, dV)", $"{dimension}, {how}", (cpu, a, n) =>
                    Attention.Backward(
                        cpu, of(n), mask, new HeadRows(a.In(of(n).OutputLength), rows), new HeadRows(a.In(of(n).KeyLength), rows), new HeadRows(a.In(of(n).KeyLength), rows), new HeadRows(a.In(of(n).OutputLength), rows),
                        a.In(of(n).StatisticsLength), new HeadRows(a.In(of(n).OutputLength), rows), new WritableHeadRows(a.Out(of(n).OutputLength), rows),
                        new WritableHeadRows(a.Out(of(n).KeyLength), rows), new WritableHeadRows(a.Out(of(n).KeyLength), rows)));
            }
        }
    }
}
