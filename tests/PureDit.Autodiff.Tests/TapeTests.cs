using FsCheck.Fluent;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Autodiff.Tests;

public sealed class TapeTests
{
    [Fact]
    public void ValueUsedTwice_ReceivesTheSum()
    {
        OpCheck.Matches((t, v) => t.Add(v[0], v[0]), v => v[0].Select(x => 2 * x).ToArray(), new Shape(3, 5));
        OpCheck.Matches(
            (t, v) => t.Add(t.Gelu(v[0]), t.Add(v[0], t.Silu(v[0]))),
            v => v[0].Select(x => References.Gelu(x) + x + References.Silu(x)).ToArray(),
            new Shape(3, 5));
        OpCheck.Matches( // the same value as stream, gate and branch: x + x ⊙ x
            (t, v) => t.GatedAdd(v[0], v[1], 0, v[0]),
            v => References.GatedAdd(v[0], v[1], v[0], 3, 1, 5, 0),
            new Shape(3, 1, 5), new Shape(3, 5));
    }

    [Fact]
    public void WeightUsedTwice_ReceivesTheSum() => OpCheck.Matches(
        (t, v) => t.Linear(t.Linear(v[0], v[1], v[2]), v[1], v[2]),
        v => References.Linear(References.Linear(v[0], v[1], v[2], 3, 5), v[1], v[2], 3, 5),
        new(3, 5), new(5, 5), new(5));

    [Fact]
    public void ParameterUsedTwice_AccumulatesIntoItsStore()
    {
        ParameterStore store = new();
        Parameter w = store.Add("w", new Shape(5));
        store.Seal();
        store.EnableTraining();
        Values.Normal(5, 1).CopyTo(w.Data);
        Tape tape = new(Cpu.Serial, record: true);
        for (int step = 1; step <= 2; step++)
        {
            tape.Begin();
            Variable y = tape.Add(tape.Use(w), tape.Use(w));
            tape.Backward(tape.MeanSquaredError(y, tape.Input(y.Shape, new float[5])), seed: 0.5f);
            double[] expected = w.Data.ToArray().Select(x => step * 0.5 * 2 * (2 * (double)x) * 2 / 5).ToArray();
            Near.Equal(expected, w.Gradient, 1e-6, 0, "accumulated gradient"); // a few float roundings
        }
    }

    /// <summary>Random graphs in which every node draws on random earlier ones, against dual numbers along a random direction.</summary>
    [Fact]
    public void RandomGraphs_MatchForwardModeDualNumbers() => Law.Holds(
        from size in Gen.Choose(1, 25) from seed in Gen.Choose(0, 1_000_000) select (size, seed),
        graph =>
        {
            const int Width = 3;
            Random random = new(graph.seed);
            float[] values = Values.Normal(2 * Width, graph.seed), direction = Values.Normal(2 * Width, graph.seed + 1);
            Tape tape = new(Cpu.Serial, record: true, new Arena(poison: true));
            tape.Begin();
            Shape shape = new(1, 1, Width);
            List<Variable> variables = [];
            List<Dual[]> duals = [];
            for (int leaf = 0; leaf < 2; leaf++)
            {
                variables.Add(tape.Input(shape, values.AsSpan(leaf * Width, Width), needsGradient: true));
                duals.Add(Enumerable.Range(leaf * Width, Width).Select(i => new Dual(values[i], direction[i])).ToArray());
            }

            Variable gate = tape.Input(new Shape(1, Width), values.AsSpan(0, Width), needsGradient: true);
            Dual[] gateDual = duals[0];
            for (int i = 0; i < graph.size; i++)
            {
                int kind = random.Next(4), a = random.Next(variables.Count), b = random.Next(variables.Count);
                Dual[] x = duals[a], y = duals[b];
                variables.Add(kind switch
                {
                    0 => tape.Add(variables[a], variables[b]),
                    1 => tape.GatedAdd(variables[a], gate, 0, variables[b]),
                    2 => tape.Gelu(variables[a]),
                    _ => tape.Silu(variables[a]),
                });
                duals.Add(Enumerable.Range(0, Width).Select(j => kind switch
                {
                    0 => x[j] + y[j],
                    1 => x[j] + (gateDual[j] * y[j]),
                    2 => x[j].Apply(References.Gelu),
                    _ => x[j].Apply(References.Silu),
                }).ToArray());
            }

            Dual mean = duals[^1].Aggregate(new Dual(0, 0), (sum, d) => sum + (d * d)) * new Dual(1.0 / Width, 0);
            tape.Backward(tape.MeanSquaredError(variables[^1], tape.Input(shape, new float[Width])));
            double derivative = 0, scale = 0;
            void AddTerms(ReadOnlySpan<float> gradient, int offset)
            {
                for (int j = 0; j < Width; j++)
                {
                    derivative += (double)gradient[j] * direction[offset + j];
                    scale += Math.Abs((double)gradient[j] * direction[offset + j]);
                }
            }

            AddTerms(variables[0].Gradient, 0);
            AddTerms(variables[1].Gradient, Width);
            AddTerms(gate.Gradient, 0);
            Near.Equal(mean.Derivative, derivative, 1e-4, 1e-4 * scale, "directional derivative"); // 25 float operations deep
        });

