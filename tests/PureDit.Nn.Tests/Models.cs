using FsCheck;
using FsCheck.Fluent;
using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Nn.Tests;

/// <summary>Small models with random parameters everywhere (a fresh one predicts 0), and runs of them.</summary>
internal static class Models
{
    public static readonly DiTConfig Image = new(new ImageLayout(4, 3, 2), 12, 2, 3) { Classes = 5, LearnSigma = true, MlpRatio = 1.5 };

    public static readonly DiTConfig Sequence = new(new SequenceLayout(5, 3), 10, 2, 2);

    public static Gen<DiTConfig> Configs
    {
        get
        {
            Gen<InputLayout> image = from patch in Gen.Choose(1, 3)
                                     from grid in Gen.Choose(1, 3)
                                     from c in Gen.Choose(1, 5)
                                     select (InputLayout)new ImageLayout(patch * grid, c, patch);
            Gen<InputLayout> sequence = from frames in Gen.Choose(1, 7)
                                        from c in Gen.Choose(1, 5)
                                        select (InputLayout)new SequenceLayout(frames, c);
            return from input in Gen.OneOf(image, sequence)
                   from heads in Gen.Choose(1, 3)
                   from size in Gen.Elements(4, 8)
                   from depth in Gen.Choose(1, 3)
                   from ratio in Gen.Elements(0.5, 1, 2.6, 4)
                   from classes in Gen.Elements(0, 1, 7)
                   from learn in Gen.Elements(true, false)
                   select new DiTConfig(input, heads * size, depth, heads) { MlpRatio = ratio, Classes = classes, LearnSigma = learn };
        }
    }

    public static DiT Random(DiTConfig config, int seed = 1)
    {
        DiT model = new(config, seed: 1);
        foreach (Parameter p in model.Parameters.Parameters)
        {
            if (!p.IsTrained) continue;
            float[] values = Values.Normal(p.Shape.Count, seed + p.Index);
            for (int i = 0; i < values.Length; i++) p.Data[i] = values[i] * (p.Shape.Rank == 1 ? 0.3f : 0.5f / MathF.Sqrt(p.Shape.Count / p.Shape[0]));
        }

        return model;
    }

    public static Batch BatchFor(DiTConfig config, int n, int seed = 5)
    {
        float[] times = [.. Enumerable.Range(0, n).Select(i => 1000f * (i + 1) / (n + 3))];
        int[] labels = config.Classes == 0 ? [] : [.. Enumerable.Range(0, n).Select(i => (i * 3 + 2) % (config.Classes + 1))];
        Shape input = config.Input.BatchShape(n, config.Input.DataChannels), output = config.Input.BatchShape(n, config.OutputChannels);
        return new Batch(input, output, Values.Normal(input.Count, seed), times, labels, Values.Normal(output.Count, seed + 1));
    }

    public static float[] Predict(DiT model, Batch batch, Cpu? cpu = null)
    {
        Tape tape = new(cpu ?? Cpu.Serial, record: false, new Arena(poison: true));
        tape.Begin();
        return model.Forward(tape, tape.Input(batch.Input, batch.X), batch.T, batch.Labels).Data.ToArray();
    }

    /// <summary>Gradients of the mean squared error, all parameters one after another, the input's last.</summary>
    public static float[] Gradients(DiT model, Batch batch, Cpu? cpu = null, float seed = 1, bool zeroFirst = true, bool recompute = false)
    {
        if (!model.Parameters.IsTraining) model.Parameters.EnableTraining();
        if (zeroFirst) model.Parameters.ZeroGradients();
        Tape tape = new(cpu ?? Cpu.Serial, record: true, new Arena(poison: true), recompute);
        tape.Begin();
        Variable x = tape.Input(batch.Input, batch.X, needsGradient: true);
        Variable y = model.Forward(tape, x, batch.T, batch.Labels);
        tape.Backward(tape.MeanSquaredError(y, tape.Input(batch.Output, batch.Target)), seed);
        return [.. model.Parameters.Parameters.Where(p => p.IsTrained).SelectMany(p => p.Gradient.ToArray()), .. x.Gradient];
    }

    public sealed record Batch(Shape Input, Shape Output, float[] X, float[] T, int[] Labels, float[] Target)
    {
        public int N => T.Length;

        /// <summary>Some of the samples, in some order.</summary>
        public Batch Pick(params int[] samples)
        {
            float[] From(float[] values) => [.. samples.SelectMany(s => values[(s * values.Length / N)..((s + 1) * values.Length / N)])];
            return new Batch(
                WithBatch(Input, samples.Length), WithBatch(Output, samples.Length), From(X), From(T),
                Labels.Length == 0 ? [] : [.. samples.Select(s => Labels[s])], From(Target));
        }

        private static Shape WithBatch(Shape s, int n) => s.Rank == 4 ? new Shape(n, s[1], s[2], s[3]) : new Shape(n, s[1], s[2]);
    }
}
