using FsCheck;
using FsCheck.Fluent;
using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Nn.Tests;

/// <summary>The whole U-Net, forward and backward, against the double reference, and what holds by construction.</summary>
public sealed class UNetTests
{
    private const double ForwardFraction = 5e-5; // of the largest output: some twenty layers of float arithmetic, normalised
    private const double GradientFraction = 3e-4; // of the norm of the products that the derivative sums
    private static readonly UNetConfig s_config = new(new SequenceLayout(8, 3), 6) { Levels = 3, Groups = 2, EmbeddingWidth = 7 };

    private static Gen<UNetConfig> Configs =>
        from levels in Gen.Choose(1, 3)
        from frames in Gen.Choose(1, 3)
        from channels in Gen.Choose(1, 3)
        from groups in Gen.Choose(1, 2)
        from blocks in Gen.Choose(1, 2)
        from size in Gen.Elements(1, 3, 5)
        select new UNetConfig(new SequenceLayout((1 + frames) << (levels - 1), channels), 4 * groups)
        {
            Levels = levels,
            Groups = groups,
            Blocks = blocks,
            KernelSize = size,
            EmbeddingWidth = 5,
        };

    [Fact]
    public void Forward_MatchesReference() => Law.Holds(
        from config in Configs from n in Gen.Choose(1, 3) select (config, n),
        s =>
        {
            UNet model = Random(s.config);
            (float[] x, float[] t) = Batch(s.config, s.n);
            double[] expected = Predict(s.config, Weights(model), Near.ToDouble(x), t);
            Assert.Contains(expected, v => Math.Abs(v) > 1e-3);
            Near.EqualToMaximum(expected, Predict(model, x, t, Cpu.Serial), ForwardFraction, "prediction");
        },
        cases: 25);

    [Fact]
    public void Gradients_AlongRandomDirections_MatchCentralDifferences() => Law.Holds(
        from config in Configs from n in Gen.Choose(1, 2) select (config, n),
        s =>
        {
            UNet model = Random(s.config);
            (float[] x, float[] t) = Batch(s.config, s.n);
            float[] target = Values.Normal(x.Length, 77);
            float[] gradients = Gradients(model, x, t, target);
            Parameter[] parameters = [.. model.Parameters.Parameters];
            double[] point = [.. parameters.SelectMany(p => Near.ToDouble(p.Data)), .. Near.ToDouble(x)];
            double[] direction = Values.NormalDouble(point.Length, 23);
            double Loss(double[] values)
            {
                Dictionary<string, double[]> weights = [];
                int at = 0;
                foreach (Parameter p in parameters) weights[p.Name] = values[at..(at += p.Shape.Count)];
                return Predict(s.config, weights, values[at..], t).Select((v, i) => (v - target[i]) * (v - target[i])).Average();
            }

            double expected = GradientCheck.Directional(Loss, point, direction), actual = 0, scale = 0;
            for (int i = 0; i < gradients.Length; i++)
            {
                actual += gradients[i] * direction[i];
                scale += Math.Pow(gradients[i] * direction[i], 2);
            }

            Near.Equal(expected, actual, 0, GradientFraction * Math.Sqrt(scale), "directional derivative");
        },
        cases: 12);

    [Fact]
    public void FreshModel_PredictsExactlyZero()
    {
        UNet model = new(s_config, seed: 3);
        (float[] x, float[] t) = Batch(s_config, 2);
        Near.SameBits(new float[x.Length], Predict(model, x, t, Cpu.Serial));
    }

    [Fact]
    public void EveryParameter_ReceivesAGradient() // with random parameters: a fresh model's zeros let nothing pass
    {
        UNet model = Random(s_config);
        (float[] x, float[] t) = Batch(s_config, 3);
        Gradients(model, x, t, Values.Normal(x.Length, 77));
        Assert.All(model.Parameters.Parameters, p => Assert.True(p.Gradient.ToArray().Any(g => g != 0), p.Name));
    }

    [Fact]
    public void Bits_DependNeitherOnTheCpuNorOnTheOtherSamples()
    {
        UNet model = Random(s_config);
        (float[] x, float[] t) = Batch(s_config, 5);
        float[] all = Predict(model, x, t, Cpu.Serial);
        foreach (Cpu cpu in Values.Cpus) Near.SameBits(all, Predict(model, x, t, cpu));
        int size = x.Length / 5;
        Near.SameBits(all.AsSpan(2 * size, size), Predict(model, x[(2 * size)..(3 * size)], [t[2]], Cpu.Serial));
        Near.Varied(all);
    }

