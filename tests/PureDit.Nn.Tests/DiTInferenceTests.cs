using System.Numerics.Tensors;
using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Nn.Tests;

public sealed class DiTInferenceTests
{
    private static nint[] Lengths(Shape shape)
    {
        nint[] lengths = new nint[shape.Rank];
        shape.CopyTo(lengths);
        return lengths;
    }

    private static float[] Guided(DiT model, Models.Batch b, float scale, GuidedChannels channels)
    {
        float[] y = new float[b.Output.Count];
        model.PredictGuided(
            new Tape(Cpu.Serial, record: false, new Arena(poison: true)), new ReadOnlyTensorSpan<float>(b.X, Lengths(b.Input)), b.T, b.Labels,
            scale, channels, new TensorSpan<float>(y, Lengths(b.Output)));
        return y;
    }

    [Fact]
    public void WarmPrediction_AllocatesNothing()
    {
        DiT model = Models.Random(Models.Image);
        Models.Batch b = Models.BatchFor(Models.Image, 3);
        Tape tape = new(Cpu.Serial, record: false);
        float[] y = new float[b.Output.Count];
        nint[] input = Lengths(b.Input), output = Lengths(b.Output);
        Assert.Equal(0, Allocations.Of(() => model.Predict(
            tape, new ReadOnlyTensorSpan<float>(b.X, input), b.T, b.Labels, new TensorSpan<float>(y, output))));
        Near.SameBits(Models.Predict(model, b), y);
        Assert.Equal(0, Allocations.Of(() => model.PredictGuided(
            tape, new ReadOnlyTensorSpan<float>(b.X, input), b.T, b.Labels, 4, GuidedChannels.Data, new TensorSpan<float>(y, output))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WarmTrainingStep_AllocatesNothing(bool recompute)
    {
        DiT model = Models.Random(Models.Image);
        model.Parameters.EnableTraining();
        Models.Batch b = Models.BatchFor(Models.Image, 3);
        Tape tape = new(Cpu.Serial, record: true, recompute: recompute);
        Assert.Equal(0, Allocations.Of(() =>
        {
            tape.Begin();
            Variable y = model.Forward(tape, tape.Input(b.Input, b.X), b.T, b.Labels);
            model.Parameters.ZeroGradients();
            tape.Backward(tape.MeanSquaredError(y, tape.Input(b.Output, b.Target)));
        }));
    }

    [Fact]
    public void Recomputation_KeepsOneValuePerBlock()
    {
        const int Depth = 24, Batch = 8;
        DiTConfig config = new(new SequenceLayout(32, 8), 64, Depth, 4);
        DiT model = Models.Random(config);
        model.Parameters.EnableTraining();
        Models.Batch b = Models.BatchFor(config, Batch);
        long Reserved(bool recompute)
        {
            Tape tape = new(Cpu.Serial, record: true, recompute: recompute);
            tape.Begin();
            tape.Backward(tape.MeanSquaredError(model.Forward(tape, tape.Input(b.Input, b.X), b.T, b.Labels), tape.Input(b.Output, b.Target)));
            return tape.ReservedBytes;
        }

        // Of a block: 18 values [N, T, D] with everything it keeps, 1 without; and the arena reserves up to twice its need.
        Assert.True(4 * Reserved(true) < Reserved(false), $"{Reserved(true)} bytes with recomputation, {Reserved(false)} without");
    }

    [Fact]
    public void Memory_DoesNotGrowWithDepth()
    {
        long Reserved(int depth)
        {
            DiTConfig config = new(new SequenceLayout(32, 8), 64, depth, 4);
            Tape tape = new(Cpu.Serial, record: false);
            Models.Batch b = Models.BatchFor(config, 8);
            tape.Begin();
            Models.Random(config).Forward(tape, tape.Input(b.Input, b.X), b.T, b.Labels);
            return tape.ReservedBytes;
        }

        Assert.Equal(Reserved(1), Reserved(9));
    }

    [Theory]
    [InlineData(GuidedChannels.Data, 3)]
    [InlineData(GuidedChannels.FirstThree, 3)]
    public void Guidance_InterpolatesFromUnconditionalToConditional_AndBeyond(GuidedChannels channels, int guided)
    {
        DiTConfig config = new(new ImageLayout(4, channels == GuidedChannels.Data ? 3 : 5, 2), 12, 2, 3) { Classes = 5, LearnSigma = true };
        DiT model = Models.Random(config);
        Models.Batch b = Models.BatchFor(config, 2);
        float[] conditional = Models.Predict(model, b), unconditional = Models.Predict(model, b with { Labels = [5, 5] });
        foreach (float scale in new[] { 0f, 1f, 4f })
        {
            float[] actual = Guided(model, b, scale, channels);
            double[] expected = new double[actual.Length];
            for (int i = 0; i < expected.Length; i++)
            {
                int channel = i / 16 % config.OutputChannels;
                expected[i] = channel >= guided ? conditional[i] : unconditional[i] + (scale * ((double)conditional[i] - unconditional[i]));
            }

            Near.EqualToMaximum(expected, actual, 1e-6, $"scale {scale}"); // two roundings of the guided value
        }
    }

    [Fact]
    public void GuidanceOfASequence_RunsOverItsLastAxis()
    {
        DiTConfig config = new(new SequenceLayout(5, 4), 12, 2, 3) { Classes = 5 };
        DiT model = Models.Random(config);
        Models.Batch b = Models.BatchFor(config, 2) with { Labels = [2, 3] };
        float[] conditional = Models.Predict(model, b), guided = Guided(model, b, 3, GuidedChannels.FirstThree);
        for (int i = 0; i < guided.Length; i++) Assert.Equal(i % 4 == 3, guided[i].Equals(conditional[i]));
    }

    [Fact]
    public void Misuse_IsExplained()
    {
        DiT model = Models.Random(Models.Image), plain = Models.Random(Models.Sequence);
        Models.Batch b = Models.BatchFor(Models.Image, 2), s = Models.BatchFor(Models.Sequence, 2);
        Tape tape = new(Cpu.Serial, record: false);
        void Says(string part, Action action) => Assert.Contains(part, Assert.ThrowsAny<Exception>(action).Message, StringComparison.Ordinal);
        void Predict(Tape on, DiT m, Models.Batch from, int[] labels, float[] t, nint[] output)
        {
            float[] y = new float[(int)output.Aggregate((nint)1, (p, l) => p * l)];
            m.Predict(on, new ReadOnlyTensorSpan<float>(from.X, Lengths(from.Input)), t, labels, new TensorSpan<float>(y, output));
        }

        Says("record: false", () => Predict(new Tape(Cpu.Serial, record: true), model, b, b.Labels, b.T, Lengths(b.Output)));
        Says("labels: expected 2 for 2 samples and 5 classes, got 0", () => Predict(tape, model, b, [], b.T, Lengths(b.Output)));
        Says("labels: expected 0 for 2 samples and 0 classes, got 1", () => Predict(tape, plain, s, [0], s.T, Lengths(s.Output)));
        Says("labels: expected 0 to 5", () => Predict(tape, model, b, [0, 6], b.T, Lengths(b.Output)));
        Says("t: expected 2 times", () => Predict(tape, model, b, b.Labels, [1], Lengths(b.Output)));
        Says("x: expected shape [2, 5, 3], got [2, 3, 4, 4]", () => Predict(tape, plain, b, [], b.T, Lengths(b.Output)));
        Says("prediction: expected shape [2, 6, 4, 4], got [2, 3, 4, 4]", () => Predict(tape, model, b, b.Labels, b.T, Lengths(b.Input)));
        Says("model: expected one with classes", () => Guided(plain, s, 4, GuidedChannels.Data));
        Says("labels: expected 2 labels and samples", () => Guided(model, b with { Labels = [1] }, 4, GuidedChannels.Data));
    }
}
