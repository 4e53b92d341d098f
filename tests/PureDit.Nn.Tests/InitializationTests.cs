using PureDit.Autodiff;
using PureDit.TestSupport;

namespace PureDit.Nn.Tests;

public sealed class InitializationTests
{
    private static readonly DiTConfig Config = new(new ImageLayout(4, 3, 2), 64, 1, 4) { Classes = 100, LearnSigma = true };

    [Fact]
    public void LinearLayers_AreXavierUniform()
    {
        DiT model = new(Config, seed: 5);
        foreach ((string name, int fanIn, int fanOut) in new[]
        {
            ("x_embedder.proj.weight", 12, 64), ("blocks.0.attn.qkv.weight", 64, 192), ("blocks.0.attn.proj.weight", 64, 64),
            ("blocks.0.mlp.fc1.weight", 64, 256), ("blocks.0.mlp.fc2.weight", 256, 64),
        })
        {
            double bound = Math.Sqrt(6.0 / (fanIn + fanOut));
            Moments(model.Parameters[name], bound / Math.Sqrt(3), bound);
        }
    }

    [Fact]
    public void Embeddings_AreNormal()
    {
        DiT model = new(Config, seed: 5);
        foreach (string name in new[] { "t_embedder.mlp.0.weight", "t_embedder.mlp.2.weight", "y_embedder.embedding_table.weight" })
        {
            Moments(model.Parameters[name], 0.02, 0.02 * 7);
        }
    }

    [Fact]
    public void ModulationFinalLayerAndBiases_AreZero()
    {
        foreach (Parameter p in new DiT(Config, seed: 5).Parameters.Parameters)
        {
            bool zero = p.Name.EndsWith("bias", StringComparison.Ordinal) || p.Name.Contains("adaLN", StringComparison.Ordinal)
                || p.Name.StartsWith("final_layer", StringComparison.Ordinal);
            Assert.True(zero == (p.Data.IndexOfAnyExcept(0f) < 0), p.Name);
        }
    }

    [Fact]
    public void Seed_DeterminesEverything()
    {
        float[] Weights(ulong seed) => new DiT(Config, seed).Parameters.Trained(ParameterBlock.Weights).ToArray();
        Near.SameBits(Weights(5), Weights(5));
        Assert.NotEqual(Weights(5), Weights(6));
    }

    [Fact]
    public void Parameters_AreIndependentOfEachOther()
    {
        DiT model = new(Config, seed: 5);
        ReadOnlySpan<float> one = model.Parameters["blocks.0.mlp.fc1.weight"].Data, other = model.Parameters["blocks.0.mlp.fc2.weight"].Data;
        double correlation = 0;
        for (int i = 0; i < one.Length; i++) correlation += (double)one[i] * other[i];
        double deviation = Math.Sqrt(6.0 / 320 / 3);
        Assert.InRange(correlation / one.Length / (deviation * deviation), -4 / Math.Sqrt(one.Length), 4 / Math.Sqrt(one.Length));
    }

    private static void Moments(Parameter p, double deviation, double bound)
    {
        double[] values = Near.ToDouble(p.Data);
        double mean = values.Average(), variance = values.Average(v => v * v), n = values.Length;
        Assert.InRange(mean, -4 * deviation / Math.Sqrt(n), 4 * deviation / Math.Sqrt(n));
        Assert.InRange(Math.Sqrt(variance) / deviation, 1 - (3.5 / Math.Sqrt(n)), 1 + (3.5 / Math.Sqrt(n))); // std of s: 1/√(2n) for normals, less for uniforms
        Assert.True(values.Max(Math.Abs) <= bound, p.Name);
    }
}