    [Fact]
    public void WarmTrainingStep_AllocatesNothing()
    {
        Tape tape = new(Cpu.Serial, record: true);
        float[] values = Values.Normal(4 * 6 * 8, 1);
        int[] labels = [0, 1, 1, 0];
        double[] perSample = new double[4];
        void Step()
        {
            tape.Begin();
            Variable x = tape.Input(new Shape(4, 6, 8), values, needsGradient: true), table = tape.Input(new Shape(2, 48), values.AsSpan(0, 96), needsGradient: true);
            Variable m = tape.Silu(tape.Embedding(table, labels));
            Variable w = tape.Input(new Shape(24, 8), values, needsGradient: true), b = tape.Input(new Shape(24), values.AsSpan(0, 24), needsGradient: true);
            TapeMark mark = tape.Mark();
            Variable o = tape.Attention(tape.Linear(tape.LayerNormModulate(x, m, 0, 1), w, b), 2);
            Variable y = tape.Release(mark, tape.GatedAdd(x, m, 2, tape.Gelu(o)));
            tape.Backward(tape.MeanSquaredError(tape.Add(y, x), tape.Input(y.Shape, values), default, perSample));
        }

        Assert.Equal(0, Allocations.Of(Step));
    }

    [Fact]
    public void Release_KeepsTheValue_AndMemoryDoesNotGrowWithDepth()
    {
        long Reserved(int depth, bool release, out float[] result)
        {
            Tape tape = new(Cpu.Serial, record: false, new Arena(poison: true));
            tape.Begin();
            TapeMark mark = tape.Mark();
            Variable x = tape.Input(new Shape(3, 70_001), Values.Normal(3 * 70_001, 1));
            for (int i = 0; i < depth; i++)
            {
                Variable y = tape.Add(tape.Gelu(x), tape.Silu(x));
                x = release ? tape.Release(mark, y) : y;
                if (release) Assert.Throws<InvalidOperationException>(() => y.Data.Length);
            }

            result = x.Data.ToArray();
            return tape.ReservedBytes;
        }

        long shallow = Reserved(2, true, out _), deep = Reserved(20, true, out float[] released), kept = Reserved(20, false, out float[] all);
        Assert.Equal(shallow, deep);
        Assert.True(kept > 4 * deep, $"{kept} bytes without release, {deep} with");
        Near.SameBits(all, released);
    }

    [Fact]
    public void Release_OfAnOlderValue_LeavesItWhereItIs()
    {
        Tape tape = new(Cpu.Serial, record: false);
        tape.Begin();
        Variable x = tape.Input(new Shape(3), [1, 2, 3]);
        TapeMark mark = tape.Mark();
        tape.Gelu(x);
        Assert.Equal([1, 2, 3], tape.Release(mark, x).Data.ToArray());
    }

    [Fact]
    public void StepOfOtherOperations_ReplacesThePooledRecords()
    {
        Tape tape = new(Cpu.Serial, record: true);
        float[] Gradient(Func<Variable, Variable> f)
        {
            tape.Begin();
            Variable x = tape.Input(new Shape(2), [1, -2], needsGradient: true);
            Variable y = f(x);
            tape.Backward(tape.MeanSquaredError(y, tape.Input(new Shape(2), new float[2])));
            return x.Gradient.ToArray();
        }

        float[] gelu = Gradient(x => tape.Gelu(x)), silu = Gradient(x => tape.Silu(x));
        Assert.NotEqual(gelu, silu);
        Assert.Equal(gelu, Gradient(x => tape.Gelu(x)));
    }
}
