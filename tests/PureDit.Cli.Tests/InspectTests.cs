using System.Text.Json;
using PureDit.Formats;

namespace PureDit.Cli.Tests;

public sealed class InspectTests : IDisposable
{
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [Fact]
    public void Inspect_ListsEveryTensorWithItsSize()
    {
        Write(new() { ["b"] = SafetensorsEntry.FromFloats(new float[6], 2, 3), ["a"] = SafetensorsEntry.FromDoubles(new double[7], 7) });
        CommandResult result = _runner.Run("inspect", "file.safetensors", "--json").Expect(0);
        JsonElement[] tensors = [.. result.Json.GetProperty("tensors").EnumerateArray()];
        Assert.Equal(["a F64 [7] 7", "b F32 [2,3] 6"], tensors.Select(tensor =>
            $"{tensor.GetProperty("name")} {tensor.GetProperty("dtype")} {tensor.GetProperty("shape")} {tensor.GetProperty("parameters")}"));
        Assert.Equal(13, result.Json.GetProperty("parameters").GetInt64());
        Assert.Equal(80, result.Json.GetProperty("bytes").GetInt64());
        Assert.Contains("2 tensors, 13 parameters, 80 bytes", _runner.Run("inspect", "file.safetensors").Expect(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_ShowsHostileNamesHarmlessly()
    {
        const string name = "../../etc/[red]passwd[/]\u202etxt";
        Write(new() { [name] = SafetensorsEntry.FromFloats(new float[1], 1) }, new() { ["note\u001b[2J"] = "line\nforged: \u001b]0;title\u0007" });
        CommandResult result = _runner.Run("inspect", "file.safetensors", "--json").Expect(0);
        foreach (char c in "\u001b\u0007\u202e") Assert.DoesNotContain(c, result.Error + result.Out);
        Assert.Contains("[red]passwd[/]\\u202etxt", result.Error, StringComparison.Ordinal); // spelt out, not taken for markup
        Assert.Contains("note\\u001b[2J: line\\u000aforged", result.Error, StringComparison.Ordinal);
        Assert.Equal(name, result.Json.GetProperty("tensors")[0].GetProperty("name").GetString());
    }

    [Fact]
    public void Inspect_BadFiles_AreSaidToBeBad()
    {
        File.WriteAllText(_runner.PathOf("text.safetensors"), "not a model");
        _runner.Run("inspect", "text.safetensors").ExpectError(3, "text.safetensors");
        _runner.Run("inspect", ".").ExpectError(3, "folder");
        _runner.Run("inspect", "missing.safetensors").ExpectError(4, "missing.safetensors");
    }

    private void Write(Dictionary<string, SafetensorsEntry> tensors, Dictionary<string, string>? metadata = null) =>
        SafetensorsFile.Write(_runner.PathOf("file.safetensors"), tensors, metadata);
}
