using FsCheck.Fluent;
using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Nn.Tests;

/// <summary>Relations between runs that hold bit for bit by construction, whatever the right answer is.</summary>
public sealed class DiTMetamorphicTests
{
    public static TheoryData<DiTConfig> Configs => new(Models.Image, Models.Sequence);

    [Fact]
    public void FreshModel_PredictsExactlyZero_AndItsBlocksAreTheIdentity() => Law.Holds(Models.Configs, config =>
    {
        DiT model = new(config, seed: 3);
        Models.Batch batch = Models.BatchFor(config, 2);
        Tape tape = new(Cpu.Serial, record: false);
        tape.Begin();
        Recorder seen = new();
        Variable y = model.Forward(tape, tape.Input(batch.Input, batch.X), batch.T, batch.Labels, seen);
        Near.SameBits(new float[y.Shape.Count], y.Data, "prediction");
        float[] tokens = seen.Values["x_embedder"];
        ReadOnlySpan<float> positions = model.Parameters["pos_embed"].Data;
        for (int i = 0; i < tokens.Length; i++) tokens[i] += positions[i % positions.Length];
        for (int i = 0; i < config.Depth; i++) Near.SameBits(tokens, seen.Values[$"blocks.{i}"], $"blocks.{i}");
        Assert.Contains(seen.Values["blocks.0.mlp"], v => v != 0); // the gate makes it the identity, not a dead branch
    });

    [Theory]
    [MemberData(nameof(Configs))]
    public void FreshBlocks_PassGradientsOnUnchanged(DiTConfig config)
    {
        // Each block is x + 0·branch: its derivative with respect to x is the identity, so depth leaves no trace.
        float[] shallow = InputGradient(1), deep = InputGradient(3);
        Near.SameBits(shallow, deep);
        Assert.Contains(shallow, g => g != 0);

        float[] InputGradient(int depth)
        {
            DiT model = new(config with { Depth = depth }, seed: 3);
            Parameter final = model.Parameters["final_layer.linear.weight"]; // also zero in a fresh model
            Values.Normal(final.Shape.Count, 7).CopyTo(final.Data);
            Models.Batch batch = Models.BatchFor(config, 2);
            return Models.Gradients(model, batch)[^batch.X.Length..];
        }
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void BatchPermutation_PermutesPredictions(DiTConfig config)
    {
        DiT model = Models.Random(config);
        Models.Batch batch = Models.BatchFor(config, 5);
        int[] order = [3, 0, 4, 1, 2];
        Near.SameBits(Samples(Models.Predict(model, batch), 5, order), Models.Predict(model, batch.Pick(order)));
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void SampleAlone_IsPredictedAsInItsBatch(DiTConfig config)
    {
        DiT model = Models.Random(config);
        Models.Batch batch = Models.BatchFor(config, 5);
        float[] together = Models.Predict(model, batch);
        for (int n = 0; n < 5; n++) Near.SameBits(Samples(together, 5, n), Models.Predict(model, batch.Pick(n)), $"sample {n}");
        Near.SameBits(Samples(together, 5, 1, 2, 3), Models.Predict(model, batch.Pick(1, 2, 3)));
    }

    [Fact]
    public void Recomputation_LeavesEveryBitOfEveryGradient() => Law.Holds(
        Models.Configs,
        config =>
        {
            DiT model = Models.Random(config);
            Models.Batch batch = Models.BatchFor(config, 3);
            float[] kept = Models.Gradients(model, batch);
            foreach (Cpu cpu in Values.Cpus) Near.SameBits(kept, Models.Gradients(model, batch, cpu, recompute: true), $"{cpu.Simd}, {cpu.Threads} threads");
        },
        cases: 15);

    [Theory]
    [MemberData(nameof(Configs))]
    public void LossTimesPowerOfTwo_ScalesGradientsExactly(DiTConfig config)
    {
        DiT model = Models.Random(config);
        Models.Batch batch = Models.BatchFor(config, 3);
        float[] once = Models.Gradients(model, batch), scaled = Models.Gradients(model, batch, seed: 64);
        Near.SameBits([.. once.Select(g => 64 * g)], scaled);
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void ThreadsAndVectorWidth_LeavePredictionsAndGradients(DiTConfig config)
    {
        DiT model = Models.Random(config);
        Models.Batch batch = Models.BatchFor(config, 3);
        float[] prediction = Models.Predict(model, batch), gradients = Models.Gradients(model, batch);
        Near.Varied(prediction);
        Near.Varied(gradients);
        foreach (Cpu cpu in Values.Cpus)
        {
            string where = $"{cpu.Simd} on {cpu.Threads} threads";
            Near.SameBits(prediction, Models.Predict(model, batch, cpu), where);
            Near.SameBits(gradients, Models.Gradients(model, batch, cpu), where);
        }
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void NaNInOneSample_DoesNotReachTheOthers(DiTConfig config)
    {
        DiT model = Models.Random(config);
        Models.Batch batch = Models.BatchFor(config, 3);
        float[] clean = Models.Predict(model, batch);
        batch.T[1] = float.NaN;
        batch.X.AsSpan(batch.X.Length / 3, batch.X.Length / 3).Fill(float.NaN);
        float[] dirty = Models.Predict(model, batch);
        Near.SameBits(Samples(clean, 3, 0, 2), Samples(dirty, 3, 0, 2));
        Assert.All(Samples(dirty, 3, 1), v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    public void GradientsOfHalfBatches_AccumulateToThoseOfTheBatch()
    {
        DiT model = Models.Random(Models.Image);
        Models.Batch batch = Models.BatchFor(Models.Image, 4);
        int parameters = model.Parameters.Parameters.Where(p => p.IsTrained).Sum(p => p.Shape.Count);
        double[] whole = Near.ToDouble(Models.Gradients(model, batch).AsSpan(0, parameters));
        Models.Gradients(model, batch.Pick(0, 1), seed: 0.5f);
        float[] sum = Models.Gradients(model, batch.Pick(2, 3), seed: 0.5f, zeroFirst: false);
        Near.EqualToMaximum(whole, sum.AsSpan(0, parameters), 1e-6, "gradients"); // another order of the same float sums
    }

    [Fact]
    public void NullLabel_IsARowOfItsOwn()
    {
        DiT model = Models.Random(Models.Image);
        Models.Batch batch = Models.BatchFor(Models.Image, 1);
        float[] Labelled(int label) => Models.Predict(model, batch with { Labels = [label] });
        float[] before = Labelled(Models.Image.NullLabel), other = Labelled(0);
        Parameter table = model.Parameters["y_embedder.embedding_table.weight"];
        Assert.Equal(Models.Image.Classes + 1, table.Shape[0]);
        table.Data[^1] += 1;
        Assert.NotEqual(before, Labelled(Models.Image.NullLabel));
        Near.SameBits(other, Labelled(0));
    }

    private static float[] Samples(float[] values, int n, params int[] samples) =>
        [.. samples.SelectMany(s => values[(s * values.Length / n)..((s + 1) * values.Length / n)])];

    private sealed class Recorder : IActivationObserver
    {
        public Dictionary<string, float[]> Values { get; } = [];

        public void Observe(string name, Variable value) => Values.Add(name, value.Data.ToArray());
    }
}
