using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Nn.Tests;

public sealed class AttentionMapsTests
{
    private const double FloatTolerance = 1e-5; // the network works in float, the maps in double

    private static readonly DiTConfig Config = Models.Sequence with { Classes = 0 };

    [Fact]
    public void Rows_SumToOne_ForEveryLayerAndHead()
    {
        (_, IReadOnlyList<AttentionMap> maps, _) = Run(samples: 3);
        int tokens = Config.Input.Tokens;
        Assert.Equal(Config.Depth * Config.Heads, maps.Count);
        Assert.Equal(maps.Count, maps.Select(map => (map.Layer, map.Head)).Distinct().Count());
        foreach (AttentionMap map in maps)
        {
            Assert.Equal(tokens * tokens, map.Weights.Length);
            Assert.True(map.Strength > 0);
            for (int i = 0; i < tokens; i++) Assert.Equal(1, map.Weights.Skip(i * tokens).Take(tokens).Sum(), 1e-12);
        }
    }

    [Fact]
    public void WeightsTimesValues_AreWhatTheLayerComputes()
    {
        (DiT model, IReadOnlyList<AttentionMap> maps, Recorder seen) = Run(samples: 1);
        (int tokens, int width, int size) = (Config.Input.Tokens, Config.Width, Config.Width / Config.Heads);
        float[] weight = model.Parameters["blocks.0.attn.proj.weight"].Data.ToArray(), bias = model.Parameters["blocks.0.attn.proj.bias"].Data.ToArray();
        float[] qkv = seen.Qkv["blocks.0.attn"], branch = seen.Values["blocks.0.attn"];
        for (int i = 0; i < tokens; i++)
        {
            double[] output = new double[width];
            for (int c = 0; c < width; c++)
            {
                AttentionMap map = maps.Single(m => m.Layer == "blocks.0.attn" && m.Head == c / size);
                for (int j = 0; j < tokens; j++) output[c] += map.Weights[(i * tokens) + j] * qkv[(((j * 3) + 2) * width) + c];
            }

            for (int c = 0; c < width; c++)
            {
                double expected = bias[c];
                for (int k = 0; k < width; k++) expected += weight[(c * width) + k] * output[k];
                Assert.Equal(expected, branch[(i * width) + c], FloatTolerance * (1 + Math.Abs(expected)));
            }
        }
    }

    [Fact]
    public void Maps_OfTwoPasses_AreTheirMean()
    {
        (DiT model, IReadOnlyList<AttentionMap> both, _) = Run(samples: 2);
        Models.Batch batch = Models.BatchFor(Config, 2);
        int half = batch.X.Length / 2;
        AttentionMap first = AttentionMaps.Of(model, batch.X.AsSpan(0, half), batch.T.AsSpan(0, 1))[0];
        AttentionMap second = AttentionMaps.Of(model, batch.X.AsSpan(half), batch.T.AsSpan(1, 1))[0];
        for (int at = 0; at < first.Weights.Length; at++) Assert.Equal(0.5 * (first.Weights[at] + second.Weights[at]), both[0].Weights[at], 1e-6);
        Assert.Equal(0, first.Strength, 1e-9); // one sample does not vary
    }

    [Fact]
    public void Observer_ChangesNoBit()
    {
        DiT model = Models.Random(Config);
        Models.Batch batch = Models.BatchFor(Config, 2);
        Near.SameBits(Models.Predict(model, batch), Predict(model, batch, new AttentionMaps()));
    }

    private static (DiT Model, IReadOnlyList<AttentionMap> Maps, Recorder Seen) Run(int samples)
    {
        DiT model = Models.Random(Config);
        Models.Batch batch = Models.BatchFor(Config, samples);
        Recorder seen = new();
        Predict(model, batch, seen);
        return (model, AttentionMaps.Of(model, batch.X, batch.T), seen);
    }

    private static float[] Predict(DiT model, Models.Batch batch, IActivationObserver observer)
    {
        Tape tape = new(Cpu.Serial, record: false);
        tape.Begin();
        return model.Forward(tape, tape.Input(batch.Input, batch.X), batch.T, batch.Labels, observer).Data.ToArray();
    }

    private sealed class Recorder : IActivationObserver
    {
        public Dictionary<string, float[]> Values { get; } = [];

        public Dictionary<string, float[]> Qkv { get; } = [];

        public void Observe(string name, Variable value) => Values.Add(name, value.Data.ToArray());

        public void ObserveAttention(string name, Variable qkv, int heads) => Qkv.Add(name, qkv.Data.ToArray());
    }
}
