using PureDit.Diffusion;
using PureDit.Formats;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.TestSupport;

namespace PureDit.Inference.Tests;

public sealed class DiffusionModelTests : IDisposable
{
    private const int Frames = 5, Channels = 3;
    private readonly string _folder = Directory.CreateTempSubdirectory("puredit-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static DiffusionModel Model(ChannelScale? scale = null)
    {
        DiT network = new(new DiTConfig(new SequenceLayout(Frames, Channels), Width: 16, Depth: 2, Heads: 2), seed: 7);
        // A fresh network predicts 0: shake every weight, so that a wrong one cannot go unnoticed.
        Span<float> weights = network.Parameters.Trained(Autodiff.ParameterBlock.Weights);
        float[] noise = Values.Normal(weights.Length, 3);
        for (int i = 0; i < weights.Length; i++) weights[i] += 0.1f * noise[i];
        return new DiffusionModel(network, PredictionKind.V, new UniformLogSnr(0.01, 6))
        {
            Scale = scale,
            ChannelNames = ["a", "b,\"c\"", "ü"],
        };
    }

    private static float[] Samples(DiffusionModel model, int count, Cpu? cpu = null, SamplingOptions? options = null)
    {
        float[] values = new float[count * Frames * Channels];
        model.Sample(count, options ?? new SamplingOptions { Steps = 5, Seed = 11 }, cpu ?? Cpu.Serial).FlattenTo(values);
        return values;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    [Fact]
    public void SaveLoadSave_GivesTheSameBytesAndTheSameSamples()
    {
        DiffusionModel model = Model(new ChannelScale([1, -2, 0.1], [0.5, 3, 1e-3]));
        model.Save(PathOf("one.safetensors"));
        DiffusionModel loaded = DiffusionModel.Load(PathOf("one.safetensors"));
        loaded.Save(PathOf("two.safetensors"));
        Assert.Equal(File.ReadAllBytes(PathOf("one.safetensors")), File.ReadAllBytes(PathOf("two.safetensors")));
        Near.SameBits(Samples(model, 3), Samples(loaded, 3));
        Assert.Equal(model.ChannelNames, loaded.ChannelNames);
        Assert.Equal((model.Objective, 0.01, 6.0), (loaded.Objective, loaded.Schedule.Start, loaded.Schedule.End));
    }

    [Fact]
    public void Sample_I_IsTheSameInAnyBatchOnAnyNumberOfThreads()
    {
        DiffusionModel model = Model();
        float[] seven = Samples(model, 7);
        Near.SameBits(seven.AsSpan(0, 2 * Frames * Channels), Samples(model, 2), "first two of seven");
        Near.SameBits(seven, Samples(model, 7, options: new SamplingOptions { Steps = 5, Seed = 11, BatchSize = 3 }), "in batches of three");
        foreach (Cpu cpu in Values.Cpus) Near.SameBits(seven, Samples(model, 7, cpu), $"{cpu.Simd} on {cpu.Threads} threads");
    }

    [Fact]
    public void Sample_AnotherSeed_IsAnotherSample() =>
        Assert.NotEqual(Samples(Model(), 1), Samples(Model(), 1, options: new SamplingOptions { Steps = 5, Seed = 12 }));

    [Fact]
    public void Sample_ComesInTheUnitsOfTheData()
    {
        float[] plain = Samples(Model(), 2), scaled = Samples(Model(new ChannelScale([10, 20, 30], [2, 3, 4])), 2);
        double[] expected = new double[plain.Length];
        for (int i = 0; i < plain.Length; i++) expected[i] = (10 * ((i % 3) + 1)) + (plain[i] * ((i % 3) + 2));
        Near.Equal(expected, scaled, 1e-6, 1e-6);
    }

    [Fact]
    public void Denoiser_IsTheNetworkAtTheLevelsTimestep()
    {
        DiffusionModel model = Model();
        NoiseLevel level = model.Schedule.At(0.25);
        float[] x = Values.Normal(2 * Frames * Channels, 5), prediction = new float[x.Length];
        model.Denoiser(Cpu.Serial).Predict(level, x, prediction);

        Autodiff.Tape tape = new(Cpu.Serial, record: false);
        tape.Begin();
        Autodiff.Variable input = tape.Input(new Autodiff.Shape(2, Frames, Channels), x);
        Near.SameBits(model.Network.Forward(tape, input, [250f, 250f], []).Data, prediction);
    }

    [Fact]
    public void Denoiser_Warm_AllocatesNothing()
    {
        DiffusionModel model = Model();
        DiTDenoiser denoiser = model.Denoiser(Cpu.Serial);
        float[] x = Values.Normal(4 * Frames * Channels, 5), prediction = new float[x.Length];
        NoiseLevel level = model.Schedule.At(0.5);
        Assert.Equal(0, Allocations.Of(() => denoiser.Predict(level, x, prediction)));
    }

    [Fact]
    public void Load_WeightsWithoutTheirMeaning_SaysWhatIsMissing()
    {
        DiTWeights.Save(Model().Network, PathOf("bare.safetensors"));
        DiTFileException error = Assert.Throws<DiTFileException>(() => DiffusionModel.Load(PathOf("bare.safetensors")));
        Assert.Contains("puredit.process.min_time: expected, but missing", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("objective", "guess")]
    [InlineData("min_time", "-1")]
    [InlineData("max_time", "0.001")]
    [InlineData("max_time", "NaN")]
    [InlineData("channel_names", "[\"a\"]")]
    [InlineData("channel_names", "{")]
    [InlineData("mean", "[1,2]")]
    public void Load_WrongMetadata_NamesThePair(string key, string value)
    {
        Model(new ChannelScale([1, 2, 3], [1, 1, 1])).Save(PathOf("good.safetensors"));
        SafetensorsFile file = SafetensorsFile.Read(PathOf("good.safetensors"));
        Dictionary<string, string> metadata = new(file.Metadata) { ["puredit.process." + key] = value };
        SafetensorsFile.Write(PathOf("bad.safetensors"), new Dictionary<string, SafetensorsEntry>(file.Tensors), metadata);
        DiTFileException error = Assert.Throws<DiTFileException>(() => DiffusionModel.Load(PathOf("bad.safetensors")));
        Assert.Contains("puredit.process.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sample_Cancelled_Throws()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => Model().Sample(1, cancellation: source.Token));
    }

    [Fact]
    public void Draw_UnknownSampler_ListsTheNames()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => Model().Sample(1, new SamplingOptions { Sampler = "dmp++" }));
        Assert.Contains("dpm++", error.Message, StringComparison.Ordinal);
    }
}