    [Fact]
    public void WarmTrainingStepAndPrediction_AllocateNothing()
    {
        UNet model = Random(s_config);
        model.Parameters.EnableTraining();
        (float[] x, float[] t) = Batch(s_config, 3);
        Shape shape = s_config.Input.BatchShape(3, 3);
        Tape training = new(Cpu.Serial, record: true), inference = new(Cpu.Serial, record: false);
        Assert.Equal(0, Allocations.Of(() =>
        {
            inference.Begin();
            model.Forward(inference, inference.Input(shape, x), t);
            training.Begin();
            Variable y = model.Forward(training, training.Input(shape, x), t);
            training.Backward(training.MeanSquaredError(y, training.Input(shape, x)));
        }));
    }

    [Fact]
    public void Declaration_CountsWhatIsAllocated() =>
        Assert.Equal(new UNet(s_config, 0).Parameters.ValueCount, s_config.CountParameters());

    [Fact]
    public void Sizes_AreChecked()
    {
        static string Message(UNetConfig config) => Assert.ThrowsAny<ArgumentException>(config.Validate).Message;
        Assert.Contains("multiple of 4 frames for 3 levels, got 6", Message(s_config with { Input = new(6, 3) }), StringComparison.Ordinal);
        Assert.Contains("divisor of Width 6, got 4", Message(s_config with { Groups = 4 }), StringComparison.Ordinal);
        Assert.Contains("odd number, got 4", Message(s_config with { KernelSize = 4 }), StringComparison.Ordinal);
        UNet model = new(s_config, 0);
        Tape tape = new(Cpu.Serial, record: false);
        tape.Begin();
        Assert.Contains("x: expected shape [2, 8, 3], got [2, 4, 3]", Assert.Throws<ArgumentException>(
            () => model.Forward(tape, tape.Input(new Shape(2, 4, 3)), [1, 2])).Message, StringComparison.Ordinal);
        Assert.Contains("t: expected 2 times", Assert.Throws<ArgumentException>(
            () => model.Forward(tape, tape.Input(new Shape(2, 8, 3)), [1])).Message, StringComparison.Ordinal);
    }

    private static UNet Random(UNetConfig config)
    {
        UNet model = new(config, seed: 1);
        foreach (Parameter p in model.Parameters.Parameters)
        {
            float[] values = Values.Normal(p.Shape.Count, 1 + p.Index);
            for (int i = 0; i < values.Length; i++) p.Data[i] = values[i] * (p.Shape.Rank == 1 ? 0.3f : 0.7f / MathF.Sqrt(p.Shape.Count / p.Shape[0]));
        }

        return model;
    }

    private static (float[] X, float[] T) Batch(UNetConfig config, int n) => (
        Values.Normal(n * config.Input.Frames * config.Input.Channels, 5),
        [.. Enumerable.Range(0, n).Select(i => 1000f * (i + 1) / (n + 3))]);

    private static Dictionary<string, double[]> Weights(UNet model) =>
        model.Parameters.Parameters.ToDictionary(p => p.Name, p => Near.ToDouble(p.Data));

    private static double[] Predict(UNetConfig config, Dictionary<string, double[]> weights, double[] x, float[] t) =>
        [.. x.Chunk(x.Length / t.Length).SelectMany((sample, n) => new ReferenceUNet(config, name => weights[name]).Forward(sample, t[n]))];

    private static float[] Predict(UNet model, float[] x, float[] t, Cpu cpu)
    {
        Tape tape = new(cpu, record: false, new Arena(poison: true));
        tape.Begin();
        return model.Forward(tape, tape.Input(model.Input.BatchShape(t.Length, model.Config.Input.Channels), x), t).Data.ToArray();
    }

    private static float[] Gradients(UNet model, float[] x, float[] t, float[] target)
    {
        model.Parameters.EnableTraining();
        Tape tape = new(Cpu.Serial, record: true, new Arena(poison: true));
        tape.Begin();
        Shape shape = model.Input.BatchShape(t.Length, model.Config.Input.Channels);
        Variable input = tape.Input(shape, x, needsGradient: true);
        tape.Backward(tape.MeanSquaredError(model.Forward(tape, input, t), tape.Input(shape, target)));
        return [.. model.Parameters.Parameters.SelectMany(p => p.Gradient.ToArray()), .. input.Gradient];
    }
}
