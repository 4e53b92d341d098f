using System.Diagnostics;
using PureDit.Formats;

namespace PureDit.Cli.Tests;

/// <summary>Files of another kind are named, with what to do, by every command that reads files; exit code 3.</summary>
public sealed class ForeignFileTests : IDisposable
{
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [Theory]
    [InlineData("80027D710058010000006171014B01732E", "pickle", "torch.load")]
    [InlineData("504B03040000080800000000000000000000000000000000000010000000617263686976652F646174612E706B6C", "PyTorch (.pt) zip", "torch.load")]
    [InlineData("504B030414000000000000000000000000000000000000000000050000006 12E6E7079", "NumPy archive (.npz)", "numpy.load")]
    [InlineData("474755460300000000000000", "GGUF", "safetensors")]
    [InlineData("894844460D0A1A0A", "HDF5", "h5py")]
    [InlineData("1F8B0800000000000003", "gzip", "unpack")]
    [InlineData("76657273696F6E2068747470733A2F2F6769742D6C66732E", "Git LFS pointer", "git lfs pull")]
    [InlineData("3C21444F43545950452068746D6C3E", "web page", "download")]
    public void EveryCommand_NamesTheFormatAndTheRemedy(string hex, string format, string remedy)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Directory.CreateDirectory(_runner.PathOf("runs", "r"));
        File.WriteAllText(_runner.PathOf("runs", "r", "config.json"), "{}");
        File.WriteAllBytes(_runner.PathOf("runs", "r", "weights.safetensors"), bytes);
        File.WriteAllBytes(_runner.PathOf("model.pt"), bytes);
        _runner.Run("inspect", "model.pt").ExpectError(3, format, remedy);
        _runner.Run("verify", "model.pt").ExpectError(3, format, remedy);
        _runner.Run("sample", "r", "-n", "1", "-o", "a.npy").ExpectError(3, format, remedy);
        _runner.Run("train", "series", "--csv", "model.pt", "--window", "4").ExpectError(3, "model.pt", format.Split(' ')[0] is "pickle" or "GGUF" or "gzip" ? format : "");
        Assert.Equal(["model.pt"], Directory.GetFiles(_runner.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Inspect_TakesAnIndex()
    {
        SafetensorsFile.Write(_runner.PathOf("m-1.safetensors"), new Dictionary<string, SafetensorsEntry> { ["a"] = SafetensorsEntry.FromFloats(new float[6], 2, 3) });
        File.WriteAllText(_runner.PathOf("m.safetensors.index.json"), """{"metadata":{"total_size":24},"weight_map":{"a":"m-1.safetensors"}}""");
        Assert.Equal(6, _runner.Run("inspect", "m.safetensors.index.json", "--json").Expect(0).Json.GetProperty("parameters").GetInt64());
        File.WriteAllText(_runner.PathOf("m.safetensors.index.json"), """{"weight_map":{"a":"../m-1.safetensors"}}""");
        _runner.Run("inspect", "m.safetensors.index.json").ExpectError(3, "plain name of a shard");
    }

    [Theory]
    [InlineData("tr_TR.UTF-8")]
    [InlineData("de_DE.UTF-8")]
    public void NumbersAreTheSame_InEveryLanguage(string language)
    {
        File.WriteAllText(_runner.PathOf("s.csv"), "I,x\n1.5,2.25\n");
        (int code, string output) = Child(language, "train", "series", "--csv", "s.csv", "--columns", "I", "--window", "4", "--learning-rate", "1.5e-3", "--verbose");
        Assert.True(code == 3 && output.Contains("too few rows", StringComparison.Ordinal), output); // the numbers were read
        (code, output) = Child(language, "train", "gp", "--learning-rate", "0,001");
        Assert.True(code == 2 && output.Contains("learningRate: expected a number", StringComparison.Ordinal), output);
        (code, output) = Child(language, "train", "gp", "--spatial-correlation", "-1.5");
        Assert.True(code == 2 && output.Contains("expected -0.99 … 0.99, got -1.5", StringComparison.Ordinal), output);
        (code, output) = Child(language, "INSPECT"); // whose lower case is another in Turkish
        Assert.True(code == 2 && output.Contains("unknown verb 'INSPECT'", StringComparison.Ordinal), output);
    }

    private (int Code, string Output) Child(string language, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "puredit.dll"), .. arguments])
        {
            WorkingDirectory = _runner.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in new[] { "LANG", "LC_ALL" }) start.Environment[name] = language;
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd(), output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error);
    }
}
