using static PureDit.Formats.Tests.SafetensorsBytes;

namespace PureDit.Formats.Tests;

public sealed class SafetensorsIndexTests : IDisposable
{
    private const string First = "model-00001-of-00002.safetensors", Second = "model-00002-of-00002.safetensors";
    private const string Good = $$$"""{"metadata":{"total_size":40,"note":"x"},"weight_map":{"a":"{{{First}}}","b":"{{{First}}}","c":"{{{Second}}}"}}""";
    private readonly TemporaryFolder _folder = new();

    public SafetensorsIndexTests()
    {
        Write(First, new() { ["a"] = SafetensorsEntry.FromFloats(new float[] { 1, 2, 3 }, 3), ["b"] = SafetensorsEntry.From<int>(new[] { 4 }, 1) }, "1");
        Write(Second, new() { ["c"] = SafetensorsEntry.From<double>(new[] { 5.0, 6, 7 }, 3) }, "2");
    }

    private string Index => _folder["model.safetensors.index.json"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shards_AreOneFile()
    {
        System.IO.File.WriteAllText(Index, Good);
        SafetensorsIndex index = SafetensorsIndex.Read(Index);
        Assert.Equal(40, index.TotalSize);
        Assert.Equal([First, Second], index.Shards);
        Assert.Equal(Second, index.ShardOf["c"]);

        SafetensorsIndex.Open(Index, file =>
        {
            Assert.Equal(Index, file.Name);
            Assert.Equal(["a", "b", "c"], file.Tensors.Keys.Order(StringComparer.Ordinal));
            Assert.Equal([1f, 2, 3], file.ToFloats("a"));
            Assert.Equal([4], file.ToArray<int>("b"));
            Assert.Equal([5.0, 6, 7], file.ToDoubles("c"));
            Assert.Equal("pt", file.Metadata["format"]); // both say so
            Assert.DoesNotContain("part", file.Metadata.Keys); // they differ
            return 0;
        });
        SafetensorsFile.Write(_folder[First], new Dictionary<string, SafetensorsEntry>()); // all files are closed again
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"weight_map":{}}""")]
    public void SmallIndexes_HaveTheirVerdict(string index) =>
        Assert.Equal(index == "{}" ? "IndexFields" : "accept", Opened(index));

    [Theory]
    [InlineData("", "HeaderTooSmall")]
    [InlineData("[]", "HeaderStart")]
    [InlineData("\uFEFF{}", "HeaderStart")]
    [InlineData("{", "HeaderJson")]
    [InlineData("{} {}", "HeaderJson")]
    [InlineData("""{"weight_map":{"\ud800":"a.safetensors"}}""", "HeaderUtf16")]
    [InlineData("""{"weight_map":{"a":["b"]}}""", "HeaderDepth")]
    [InlineData("""{"weight_map":{"a":{}}}""", "HeaderDepth")]
    [InlineData("""{"weight_map":[]}""", "IndexFields")]
    [InlineData("""{"weight_map":{"a":1}}""", "IndexFields")]
    [InlineData("""{"weight_map":{},"metadata":5}""", "IndexFields")]
    [InlineData("""{"weight_map":{},"metadata":null}""", "IndexFields")]
    [InlineData("""{"weight_map":{},"else":5}""", "IndexFields")]
    [InlineData("""{"metadata":{"total_size":0}}""", "IndexFields")]
    [InlineData("""{"weight_map":{},"weight_map":{}}""", "DuplicateKey")]
    [InlineData("""{"weight_map":{},"\u0077eight_map":{}}""", "DuplicateKey")]
    [InlineData("""{"metadata":{"total_size":0,"total_size":0},"weight_map":{}}""", "DuplicateKey")]
    [InlineData($$$"""{"weight_map":{"a":"{{{First}}}","\u0061":"{{{First}}}"}}""", "DuplicateKey")]
    [InlineData("""{"weight_map":{},"metadata":{"total_size":-1}}""", "NotUnsignedInteger")]
    [InlineData("""{"weight_map":{},"metadata":{"total_size":1e2}}""", "NotUnsignedInteger")]
    [InlineData("""{"weight_map":{},"metadata":{"total_size":9223372036854775808}}""", "NotUnsignedInteger")]
    [InlineData("""{"weight_map":{},"metadata":{"total_size":"0"}}""", "NotUnsignedInteger")]
    [InlineData("""{"weight_map":{},"metadata":{"total_size":1}}""", "TotalSize")]
    [InlineData("""{"weight_map":{"":"a.safetensors"}}""", "TensorName")]
    [InlineData("""{"weight_map":{"\u001b[2J":"a.safetensors"}}""", "TensorName")]
    [InlineData("""{"weight_map":{"a":"../a.safetensors"}}""", "ShardName")]
    [InlineData("""{"weight_map":{"a":"/etc/a.safetensors"}}""", "ShardName")]
    [InlineData("""{"weight_map":{"a":"b\\a.safetensors"}}""", "ShardName")]
    [InlineData("""{"weight_map":{"a":"C:a.safetensors"}}""", "ShardName")]
    [InlineData("""{"weight_map":{"a":"-rf.safetensors"}}""", "ShardName")]
    [InlineData("""{"weight_map":{"a":"..safetensors"}}""", "ShardName")]
    [InlineData("""{"weight_map":{"a":".safetensors"}}""", "ShardName")]
    [InlineData("""{"weight_map":{"a":"a\u0000.safetensors"}}""", "ShardName")]
    [InlineData("""{"weight_map":{"a":"%2e%2e.bin"}}""", "ShardName")]
    [InlineData("""{"weight_map":{"a":""}}""", "ShardName")]
    [InlineData("""{"weight_map":{"a":"absent.safetensors"}}""", "ShardMissing")]
    public void FaultOfAnIndex_HasItsRule(string index, string rule) => Assert.Equal(rule, Opened(index));

    [Theory]
    [InlineData("\"a\":", "\"z\":", "ShardMismatch")] // listed in a shard that lacks it; and one that is not listed
    [InlineData($"\"b\":\"{First}\",", "", "ShardMismatch")]
    [InlineData($"\"c\":\"{Second}\"", $"\"c\":\"{Second}\",\"d\":\"{Second}\"", "ShardMismatch")]
    [InlineData($"\"a\":\"{First}\"", $"\"a\":\"{Second}\"", "ShardMismatch")]
    [InlineData("40", "39", "TotalSize")]
    [InlineData("40", "41", "TotalSize")]
    [InlineData("\"total_size\":40,", "", "accept")]
    [InlineData("\"metadata\":{\"total_size\":40,\"note\":\"x\"},", "", "accept")]
    public void ShardsThatDisagreeWithTheIndex_AreRefused(string from, string to, string verdict)
    {
        Assert.Equal("accept", Opened(Good));
        Assert.Equal(verdict, Opened(Good.Replace(from, to, StringComparison.Ordinal)));
    }

    [Fact]
    public void SameTensorInTwoShards_IsRefused()
    {
        Write(Second, new() { ["c"] = SafetensorsEntry.From<double>(new double[2], 2), ["a"] = SafetensorsEntry.From<double>(new double[1], 1) }, "2");
        Assert.Equal("ShardMismatch", Opened(Good));
    }

    [Fact]
    public void DamagedShard_IsNamed()
    {
        System.IO.File.WriteAllText(Index, Good);
        System.IO.File.WriteAllBytes(_folder[Second], [.. System.IO.File.ReadAllBytes(_folder[Second]), 0]);
        SafetensorsException e = Assert.Throws<SafetensorsException>(() => SafetensorsIndex.Open(Index, file => file));
        Assert.Equal((SafetensorsRule.MetadataIncompleteBuffer, _folder[Second]), (e.Rule, e.File));
    }

    private string Opened(string index)
    {
        System.IO.File.WriteAllText(Index, index);
        return Verdict(() => SafetensorsIndex.Open(Index, file => file));
    }

    private void Write(string shard, Dictionary<string, SafetensorsEntry> tensors, string part) =>
        SafetensorsFile.Write(_folder[shard], tensors, new Dictionary<string, string> { ["format"] = "pt", ["part"] = part });
}
