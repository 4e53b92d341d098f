using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Nn.Tests;

/// <summary>Models whose attention has bounded scores: exact or polynomial.</summary>
public sealed class BoundedAttentionTests : IDisposable
{
    private static readonly DiTConfig Plain = new(new SequenceLayout(64, 3), 12, 2, 3);

    private readonly string _folder = Directory.CreateTempSubdirectory("puredit-attention-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static DiTConfig With(AttentionMode mode, double error = 1e-3) => Plain with { Attention = new AttentionSettings(mode, error, LargestScore: 2) };

    // A network with open gates, loud attention and scores up to their bound learns what one that is like it says.
    private static double[] Losses(AttentionSettings attention, int steps)
    {
        DiT model = AtTheLimit(attention, 0);
        Models.Batch batch = Models.BatchFor(model.Config, 4);
        batch = batch with { Target = Models.Predict(AtTheLimit(Exact, 0.1f), batch) };
        model.Parameters.EnableTraining();
        Tape tape = new(new Cpu(2), record: true, new Arena(poison: true));
        double[] losses = new double[steps];
        for (int step = 0; step < steps; step++)
        {
            model.Parameters.ZeroGradients();
            tape.Begin();
            Variable y = model.Forward(tape, tape.Input(batch.Input, batch.X), batch.T, batch.Labels);
            Variable loss = tape.MeanSquaredError(y, tape.Input(batch.Output, batch.Target));
            losses[step] = loss.Data[0];
            tape.Backward(loss);
            Elementwise.Axpy(Cpu.Serial, -0.05f, model.Parameters.Trained(ParameterBlock.Gradients), model.Parameters.Trained(ParameterBlock.Weights));
        }

        return losses;
    }

    private static AttentionSettings Exact => new(AttentionMode.Exact, LargestScore: 2);

    private static DiT AtTheLimit(AttentionSettings attention, float moved)
    {
        DiT model = Models.Random(Plain with { Attention = attention });
        foreach (Parameter p in model.Parameters.Parameters)
        {
            if (p.Name.EndsWith("_norm.weight", StringComparison.Ordinal)) p.Data.Fill(Exact.LargestGain(4));
            else if (p.IsTrained) for (int i = 0; i < p.Data.Length; i++) p.Data[i] *= 1 + (moved * ((i * 7 % 3) - 1));
            if (p.Name.EndsWith("attn.proj.weight", StringComparison.Ordinal)) Elementwise.Scale(Cpu.Serial, p.Data, 16, p.Data);
        }

        return model;
    }

    /// <summary>
    /// A polynomial of error ε moves the weights of a row by η = ε/(1 − ε) at most, equal weights (loss L₀) by about 1. If outputs
    /// move no further per weight than on that way, ‖y_ε − y‖ ≤ η(√L₀ + √L), and |L_ε/L − 1| ≤ 2η(1 + √(L₀/L)) to first order.
    /// </summary>
    [Fact]
    public void Training_WithPolynomialAttention_PartsFromTheExactLossInProportionToTheError_AndWithinItsBound()
    {
        const int steps = 40;
        double[] exact = Losses(Exact, steps), equal = Losses(Exact with { LargestScore = 1e-8 }, steps); // without scores
        Assert.True(exact[^1] < 0.9 * exact[0], $"nothing was learned: {exact[0]} to {exact[^1]}");
        Assert.True(equal[^1] > 1.5 * exact[^1], $"attention does not matter: {equal[^1]} without, {exact[^1]} with");
        (double Epsilon, double Apart, double Bound) Of(double asked)
        {
            AttentionSettings settings = Exact with { Mode = AttentionMode.Polynomial, Error = asked };
            AttentionPlan plan = settings.PlanFor(new AttentionShape(1, Plain.Input.Tokens, 1, 4));
            double apart = exact.Zip(Losses(settings, steps), (a, b) => Math.Abs((b / a) - 1)).Max();
            return (plan.ApproximationError, apart, 2 * plan.CertifiedError / (1 - plan.CertifiedError) * (1 + Math.Sqrt(equal[0] / exact[0])));
        }

        (double Epsilon, double Apart, double Bound)[] found = [Of(1e-2), Of(1e-3), Of(1e-4)];
        Assert.All(found, f => Assert.True(f.Apart <= f.Bound, $"{f}"));
        double slope = Math.Log(found[0].Apart / found[2].Apart) / Math.Log(found[0].Epsilon / found[2].Epsilon);
        Assert.True(Math.Abs(slope - 1) <= 0.25, $"slope {slope}: {string.Join(", ", found)}");
        double low = Of(0.5).Apart;
        Assert.True(low > found[2].Bound, $"too low a degree passes for an error of 1e-4: {low}, bound {found[2].Bound}");
    }

    [Fact]
    public void Gains_AreParameters_AndClippedOnesBoundTheScores()
    {
        DiT model = new(With(AttentionMode.Polynomial), seed: 1);
        Parameter gain = model.Parameters["blocks.1.attn.q_norm.weight"];
        Assert.Equal(new Shape(3), gain.Shape);
        float largest = model.Config.Attention!.LargestGain(4);
        Near.Equal(2, largest * largest / Math.Sqrt(4), 1e-6, 0, "R");
        Near.Equal(largest / Math.Sqrt(2), gain.Data[0], 1e-6, 0, "gain");
        DiT random = Models.Random(With(AttentionMode.Polynomial));
        foreach (Parameter p in random.Parameters.Parameters) if (p.Name.EndsWith("_norm.weight", StringComparison.Ordinal)) p.Data.Fill(1e6f);
        Assert.All(Models.Predict(random, Models.BatchFor(random.Config, 2)), y => Assert.True(float.IsFinite(y))); // the plan's radius held
    }

    [Fact]
    public void Default_HasNoGains_AndItsBitsArePlainAttentions()
    {
        Assert.Null(Plain.Attention);
        Assert.DoesNotContain(new DiT(Plain, seed: 1).Parameters.Parameters, p => p.Name.Contains("norm", StringComparison.Ordinal));
        Assert.DoesNotContain(DiTMetadata.Write(Plain).Keys, key => key.Contains("attention", StringComparison.Ordinal));
    }

    [Fact]
    public void Prediction_OfASampleDoesNotDependOnItsBatch()
    {
        DiT model = Models.Random(With(AttentionMode.Polynomial));
        Models.Batch batch = Models.BatchFor(model.Config, 3);
        float[] all = Models.Predict(model, batch);
        for (int i = 0; i < 3; i++)
        {
            Near.SameBits(Models.Predict(model, batch.Pick(i)), all.AsSpan(i * all.Length / 3, all.Length / 3), $"sample {i}");
        }
    }

    [Fact]
    public void Recomputing_GivesTheSameGradients()
    {
        DiT model = Models.Random(With(AttentionMode.Polynomial));
        Models.Batch batch = Models.BatchFor(model.Config, 2);
        Near.SameBits(Models.Gradients(model, batch), Models.Gradients(model, batch, new Cpu(2), recompute: true));
    }

    [Theory]
    [InlineData(AttentionMode.Auto)]
    [InlineData(AttentionMode.Exact)]
    [InlineData(AttentionMode.Polynomial)]
    public void SavedAndLoaded_TheSettingsAndThePredictionsAreTheSame(AttentionMode mode)
    {
        DiT model = Models.Random(With(mode, 1e-2));
        string path = Path.Combine(_folder, "m.safetensors");
        DiTWeights.Save(model, path);
        DiT loaded = DiTWeights.Load(path);
        Assert.Equal(model.Config, loaded.Config);
        Models.Batch batch = Models.BatchFor(model.Config, 2);
        Near.SameBits(Models.Predict(model, batch), Models.Predict(loaded, batch));
    }

    [Fact]
    public void UnknownMode_IsExplained()
    {
        string path = Path.Combine(_folder, "m.safetensors");
        DiTWeights.Save(Models.Random(With(AttentionMode.Auto)), path);
        Formats.SafetensorsFile file = Formats.SafetensorsFile.Read(path);
        Formats.SafetensorsFile.Write(path, new Dictionary<string, Formats.SafetensorsEntry>(file.Tensors), new Dictionary<string, string>(file.Metadata) { ["puredit.attention"] = "linear" });
        Assert.Contains("expected auto, exact or polynomial, got linear", Assert.Throws<DiTFileException>(() => DiTWeights.Load(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AttentionMode.Auto, 1e-3, 0, "LargestScore")]
    [InlineData(AttentionMode.Auto, 0, 2, "Error")]
    [InlineData(AttentionMode.Auto, 1e-3, double.NaN, "LargestScore")]
    [InlineData((AttentionMode)7, 1e-3, 2, "Mode")]
    [InlineData(AttentionMode.Polynomial, 1e-3, 30, "scores spread")]
    [InlineData(AttentionMode.Polynomial, 1e-15, 2, "rounding alone")]
    public void Settings_ThatCannotBe_AreRefused(AttentionMode mode, double error, double largestScore, string named)
    {
        DiTConfig config = Plain with { Attention = new AttentionSettings(mode, error, largestScore) };
        Assert.Contains(named, Assert.ThrowsAny<ArgumentException>(config.Validate).Message, StringComparison.Ordinal);
    }
}
