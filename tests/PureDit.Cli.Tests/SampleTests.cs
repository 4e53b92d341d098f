using System.Globalization;
using PureDit.Formats;
using PureDit.TestSupport;

namespace PureDit.Cli.Tests;

public sealed class SampleTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    private const int Count = 5, Frames = 16, Channels = 4;

    [Fact]
    public void Sample_WritesTheSameNumbersInEveryFormat()
    {
        foreach (string ending in new[] { "csv", "npy", "safetensors" })
        {
            var json = run.Runner.Run("sample", "tiny", "-n", "5", "--steps", "3", "--seed", "11", "-o", "same." + ending, "--json").Expect(0).Json;
            Assert.Equal(Count, json.GetProperty("count").GetInt32());
            Assert.Equal(run.Runner.PathOf("same." + ending), json.GetProperty("file").GetString());
            Assert.Equal(11, json.GetProperty("seed").GetInt32());
            Assert.Equal("dpm++", json.GetProperty("sampler").GetString());
        }

        NpyFile npy = NpyFile.Read(run.Runner.PathOf("same.npy"));
        SafetensorsFile safetensors = SafetensorsFile.Read(run.Runner.PathOf("same.safetensors"));
        Assert.Equal([Count, Frames, Channels], npy.Shape.ToArray());
        Assert.Equal([Count, Frames, Channels], safetensors.Tensors["samples"].Shape.ToArray());
        Near.SameBits(npy.ToFloats(), safetensors.ToFloats("samples"));
        Near.SameBits(npy.ToFloats(), Csv(run.Runner.PathOf("same.csv")));
        Assert.True(npy.ToFloats().Distinct().Count() > Count * Frames); // not all alike
    }

    [Fact]
    public void Sample_DoesNotDependOnTheCount()
    {
        run.Runner.Run("sample", "tiny", "-n", "2", "--seed", "3", "-o", "two.npy").Expect(0);
        run.Runner.Run("sample", "tiny", "-n", "300", "--seed", "3", "--threads", "2", "-o", "many.npy").Expect(0);
        float[] two = NpyFile.Read(run.Runner.PathOf("two.npy")).ToFloats();
        Near.SameBits(two, NpyFile.Read(run.Runner.PathOf("many.npy")).ToFloats().AsSpan(0, two.Length));
    }

    [Fact]
    public void Sample_IntoAFileThatExists_NeedsForce()
    {
        string file = run.Runner.PathOf("kept.csv");
        File.WriteAllText(file, "mine");
        run.Runner.Run("sample", "tiny", "-n", "1", "-o", "kept.csv").ExpectError(2, "kept.csv", "--force");
        Assert.Equal("mine", File.ReadAllText(file));
        run.Runner.Run("sample", "tiny", "-n", "1", "-o", "kept.csv", "--force").Expect(0);
        Assert.StartsWith("sample,frame,x0,x1,x2,x3\n0,0,", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(run.Runner.Folder, ".*")); // no temporary file stays
    }

    [Theory]
    [InlineData(2, "--count", "-n", "0", "-o", "a.csv")]
    [InlineData(2, "--count", "-n", "many", "-o", "a.csv")]
    [InlineData(2, "--steps", "-n", "1", "-o", "a.csv", "--steps", "1")]
    [InlineData(2, "--seed", "-n", "1", "-o", "a.csv", "--seed", "-1")]
    [InlineData(2, "did you mean ddim?", "-n", "1", "-o", "a.csv", "--sampler", "dim")]
    [InlineData(2, ".safetensors", "-n", "1", "-o", "a.txt")]
    [InlineData(4, "no such folder", "-n", "1", "-o", "nowhere/a.csv")]
    public void Sample_RefusesByName(int code, string named, params string[] options) =>
        run.Runner.Run(["sample", "tiny", .. options]).ExpectError(code, named);

    private static float[] Csv(string path)
    {
        string[] lines = File.ReadAllLines(path);
        Assert.Equal(1 + (Count * Frames), lines.Length);
        Assert.StartsWith("4,15,", lines[^1], StringComparison.Ordinal);
        return [.. lines.Skip(1).SelectMany(line => line.Split(',').Skip(2)).Select(cell => float.Parse(cell, CultureInfo.InvariantCulture))];
    }
}
