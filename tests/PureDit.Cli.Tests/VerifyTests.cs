using PureDit.Formats;
using PureDit.TestSupport;

namespace PureDit.Cli.Tests;

public sealed class VerifyTests : IDisposable
{
    private const string A = "goldens/dit-golden-a.safetensors", B = "goldens/dit-golden-b.safetensors";
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [SharedFileFact(A)]
    public void Verify_PassesTheGoldenWithClasses() => Passes(A);

    [SharedFileFact(B)]
    public void Verify_PassesTheOtherGolden() => Passes(B);

    [SharedFileFact(A)]
    public void Verify_OfACorruptedCopy_FailsAndNamesTheTensor()
    {
        SafetensorsFile golden = SafetensorsFile.Read(SharedFiles.Find(A)!);
        Dictionary<string, SafetensorsEntry> tensors = new(golden.Tensors);
        string corrupted = tensors.Keys.Order(StringComparer.Ordinal).First(name => name.StartsWith("gradient.", StringComparison.Ordinal));
        float[] values = golden.ToFloats(corrupted);
        int largest = Array.FindIndex(values, value => Math.Abs(value) == values.Max(Math.Abs));
        values[largest] *= 1.001f;
        tensors[corrupted] = SafetensorsEntry.FromFloats(values, golden.Tensors[corrupted].Shape);
        SafetensorsFile.Write(_runner.PathOf("corrupted.safetensors"), tensors, golden.Metadata);

        CommandResult result = _runner.Run("verify", "corrupted.safetensors", "--json").Expect(3);
        Assert.False(result.Json.GetProperty("passed").GetBoolean());
        Assert.Equal(corrupted, result.Json.GetProperty("worstTensor").GetString());
        Assert.InRange(result.Json.GetProperty("worst").GetDouble(), 0.9e-3, 1.1e-3);
        Assert.Contains("1 beyond tolerance", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_OfAFileThatIsNoReference_IsABadFile()
    {
        SafetensorsFile.Write(_runner.PathOf("other.safetensors"), new Dictionary<string, SafetensorsEntry> { ["x"] = SafetensorsEntry.FromFloats(new float[1], 1) });
        _runner.Run("verify", "other.safetensors").ExpectError(3, "other.safetensors", "metadata");
        File.WriteAllText(_runner.PathOf("text.safetensors"), "no");
        _runner.Run("verify", "text.safetensors").ExpectError(3, "text.safetensors");
    }

    private void Passes(string golden)
    {
        CommandResult result = _runner.Run("verify", SharedFiles.Find(golden)!, "--json").Expect(0);
        Assert.True(result.Json.GetProperty("passed").GetBoolean());
        Assert.True(result.Json.GetProperty("tensors").GetInt32() > 30);
        Assert.InRange(result.Json.GetProperty("worst").GetDouble(), 0, 1e-4);
        Assert.NotEqual("", result.Json.GetProperty("worstTensor").GetString());
    }
}
