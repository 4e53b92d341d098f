using FsCheck.Fluent;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Autodiff.Tests;

/// <summary>Recomputation changes where values lie and how long, and nothing else.</summary>
public sealed class SegmentTests
{
    private const int Samples = 2, Tokens = 3, Width = 5;
    private static readonly Shape X = new(Samples, Tokens, Width), Condition = new(Samples, Width);

    private static Tape Begun(bool recompute, Cpu? cpu = null)
    {
        Tape tape = new(cpu ?? Cpu.Serial, record: true, new Arena(poison: true), recompute);
        tape.Begin();
        return tape;
    }

    private static Variable Loss(Tape tape, Variable y) => tape.MeanSquaredError(y, tape.Input(y.Shape, Values.Normal(y.Shape.Count, 3)));

    private static ParameterStore Store(int seed)
    {
        ParameterStore store = new();
        store.Add("w", new Shape(Width, Width));
        store.Add("b", new Shape(Width));
        store.Seal();
        Values.Normal(store.TrainedLength, seed).CopyTo(store.Trained(ParameterBlock.Weights));
        store.EnableTraining();
        return store;
    }

    /// <summary>One of several stretches; each reads both arguments and, some of them, the parameters that the others read.</summary>
    private static Segment Stretch(ParameterStore store, int kind) => (tape, x, condition) => kind switch
    {
        0 => tape.GatedAdd(x, condition, 0, tape.Gelu(tape.Linear(x, tape.Use(store["w"]), tape.Use(store["b"])))),
        1 => tape.Add(tape.GatedAdd(tape.LayerNormModulate(x, tape.Linear(condition, tape.Use(store["w"]), tape.Use(store["b"])), 0, 0), condition, 0, x), x),
        2 => tape.Silu(x),
        _ => tape.GatedAdd(x, condition, 0, x),
    };

    /// <summary>Result, then the gradients of x, condition and parameters, of a random chain of segments with links around them.</summary>
    private static float[] Chain(bool recompute, Cpu cpu, int length, int seed)
    {
        ParameterStore store = Store(seed);
        Random random = new(seed);
        Tape tape = Begun(recompute, cpu);
        Variable x = tape.Input(X, Values.Normal(X.Count, seed + 1), needsGradient: random.Next(4) > 0);
        Variable condition = tape.Input(Condition, Values.Normal(Condition.Count, seed + 2), needsGradient: random.Next(4) > 0);
        Variable y = tape.Linear(x, tape.Use(store["w"]), tape.Use(store["b"])), before = y;
        for (int i = 0; i < length; i++)
        {
            Variable next = tape.Segment(Stretch(store, random.Next(4)), y, condition);
            if (random.Next(3) == 0) next = tape.GatedAdd(before, condition, 0, next);
            if (random.Next(5) == 0) tape.Segment(Stretch(store, random.Next(4)), next, condition); // of no use to the loss
            (before, y) = (y, next);
        }

        tape.Backward(Loss(tape, y));
        return
        [
            .. y.Data, .. store.Trained(ParameterBlock.Gradients),
            .. x.NeedsGradient ? x.Gradient : [], .. condition.NeedsGradient ? condition.Gradient : [],
        ];
    }

    [Fact]
    public void Gradients_AreTheSameBits_AsWithoutRecomputation() => Law.Holds(
        from length in Gen.Choose(1, 8) from seed in Gen.Choose(0, 1_000_000) select (length, seed),
        chain =>
        {
            float[] kept = Chain(recompute: false, Cpu.Serial, chain.length, chain.seed);
            foreach (Cpu cpu in Values.Cpus) Near.SameBits(kept, Chain(recompute: true, cpu, chain.length, chain.seed), $"{cpu.Simd}, {cpu.Threads} threads");
        });

