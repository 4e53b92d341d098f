using System.Diagnostics;
using System.Text;
using static PureDit.Formats.Tests.SafetensorsBytes;

namespace PureDit.Formats.Tests;

// What a file may cost: never more memory than twice its size and 1 MiB, and no waiting for what has no end.
public sealed class ResourceTests : IDisposable
{
    private const int Many = 100_000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("accept")]
    [InlineData("InvalidOffset")] // all on the same bytes
    [InlineData("DuplicateKey")]
    public void ManyTensors_TakeNoMoreThanTwiceTheFile(string verdict)
    {
        StringBuilder header = new("{");
        for (int i = 0; i < Many; i++)
        {
            int at = verdict == "InvalidOffset" ? 0 : i, name = verdict == "DuplicateKey" ? i % (Many - 1) : i;
            header.Append(i == 0 ? "" : ",").Append($$"""  "{{name}}":{"dtype":"U8","shape":[1],"data_offsets":[{{at}},{{at + 1}}]}""");
        }

        AssertBounded(File(header.Append('}').ToString(), verdict == "InvalidOffset" ? 1 : Many), verdict);
    }

    [Fact]
    public void SmallestTensorsWithEscapedNames_TakeNoMoreThanTwiceTheFile()
    {
        StringBuilder header = new("{");
        for (int i = 0; i < Many; i++)
        {
            header.Append(i == 0 ? "" : ",").Append($$"""  "\n{{i}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}""".TrimStart());
        }

        AssertBounded(File(header.Append('}').ToString(), 0), "TensorName"); // a line feed in a name
        AssertBounded(File(header.ToString().Replace("\\n", "\\u00e9", StringComparison.Ordinal), 0), "accept");
    }

    [Fact]
    public void LargeMetadata_TakeNoMoreThanTwiceTheFile()
    {
        string pairs = string.Join(',', Enumerable.Range(0, Many).Select(i => $"\"{i}\":\"\""));
        AssertBounded(File($$$"""{"__metadata__":{{{{pairs}}}}}""", 0), "accept");
        AssertBounded(File($$$"""{"__metadata__":{"{{{new string('x', 5_000_000)}}}":"{{{new string('y', 5_000_000)}}}"}}""", 0), "accept");
        string escaped = string.Concat(Enumerable.Repeat("\\u00e9", 500_000));
        AssertBounded(File($$$"""{"__metadata__":{"{{{escaped}}}":"{{{escaped}}}"}}""", 0), "accept");
        AssertBounded(File($$$"""{"__metadata__":{"a{{{escaped}}}":"","a{{{escaped}}}":""}}""", 0), "DuplicateKey");
    }

    [Fact]
    public void LargeTensors_AreAllocatedOnce_AndBoastsNotAtAll()
    {
        AssertBounded(Written(new Dictionary<string, SafetensorsEntry> { ["x"] = SafetensorsEntry.FromFloats(new float[1_000_003], 1_000_003) }), "accept");
        AssertBounded(One("\"F32\"", "[500000000]", "[0,2000000000]", 8), "MetadataIncompleteBuffer");
        AssertBounded(File($$"""{"t":{{new string('[', 1_000_000)}}""", 0), "HeaderDepth");
    }

    [Fact]
    public void Arrays_AreAllocatedOnce()
    {
        using MemoryStream stream = new();
        NpyFile.Of<double>(new double[500_003], 500_003).WriteTo(stream);
        stream.Position = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        NpyFile.Read(stream);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, stream.Length / 2, stream.Length + (1 << 20));
    }

    [Fact]
    public void Blocks_HoldWholeTensors()
    {
        SafetensorsHeader.Place[] places = [new(0, 0, 5), new(0, 5, 5), new(0, 5, 12), new(0, 12, 13), new(0, 13, 13)];
        byte next = 0;
        TensorData data = TensorData.Read(places, 13, bytes => { foreach (ref byte b in bytes) b = next++; }, longestBlock: 8);
        foreach (SafetensorsHeader.Place place in places)
        {
            Assert.Equal(Enumerable.Range((int)place.Begin, (int)(place.End - place.Begin)).Select(i => (byte)i), data[place.Begin, place.End].ToArray());
        }
    }

    [Fact]
    public void SparseFile_IsRefusedByItsSize_BeforeItIsRead()
    {
        string path = _folder["large.safetensors"];
        string tensors = string.Join(',', Enumerable.Range(0, 1024).Select(i =>
            $$"""  "{{i}}":{"dtype":"U8","shape":[1073741824],"data_offsets":[{{(long)i << 30}},{{(long)(i + 1) << 30}}]}"""));
        if (!Sparse(path, $"{{{tensors}}}", 1L << 40)) return;

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("TooManyBytes", Verdict(() => SafetensorsFile.Read(path, maximumBytes: 1L << 34)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
        Assert.Equal(1L << 40, SafetensorsFile.Open(path, file => file.Tensors.Values.Sum(tensor => tensor.ByteLength)));
        Assert.True(Sparse(path, """{"x":{"dtype":"F32","shape":[274877906944],"data_offsets":[0,1099511627776]}}""", 1L << 40));
        Assert.Equal("TooManyBytes", Verdict(() => SafetensorsFile.Read(path)));
        using MemoryStream six = new(Written(new Dictionary<string, SafetensorsEntry> { ["x"] = SafetensorsEntry.FromFloats(new float[6], 6) }));
        Assert.Equal("TooManyBytes", Verdict(() => SafetensorsFile.Read(six, maximumBytes: 23)));
        six.Position = 0;
        Assert.Equal("accept", Verdict(() => SafetensorsFile.Read(six, maximumBytes: 24)));
    }

    [Fact]
    public void ThingsWithoutALength_AreRefused_AndNotWaitedFor()
    {
        string folder = Path.GetDirectoryName(_folder["x"])!;
        Assert.Equal("NotARegularFile", Verdict(() => SafetensorsFile.Read(folder)));
        Assert.Throws<NpyException>(() => NpyFile.Read(folder));
        using System.IO.Pipes.AnonymousPipeServerStream pipe = new();
        Assert.Equal("NotARegularFile", Verdict(() => SafetensorsFile.Read(pipe)));
        Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Read(_folder["absent"]));
        if (!OperatingSystem.IsLinux()) return;

        using (Process make = Process.Start("mkfifo", _folder["fifo"])) make.WaitForExit();
        System.IO.File.CreateSymbolicLink(_folder["to-fifo"], _folder["fifo"]);
        System.IO.File.CreateSymbolicLink(_folder["loop"], _folder["loop"]);
        foreach (string path in new[] { _folder["fifo"], _folder["to-fifo"], "/dev/zero", "/dev/null" })
        {
            Assert.Equal("HeaderTooSmall", Verdict(() => SafetensorsFile.Read(path)));
            Assert.Equal("HeaderTooSmall", Verdict(() => SafetensorsIndex.Open(path, file => file)));
            Assert.Contains("pipe or device", Assert.Throws<NpyException>(() => NpyFile.Read(path)).Message);
        }

        Assert.ThrowsAny<IOException>(() => SafetensorsFile.Read(_folder["loop"]));
        Assert.ThrowsAny<IOException>(() => NpyFile.Read(_folder["loop"]));
    }

    [Fact]
    public void UnreadableFile_IsAFailureOfTheSystem()
    {
        if (OperatingSystem.IsWindows() || Environment.UserName == "root") return; // who may read everything
        System.IO.File.WriteAllText(_folder["secret"], "x");
        System.IO.File.SetUnixFileMode(_folder["secret"], UnixFileMode.None);
        Assert.Throws<UnauthorizedAccessException>(() => SafetensorsFile.Read(_folder["secret"]));
    }

    private static void AssertBounded(byte[] file, string verdict)
    {
        using MemoryStream stream = new(file);
        Assert.Equal(verdict, Verdict(() => SafetensorsFile.Read(stream))); // and the code is compiled
        stream.Position = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Verdict(() => SafetensorsFile.Read(stream));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (2L * file.Length) + (1 << 20));
        Assert.Equal(verdict, Verdict(() => SafetensorsFile.Read(file)));
    }

    // Takes no space. Returns whether this file system has files of that size.
    private static bool Sparse(string path, string header, long dataLength)
    {
        using FileStream stream = new(path, FileMode.Create);
        stream.Write(SafetensorsBytes.File(Encoding.UTF8.GetBytes(header), []));
        try
        {
            stream.SetLength(stream.Length + dataLength);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
