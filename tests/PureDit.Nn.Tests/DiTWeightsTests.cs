using PureDit.Autodiff;
using PureDit.Formats;
using PureDit.TestSupport;

namespace PureDit.Nn.Tests;

public sealed class DiTWeightsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("puredit-weights-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    [Fact]
    public void SaveLoadSave_GivesTheSameBytes() => Law.Holds(Models.Configs, config =>
    {
        DiT model = Models.Random(config);
        DiTWeights.Save(model, At("a.safetensors"));
        DiT loaded = DiTWeights.Load(At("a.safetensors"));
        DiTWeights.Save(loaded, At("b.safetensors"));
        Assert.Equal(config, loaded.Config);
        Assert.Equal(File.ReadAllBytes(At("a.safetensors")), File.ReadAllBytes(At("b.safetensors")));
        Models.Batch batch = Models.BatchFor(config, 2);
        Near.SameBits(Models.Predict(model, batch), Models.Predict(loaded, batch));
        Assert.False(loaded.Parameters.IsTraining);
    }, cases: 20);

    [Fact]
    public void Average_CanBeSavedInPlaceOfTheWeights()
    {
        DiT model = Models.Random(Models.Image);
        model.Parameters.EnableTraining(average: true);
        model.Parameters.Trained(ParameterBlock.Average).Fill(0.25f);
        DiTWeights.Save(model, At("ema.safetensors"), ParameterBlock.Average, new Dictionary<string, string> { ["step"] = "17" });
        DiT loaded = DiTWeights.Load(At("ema.safetensors"));
        foreach (Parameter p in loaded.Parameters.Parameters)
        {
            if (p.IsTrained) Assert.True(p.Data.IndexOfAnyExcept(0.25f) < 0, p.Name);
            else Near.SameBits(model.Parameters[p.Name].Data, p.Data);
        }

        Assert.Equal("17", SafetensorsFile.Read(At("ema.safetensors")).Metadata["step"]);
        Assert.Throws<ArgumentException>(() => DiTWeights.Save(
            model, At("x.safetensors"), metadata: new Dictionary<string, string> { ["puredit.width"] = "3" }));
    }

    [Fact]
    public void WrongTensors_AreAllListed()
    {
        DiTWeights.Save(Models.Random(Models.Image), At("m.safetensors"));
        SafetensorsFile file = SafetensorsFile.Read(At("m.safetensors"));
        Dictionary<string, SafetensorsEntry> tensors = new(file.Tensors);
        tensors.Remove("blocks.1.attn.qkv.bias");
        tensors["blocks.9.attn.qkv.bias"] = SafetensorsEntry.FromFloats(new float[3], 3);
        tensors["final_layer.linear.bias"] = SafetensorsEntry.FromFloats(new float[3], 3);
        SafetensorsFile.Write(At("bad.safetensors"), tensors, file.Metadata);
        string message = Assert.Throws<DiTFileException>(() => DiTWeights.Load(At("bad.safetensors"))).Message;
        Assert.Contains("bad.safetensors", message, StringComparison.Ordinal);
        Assert.Contains("blocks.1.attn.qkv.bias: missing, expected [36]", message, StringComparison.Ordinal);
        Assert.Contains("blocks.9.attn.qkv.bias: unexpected", message, StringComparison.Ordinal);
        Assert.Contains("final_layer.linear.bias: expected [24], got [3]", message, StringComparison.Ordinal);
        tensors = new(file.Tensors) { ["x_embedder.proj.bias"] = SafetensorsEntry.FromInt64s(new long[12], 12) };
        SafetensorsFile.Write(At("integers.safetensors"), tensors, file.Metadata);
        Assert.Throws<SafetensorsException>(() => DiTWeights.Load(At("integers.safetensors")));
    }

    [Theory]
    [InlineData("puredit.version", "2", "expected 1, got 2")]
    [InlineData("puredit.width", null, "puredit.width: expected, but missing")]
    [InlineData("puredit.width", "twelve", "expected an integer, got 'twelve'")]
    [InlineData("puredit.width", "13", "Heads")]
    [InlineData("puredit.width", "99999999999", "expected an integer")]
    [InlineData("puredit.width", "60000", "not a possible model")]
    [InlineData("puredit.depth", "1000", "and 9970 more")]
    [InlineData("puredit.mlp_ratio", "NaN", "expected a finite number")]
    [InlineData("puredit.mlp_ratio", "1,5", "expected a finite number")]
    [InlineData("puredit.learn_sigma", "yes", "expected true or false")]
    [InlineData("puredit.input", "video", "expected image or sequence, got video")]
    public void WrongMetadata_AreExplained(string key, string? value, string expected)
    {
        DiTWeights.Save(Models.Random(Models.Image), At("m.safetensors"));
        SafetensorsFile file = SafetensorsFile.Read(At("m.safetensors"));
        Dictionary<string, string> metadata = new(file.Metadata);
        if (value is null) metadata.Remove(key);
        else metadata[key] = value;
        SafetensorsFile.Write(At("bad.safetensors"), new Dictionary<string, SafetensorsEntry>(file.Tensors), metadata);
        Assert.Contains(expected, Assert.Throws<DiTFileException>(() => DiTWeights.Load(At("bad.safetensors"))).Message, StringComparison.Ordinal);
    }
}
