using PureDit.Diffusion;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.TestSupport;

namespace PureDit.Inference.Tests;

/// <summary>Models whose network is not a DiT: the same file, the same samples.</summary>
public sealed class ModelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("puredit-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static NetworkModel UNetModel()
    {
        UNet network = new(new UNetConfig(new SequenceLayout(6, 3), 4) { EmbeddingWidth = 5 }, seed: 7);
        Span<float> weights = network.Parameters.Trained(Autodiff.ParameterBlock.Weights);
        float[] noise = Values.Normal(weights.Length, 3);
        for (int i = 0; i < weights.Length; i++) weights[i] += 0.1f * noise[i];
        return new NetworkModel(network, PredictionKind.V, new UniformLogSnr(0.02, 7))
        {
            Scale = new ChannelScale([1, -2, 0.1], [0.5, 3, 1e-3]),
            ChannelNames = ["a", "b", "c"],
            Skip = new GaussianSkip(Values.NormalDouble(18, 4), [.. Enumerable.Range(1, 18).Select(i => (double)i)]),
        };
    }

    private static float[] Samples(IDiffusionModel model)
    {
        float[] values = new float[3 * 18];
        model.Sample(3, new SamplingOptions { Steps = 4, Seed = 11 }, Cpu.Serial).FlattenTo(values);
        return values;
    }

    [Fact]
    public void UNet_SaveLoadSave_GivesTheSameBytesAndTheSameSamples()
    {
        NetworkModel model = UNetModel();
        model.Save(PathOf("one.safetensors"));
        IDiffusionModel loaded = ModelFile.Load(PathOf("one.safetensors"));
        loaded.Save(PathOf("two.safetensors"));
        Assert.IsType<UNet>(loaded.Network);
        Assert.Equal(File.ReadAllBytes(PathOf("one.safetensors")), File.ReadAllBytes(PathOf("two.safetensors")));
        Near.SameBits(Samples(model), Samples(loaded));
        Near.Varied(Samples(loaded));
        Assert.Equal(model.ChannelNames, loaded.ChannelNames);
        Assert.Equal((model.Objective, 0.02, 7.0), (loaded.Objective, loaded.Schedule.Start, loaded.Schedule.End));
        Assert.Contains("expected dit, got 'unet'", Assert.Throws<DiTFileException>(() => DiffusionModel.Load(PathOf("one.safetensors"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DiT_IsADiffusionModel_AsBefore()
    {
        DiT network = new(new DiTConfig(new SequenceLayout(6, 3), Width: 16, Depth: 1, Heads: 2), seed: 7);
        new DiffusionModel(network, PredictionKind.X0, new UniformLogSnr(0.02, 7)).Save(PathOf("dit.safetensors"));
        Assert.Equal(network.Config, Assert.IsType<DiffusionModel>(ModelFile.Load(PathOf("dit.safetensors"))).Network.Config);
    }

    [Fact]
    public void UNetsWeightsWithoutTheirMeaning_SayWhatIsMissing()
    {
        NetworkWeights.Save(UNetModel().Network, PathOf("bare.safetensors"));
        DiTFileException error = Assert.Throws<DiTFileException>(() => ModelFile.Load(PathOf("bare.safetensors")));
        Assert.Contains("puredit.process.min_time: expected, but missing", error.Message, StringComparison.Ordinal);
    }
}