    [Fact]
    public void OneValueAsBothArguments_ReceivesTheSum()
    {
        float[] Gradient(bool recompute)
        {
            Tape tape = Begun(recompute);
            Variable x = tape.Input(new Shape(Samples, Width), Values.Normal(Samples * Width, 1), needsGradient: true);
            Variable y = tape.Segment((inner, a, b) => inner.Add(inner.Gelu(a), inner.Silu(b)), tape.Silu(x), x);
            tape.Backward(Loss(tape, tape.Segment((inner, a, b) => inner.Add(inner.Gelu(a), inner.Silu(b)), y, y)));
            return x.Gradient.ToArray();
        }

        Near.SameBits(Gradient(recompute: false), Gradient(recompute: true));
    }

    [Fact]
    public void EverySegmentButTheLast_RunsTwice()
    {
        Tape tape = Begun(recompute: true);
        Variable y = tape.Input(X, Values.Normal(X.Count, 1), needsGradient: true), condition = tape.Input(Condition);
        int runs = 0;
        for (int i = 0; i < 4; i++)
        {
            y = tape.Segment(
                (inner, x, _) =>
                {
                    runs++;
                    return inner.Gelu(x);
                }, y, condition);
        }

        Assert.Equal(4, runs);
        tape.Backward(Loss(tape, y));
        Assert.Equal(7, runs);
    }

    [Fact]
    public void Memory_GrowsByOneValueForEverySegment()
    {
        long Reserved(bool recompute, int depth)
        {
            Tape tape = Begun(recompute);
            Shape shape = new(1, 70_001); // beyond the arena's first chunks
            Variable y = tape.Input(shape, Values.Normal(shape.Count, 1), needsGradient: true), condition = tape.Input(new Shape(1));
            for (int i = 0; i < depth; i++)
            {
                y = tape.Segment((inner, x, _) => inner.Gelu(inner.Silu(inner.Gelu(inner.Silu(inner.Gelu(inner.Silu(inner.Gelu(inner.Silu(x)))))))), y, condition);
            }

            tape.Backward(Loss(tape, y));
            return tape.ReservedBytes;
        }

        Assert.True(4 * Reserved(true, 32) < Reserved(false, 32), $"{Reserved(true, 32)} bytes with recomputation, {Reserved(false, 32)} without");
    }

    [Fact]
    public void WarmStep_AllocatesNothing()
    {
        ParameterStore store = Store(seed: 1);
        Segment[] segments = [Stretch(store, 0), Stretch(store, 1), Stretch(store, 2)];
        Tape tape = new(Cpu.Serial, record: true, recompute: true);
        float[] x = Values.Normal(X.Count, 1), condition = Values.Normal(Condition.Count, 2);
        Assert.Equal(0, Allocations.Of(() =>
        {
            tape.Begin();
            Variable y = tape.Input(X, x, needsGradient: true), c = tape.Input(Condition, condition, needsGradient: true);
            foreach (Segment segment in segments) y = tape.Segment(segment, y, c);
            tape.Backward(tape.MeanSquaredError(y, tape.Input(X, x)));
        }));
    }

    [Fact]
    public void Misuse_IsExplained()
    {
        Tape tape = Begun(recompute: true);
        Variable x = tape.Input(X, needsGradient: true), condition = tape.Input(Condition), inside = default;
        Assert.Contains("of another", Assert.Throws<ArgumentException>(() => tape.Segment((inner, _, _) => inner.Gelu(x), x, condition)).Message, StringComparison.Ordinal);
        Assert.Contains("of another", Assert.Throws<ArgumentException>(() => tape.Segment((_, _, _) => x, x, condition)).Message, StringComparison.Ordinal);
        Assert.Contains("that it computes", Assert.Throws<ArgumentException>(() => tape.Segment((_, y, _) => y, x, condition)).Message, StringComparison.Ordinal);
        tape.Segment((inner, y, _) => inside = inner.Gelu(y), x, condition);
        tape.Begin();
        Assert.Contains("has finished", Assert.Throws<InvalidOperationException>(() => inside.Data.Length).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TapeThatDoesNotRecord_RunsSegmentsInPlace()
    {
        Tape tape = new(Cpu.Serial, record: false, recompute: true);
        tape.Begin();
        Variable x = tape.Input(X), y = tape.Segment((inner, y, _) => ReferenceEquals(inner, tape) ? y : default, x, tape.Input(Condition));
        Assert.Equal(X, y.Shape);
    }
}
