namespace PureDit.Nn.Tests;

public sealed class DiTConfigTests
{
    [Theory]
    [InlineData("DiT-S/2", 32_963_360L)] // the frozen position table of 256 tokens included
    [InlineData("DiT-B/2", 130_512_416L)]
    [InlineData("DiT-XL/2", 675_129_632L)]
    public void PublishedPresets_HaveThePublishedNumberOfParameters(string name, long expected) =>
        Assert.Equal(expected, DiTPresets.Published(name).CountParameters());

    [Fact]
    public void NanoOnSequences_HasAThirdOfAMillionParameters()
    {
        DiTConfig config = DiTPresets.Nano(new SequenceLayout(64, 8), classes: 1);
        Assert.Equal(333_000, config.CountParameters());
        Assert.Equal(333_000 - (64 * 64), new DiT(config, seed: 1).Parameters.TrainedValueCount);
    }

    [Fact]
    public void PublishedNames_AreTwelveAndUnique()
    {
        Assert.Equal(12, DiTPresets.PublishedNames.Distinct().Count());
        Assert.All(DiTPresets.PublishedNames, name => DiTPresets.Published(name).Validate());
        Assert.Equal(new ImageLayout(64, 4, 8), DiTPresets.Published("DiT-L/8", latentSize: 64).Input);
        Assert.Contains("DiT-S/2", Assert.Throws<ArgumentException>(() => DiTPresets.Published("DiT-M/2")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BadSizes_AreNamedWithExpectedAndActual()
    {
        void Says(string part, DiTConfig config) =>
            Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(() => new DiT(config, 1)).Message, StringComparison.Ordinal);
        DiTConfig image = Models.Image, sequence = Models.Sequence;
        Says("Heads: expected a divisor of Width 12, got 5", image with { Heads = 5 });
        Says("Width: expected a multiple of 4 for ImageLayout, got 18", image with { Width = 18 });
        Says("Width: expected a multiple of 2 for SequenceLayout, got 9", sequence with { Width = 9, Heads = 3 });
        Says("Patch: expected a divisor of Size 5, got 2", image with { Input = new ImageLayout(5, 3, 2) });
        Says("Size: expected 1 to", image with { Input = new ImageLayout(0, 3, 2) });
        Says("Frames: expected 1 to", sequence with { Input = new SequenceLayout(0, 3) });
        Says("Depth: expected 1 to 1000, got 0", image with { Depth = 0 });
        Says("Classes: expected 0 to", image with { Classes = -1 });
        Says("MlpRatio", image with { MlpRatio = double.NaN });
        Says("MlpRatio", image with { MlpRatio = 0.01 });
    }

    [Fact]
    public void ParameterNamesAndShapes_AreThoseOfThePublishedCheckpoints()
    {
        string[] names = [.. new DiT(Models.Image with { Depth = 1 }, seed: 1).Parameters.Parameters.Select(p => p.ToString())];
        Assert.Equal(
        [
            "pos_embed [1, 4, 12]", "x_embedder.proj.weight [12, 3, 2, 2]", "x_embedder.proj.bias [12]",
            "t_embedder.mlp.0.weight [12, 256]", "t_embedder.mlp.0.bias [12]", "t_embedder.mlp.2.weight [12, 12]", "t_embedder.mlp.2.bias [12]",
            "y_embedder.embedding_table.weight [6, 12]",
            "blocks.0.attn.qkv.weight [36, 12]", "blocks.0.attn.qkv.bias [36]", "blocks.0.attn.proj.weight [12, 12]", "blocks.0.attn.proj.bias [12]",
            "blocks.0.mlp.fc1.weight [18, 12]", "blocks.0.mlp.fc1.bias [18]", "blocks.0.mlp.fc2.weight [12, 18]", "blocks.0.mlp.fc2.bias [12]",
            "blocks.0.adaLN_modulation.1.weight [72, 12]", "blocks.0.adaLN_modulation.1.bias [72]",
            "final_layer.linear.weight [24, 12]", "final_layer.linear.bias [24]",
            "final_layer.adaLN_modulation.1.weight [24, 12]", "final_layer.adaLN_modulation.1.bias [24]",
        ],
        names);
        Assert.DoesNotContain(new DiT(Models.Sequence, seed: 1).Parameters.Parameters, p => p.Name.StartsWith("y_embedder", StringComparison.Ordinal));
        Assert.Equal("[10, 3]", new DiT(Models.Sequence, seed: 1).Parameters["x_embedder.proj.weight"].Shape.ToString());
    }
}
