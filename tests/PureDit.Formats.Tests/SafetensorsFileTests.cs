using static PureDit.Formats.Tests.SafetensorsBytes;

namespace PureDit.Formats.Tests;

// Paths, messages and limits.
public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WriteThenRead_ThroughAFile_LeavesNothingElse()
    {
        string path = _folder["model.safetensors"];
        SafetensorsFile.Write(path, Tensor(3), new Dictionary<string, string> { ["step"] = "1" });
        SafetensorsFile.Write(path, Tensor(5), new Dictionary<string, string> { ["step"] = "2" });

        SafetensorsFile file = SafetensorsFile.Read(path);

        Assert.Equal(path, file.Name);
        Assert.Equal("2", file.Metadata["step"]);
        Assert.Equal([0, 1, 2, 3, 4], file.ToFloats("x"));
        Assert.Equal(Written(file.Tensors, file.Metadata), System.IO.File.ReadAllBytes(path));
        Assert.Equal(["model.safetensors"], _folder.Files);
    }

    [Fact]
    public void SourceOfAnotherLength_LeavesTheOldFile()
    {
        string path = _folder["model.safetensors"];
        SafetensorsFile.Write(path, Tensor(3));

        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => SafetensorsFile.Write(
            path, new Dictionary<string, SafetensorsEntry> { ["x"] = SafetensorsEntry.FromFloats(() => new float[2], 3) }));

        Assert.Contains("needs 12 bytes; its source gives 8", e.Message);
        Assert.Equal(3, SafetensorsFile.Read(path).Tensors["x"].Count);
        Assert.Equal(["model.safetensors"], _folder.Files);
    }

    [Theory]
    [InlineData("80027D7100580100000061710 14B01732E", "python -c")]
    [InlineData("504B030400000000000000000000", "PyTorch (.pt) and NumPy (.npz)")]
    [InlineData("474755460300000000000000", "GGUF")]
    [InlineData("934E554D505901007600", ".npy")]
    [InlineData("894844460D0A1A0A", "HDF5")]
    [InlineData("1F8B0800000000000003", "gzip")]
    [InlineData("377ABCAF271C0004", "7z")]
    [InlineData("76657273696F6E2068747470733A2F2F6769742D6C66732E", "git lfs pull")]
    [InlineData("3C21444F43545950452068746D6C3E", "web page")]
    [InlineData("3C68746D6C3E3C2F68746D6C3E", "web page")]
    public void ForeignFile_IsNamedWithItsRemedy(string hex, string remedy)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        string message = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Read(bytes, "model.pt")).Message;
        Assert.StartsWith("model.pt: ", message);
        Assert.Contains(remedy, message);
    }

    [Fact]
    public void TruncatedFileWhoseLengthLooksLikeAPickle_IsNotCalledOne()
    {
        byte[] file = [0x80, 0x02, 0, 0, 0, 0, 0, 0, (byte)'{'];
        Assert.DoesNotContain("pickle", Assert.Throws<SafetensorsException>(() => SafetensorsFile.Read(file)).Message);
    }

    [Fact]
    public void Message_NamesFileTensorAndNumbers_WithoutControlCharacters()
    {
        SafetensorsException e = Assert.Throws<SafetensorsException>(() =>
            SafetensorsFile.Read(One("\"F64\"", "[2,3]", "[0,24]", 24, "w"), "a\u001b[2J.safetensors"));

        Assert.Equal("a\\u001b[2J.safetensors: tensor \"w\": F64 [2, 3] needs 48 bytes, its offsets hold 24", e.Message);
        Assert.Equal(SafetensorsRule.TensorInvalidInfo, e.Rule);
        string hidden = Assert.Throws<SafetensorsException>(() =>
            SafetensorsFile.Read(One("\"U8\"", "[1]", "[0,1]", 1, "\\u001b[2J\\u202e"))).Message;
        Assert.DoesNotContain('\u001b', hidden);
        Assert.DoesNotContain('\u202e', hidden);
    }

    [Fact]
    public void Opened_IsTheSameAsRead_OfEveryType()
    {
        string path = _folder["all.safetensors"];
        const int Count = 5003; // more bytes than the reader converts at once
        SafetensorsFile.Write(path, Enum.GetValues<ElementType>().ToDictionary(type => type.ToString(), type => Random(type, [Count], seed: 7)));
        SafetensorsFile read = SafetensorsFile.Read(path);
        int compared = SafetensorsFile.Open(path, opened =>
        {
            Assert.Equal(read.Tensors.Keys, opened.Tensors.Keys);
            foreach ((string name, SafetensorsEntry entry) in opened.Tensors.Reverse())
            {
                Assert.Equal(read.Tensors[name].Bytes, entry.Bytes);
                Assert.Equal(Floats(read, name), Floats(opened, name));
            }

            return opened.Tensors.Count;
        });
        Assert.Equal(Enum.GetValues<ElementType>().Length, compared);

        static int[]? Floats(SafetensorsFile file, string name)
        {
            try
            {
                return [.. file.ToFloats(name).Select(BitConverter.SingleToInt32Bits)];
            }
            catch (SafetensorsException e) when (e.Rule == SafetensorsRule.WrongDtype)
            {
                return null;
            }
        }
    }

    [Fact]
    public void Opened_ThatShrinks_IsRefused_AndClosedAfterwards()
    {
        string path = _folder["x.safetensors"];
        SafetensorsFile.Write(path, Tensor(100_000));
        SafetensorsException e = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(path, file =>
        {
            using (FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) stream.SetLength(1000);
            return file.ToFloats("x");
        }));
        Assert.Contains("shrank", e.Message);
        SafetensorsFile.Write(path, Tensor(3));
        SafetensorsFile late = SafetensorsFile.Open(path, file => file);
        Assert.Throws<ObjectDisposedException>(() => late.ToFloats("x"));
        Assert.Equal("NotARegularFile", Verdict(() => SafetensorsFile.Open(Path.GetDirectoryName(path)!, file => file)));
    }

    private static Dictionary<string, SafetensorsEntry> Tensor(int count) => new()
    {
        ["x"] = SafetensorsEntry.FromFloats(Enumerable.Range(0, count).Select(i => (float)i).ToArray(), count),
    };
}
