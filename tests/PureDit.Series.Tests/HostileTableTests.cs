using System.Text;

namespace PureDit.Series.Tests;

// CSV files that are none, or mean no good: only a SeriesException leaves, and its message stays short.
public class HostileTableTests
{
    private const int LongestMessage = 8000;

    [Theory]
    [InlineData("a;b\n1,5;2\n", "expected 1 cells as in the header")] // decimal commas, and another separator
    [InlineData("a\n1\n2\03\n", "\"2\\u00003\" is not a finite number")]
    [InlineData("a\0b\n1\nx\n", "column \"a\\u0000b\"")]
    [InlineData("a,b\n1\n", "expected 2 cells")]
    [InlineData("a,b\n1,2,3\n", "expected 2 cells")]
    [InlineData("a\n1\n\"2\n", "never closed")]
    [InlineData("a\n1\n−2\n", "is not a finite number")]
    [InlineData("a\n1\n1_000\n", "is not a finite number")]
    [InlineData("a\n1\n(5)\n", "is not a finite number")]
    [InlineData("a\n1\n٣\n", "is not a finite number")]
    public void BadText_IsRefused(string text, string message) => AssertRefused(Encoding.UTF8.GetBytes(text), message);

    [Theory]
    [InlineData("80 04 95 10", "pickle")]
    [InlineData("50 4B 03 04 14", "zip archive")]
    [InlineData("47 47 55 46 03", "GGUF")]
    [InlineData("93 4E 55 4D 50 59 01", ".npy")]
    [InlineData("89 48 44 46 0D", "HDF5")]
    [InlineData("50 41 52 31 15", "Parquet")]
    [InlineData("1F 8B 08", "gzip")]
    [InlineData("37 7A BC AF 27", "7z")]
    [InlineData("76 65 72 73 69 6F 6E 20 68 74 74 70 73 3A 2F 2F 67 69 74 2D 6C 66 73 2E", "git lfs pull")]
    [InlineData("3C 21 44 4F 43 54 59 50 45 20 68 74 6D 6C 3E", "web page")]
    [InlineData("3C 68 74 6D 6C 3E", "web page")]
    [InlineData("08 00 00 00 00 00 00 00 7B 7D 20", "safetensors")]
    public void FileOfAnotherKind_IsNamed(string hex, string kind) => AssertRefused(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), kind);

    [Fact]
    public void LargeThings_AreRefusedInFewWords()
    {
        string columns = string.Join(',', Enumerable.Range(0, 1_000_000));
        AssertRefused(Encoding.UTF8.GetBytes(columns + "\n" + columns + "\n"), "");
        string some = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"c{i}"));
        AssertRefused(Encoding.UTF8.GetBytes(some + "\nx\n"), "expected 100000 cells");
        AssertRefused(Encoding.UTF8.GetBytes(some + "\n" + new string(',', 99_999) + "\n"), "no column holds numbers");
        AssertRefused(Encoding.UTF8.GetBytes("a\n1\n" + new string('x', 3 << 20) + "\n"), "");
        AssertRefused(Encoding.UTF8.GetBytes("a\n1\n\"" + new string('\n', 3 << 20)), "");
        string name = new('n', 500_000);
        AssertRefused(Encoding.UTF8.GetBytes($"{name},{name}\n1,2\n"), "twice in the header");
        AssertRefused(Encoding.UTF8.GetBytes($"{name}\n1\nx\n"), "is not a finite number");
        using MemoryStream stream = new(Encoding.UTF8.GetBytes($"{name},b\n1,2\n"));
        SeriesException e = Assert.Throws<SeriesException>(() => SeriesReader.Read(stream, "x.csv", new() { Columns = ["c"] }));
        Assert.InRange(e.Message.Length, 1, LongestMessage);
    }

    [Fact]
    public void MixedLineEnds_AndTheMark_AreRead()
    {
        using MemoryStream stream = new([0xEF, 0xBB, 0xBF, .. "a,b\r\n1,2\n3,4\r\n"u8]);
        SeriesTable table = SeriesReader.Read(stream, "x.csv");
        Assert.Equal(["a", "b"], table.Columns);
        Assert.Equal([1, 2, 3, 4], table.Values.ToArray());
    }

    [Fact]
    public void Device_IsNotWaitedFor()
    {
        if (OperatingSystem.IsLinux()) Assert.Contains("device", Assert.Throws<SeriesException>(() => SeriesReader.Read("/dev/zero")).Message);
    }

    private static void AssertRefused(byte[] bytes, string message)
    {
        using MemoryStream stream = new(bytes);
        string got = Assert.Throws<SeriesException>(() => SeriesReader.Read(stream, "x.csv")).Message;
        Assert.Contains(message, got);
        Assert.InRange(got.Length, 1, LongestMessage);
    }
}
