using FsCheck.Fluent;
using PureDit.Autodiff;
using PureDit.Formats;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Nn.Tests;

/// <summary>Files of networks of either kind.</summary>
public sealed class NetworkWeightsTests : IDisposable
{
    private static readonly UNetConfig s_config = new(new SequenceLayout(8, 3), 6) { Levels = 3, Groups = 2, EmbeddingWidth = 7, KernelSize = 5, Blocks = 2 };

    private readonly string _folder = Directory.CreateTempSubdirectory("puredit-networks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    [Fact]
    public void UNet_SaveLoadSave_GivesTheSameBytes_AndPredictions() => Law.Holds(
        from levels in Gen.Choose(1, 3)
        from channels in Gen.Choose(1, 3)
        from blocks in Gen.Choose(1, 2)
        from size in Gen.Elements(1, 3, 5)
        from embedding in Gen.Elements(2, 7, 11)
        select s_config with { Input = new(8, channels), Levels = levels, Blocks = blocks, KernelSize = size, EmbeddingWidth = embedding },
        config =>
        {
            UNet model = Random(config);
            NetworkWeights.Save(model, At("a.safetensors"));
            UNet loaded = Assert.IsType<UNet>(NetworkWeights.Load(At("a.safetensors")));
            NetworkWeights.Save(loaded, At("b.safetensors"));
            Assert.Equal(config, loaded.Config);
            Assert.Equal(File.ReadAllBytes(At("a.safetensors")), File.ReadAllBytes(At("b.safetensors")));
            Near.SameBits(Predict(model), Predict(loaded));
            Near.Varied(Predict(loaded));
            Assert.False(loaded.Parameters.IsTraining);
        },
        cases: 15);

    [Fact]
    public void DiT_HasTheBytesThatItAlwaysHad_AndLoadsAsEither()
    {
        DiT model = Models.Random(Models.Image);
        DiTWeights.Save(model, At("a.safetensors"));
        NetworkWeights.Save(model, At("b.safetensors"));
        Assert.Equal(File.ReadAllBytes(At("a.safetensors")), File.ReadAllBytes(At("b.safetensors")));
        Assert.DoesNotContain("puredit.network", SafetensorsFile.Read(At("a.safetensors")).Metadata.Keys);
        Assert.Equal(model.Config, Assert.IsType<DiT>(NetworkWeights.Load(At("a.safetensors"))).Config);
    }

    [Fact]
    public void AverageOfAUNet_CanBeSavedInPlaceOfTheWeights()
    {
        UNet model = Random(s_config);
        model.Parameters.EnableTraining(average: true);
        model.Parameters.Trained(ParameterBlock.Average).Fill(0.25f);
        NetworkWeights.Save(model, At("ema.safetensors"), ParameterBlock.Average);
        Assert.All(NetworkWeights.Load(At("ema.safetensors")).Parameters.Parameters, p => Assert.True(p.Data.IndexOfAnyExcept(0.25f) < 0, p.Name));
    }

    [Theory]
    [InlineData("puredit.network", "gan", "expected dit or unet, got 'gan'")]
    [InlineData("puredit.network", null, "puredit.input: expected, but missing")]
    [InlineData("puredit.network", "dit", "puredit.input: expected, but missing")]
    [InlineData("puredit.version", "2", "expected 1, got 2")]
    [InlineData("puredit.levels", null, "puredit.levels: expected, but missing")]
    [InlineData("puredit.levels", "three", "expected an integer, got 'three'")]
    [InlineData("puredit.levels", "5", "multiple of 16 frames for 5 levels, got 8")]
    [InlineData("puredit.levels", "2", "not the model that was expected")]
    [InlineData("puredit.width", "7", "Groups: expected a divisor of Width 7")]
    [InlineData("puredit.width", "12", "input.weight: expected [12, 5, 3], got [6, 5, 3]")]
    [InlineData("puredit.width", "16000", "not a possible model")]
    [InlineData("puredit.embedding_width", "999999", "EmbeddingWidth: expected 1 to 65536")]
    [InlineData("puredit.kernel_size", "4", "odd number, got 4")]
    [InlineData("puredit.blocks", "100", "more")]
    public void WrongMetadata_AreExplained(string key, string? value, string expected)
    {
        NetworkWeights.Save(Random(s_config), At("m.safetensors"));
        SafetensorsFile file = SafetensorsFile.Read(At("m.safetensors"));
        Dictionary<string, string> metadata = new(file.Metadata);
        if (value is null) metadata.Remove(key);
        else metadata[key] = value;
        SafetensorsFile.Write(At("bad.safetensors"), new Dictionary<string, SafetensorsEntry>(file.Tensors), metadata);
        DiTFileException error = Assert.Throws<DiTFileException>(() => NetworkWeights.Load(At("bad.safetensors")));
        Assert.Contains("bad.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FileOfTheOtherKind_IsSaidToBeThat()
    {
        NetworkWeights.Save(Random(s_config), At("unet.safetensors"));
        Assert.Contains("expected dit, got 'unet'; NetworkWeights.Load", Assert.Throws<DiTFileException>(() => DiTWeights.Load(At("unet.safetensors"))).Message, StringComparison.Ordinal);
        DiTWeights.Save(Models.Random(Models.Image), At("dit.safetensors"));
        DiTFileException error = Assert.Throws<DiTFileException>(() => SafetensorsFile.Open(At("dit.safetensors"), UNetMetadata.Read));
        Assert.Contains("expected unet, got 'dit'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NetworkWithoutAForm_IsRefused_BeforeAFileIsMade()
    {
        Assert.Contains("expected a DiT or a UNet", Assert.Throws<ArgumentException>(() => NetworkWeights.Save(new Other(), At("x.safetensors"))).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(At("x.safetensors")));
        Assert.Throws<ArgumentException>(() => NetworkWeights.Save(Random(s_config), At("x.safetensors"), metadata: new Dictionary<string, string> { ["puredit.network"] = "dit" }));
    }

    private static UNet Random(UNetConfig config)
    {
        UNet model = new(config, seed: 1);
        foreach (Parameter p in model.Parameters.Parameters)
        {
            float[] values = Values.Normal(p.Shape.Count, 1 + p.Index);
            for (int i = 0; i < values.Length; i++) p.Data[i] = 0.3f * values[i];
        }

        return model;
    }

    private static float[] Predict(UNet model)
    {
        Shape shape = model.Input.BatchShape(2, model.Config.Input.Channels);
        Tape tape = new(Cpu.Serial, record: false);
        tape.Begin();
        return model.Forward(tape, tape.Input(shape, Values.Normal(shape.Count, 5)), [100, 700]).Data.ToArray();
    }

    private sealed class Other : INetwork
    {
        public InputLayout Input => s_config.Input;

        public ParameterStore Parameters { get; } = new();

        public Variable Forward(Tape tape, Variable x, ReadOnlySpan<float> t) => x;
    }
}
