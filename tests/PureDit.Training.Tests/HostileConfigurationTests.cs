using System.Globalization;
using System.Text;

namespace PureDit.Training.Tests;

// Configurations that nobody means well: only a ConfigurationException leaves, and its message stays short.
public sealed class HostileConfigurationTests : IDisposable
{
    private const int LongestMessage = 2000;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("puredit-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("{\"learningRate\": 1e999}", "learningRate: expected 0 … 10")]
    [InlineData("{\"learningRate\": -1e999}", "learningRate: expected 0 … 10")]
    [InlineData("{\"minutes\": 1e7}", "time limit of training in minutes")] // the unit
    [InlineData("{\"steps\": 1e2}", "steps: expected a whole number, got 1e2")]
    [InlineData("{\"steps\": 4.0}", "steps: expected a whole number")]
    [InlineData("{\"seed\": 9223372036854775808}", "seed: expected a whole number")]
    [InlineData("{\"width\": -0}", "width: expected 8 … 8192")]
    [InlineData("{\"width\": 064}", "not a JSON")]
    [InlineData("{\"width\": NaN}", "not a JSON")]
    [InlineData("{\"learningRate\": 0,001}", "not a JSON")]
    [InlineData("{\"learningRate\": \"0,001\"}", "learningRate: expected a number")]
    [InlineData("{\"widht\": 1}", "did you mean 'width'?")]
    [InlineData("{\"learning_rate\": 1}", "did you mean 'learningRate'?")]
    [InlineData("{\"completelyElse\": 1}", "the fields are data, frames")]
    [InlineData("{\"width\": 8, \"w\\u0069dth\": 8}", "not a JSON")]
    [InlineData("{\"\\ud800\": 1}", "half of a surrogate pair")]
    [InlineData("{\"csv\": \"\\udc00\"}", "half of a surrogate pair")]
    [InlineData("{\"columns\": [\"a\", null]}", "columns")]
    [InlineData("{\"columns\": [\"a\", 1]}", "columns: expected a list of texts")]
    [InlineData("{} x", "not a JSON")]
    [InlineData("{}\0", "not a JSON")]
    [InlineData("// comment\n{}", "not a JSON")]
    [InlineData("{\"a\": {\"a\": {\"a\": {\"a\": {}}}}}", "not a JSON")]
    [InlineData("true", "expected a JSON object, got True")]
    public void BadText_IsRefused(string json, string message) => AssertRefused(Encoding.UTF8.GetBytes(json), message);

    [Fact]
    public void BadBytes_AreRefused()
    {
        AssertRefused([], "expected 1 to 1048576 bytes, got 0");
        AssertRefused([.. "{\"csv\": \""u8, 0xC0, 0xAF, .. "\"}"u8], "expected UTF-8");
        AssertRefused([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("{}")], "expected UTF-8");
        AssertRefused(Encoding.UTF8.GetBytes("{\"x\":" + new string(' ', 1 << 20) + "1}"), "expected 1 to 1048576 bytes");
        AssertRefused(Encoding.UTF8.GetBytes("{\"width\": 1" + new string('0', 400) + "}"), "width: expected a whole number");
        AssertRefused(Encoding.UTF8.GetBytes("{\"" + new string('x', 1_000_000) + "\": 1}"), "unknown field");
        AssertRefused(Encoding.UTF8.GetBytes("{\"objective\": \"" + new string('x', 1_000_000) + "\"}"), "objective: expected noise | x0 | v");
        AssertRefused(Encoding.UTF8.GetBytes("{\"columns\": " + new string('[', 500_000)), "not a JSON");
        Assert.Throws<ConfigurationException>(() => TrainingFields.Read("{\"csv\": \"\ud800\"}", "c.json"));
    }

    [Fact]
    public void ByteOrderMark_IsPassedOver() =>
        Assert.Equal(32, TrainingFields.Read((byte[])[0xEF, 0xBB, 0xBF, .. "{\"width\": 32}"u8], "c.json").Width);

    [Fact]
    public void Files_AreReadOrRefused()
    {
        string path = Path.Combine(_folder.FullName, "config.json");
        File.WriteAllText(path, "{\"width\": 32}");
        Assert.Equal(32, TrainingFields.ReadFile(path, "c.json").Width);
        File.WriteAllBytes(path, new byte[(1 << 20) + 1]);
        Assert.Contains("got 1048577", Assert.Throws<ConfigurationException>(() => TrainingFields.ReadFile(path, "c.json")).Message, StringComparison.Ordinal);
        Assert.Contains("folder", Assert.Throws<ConfigurationException>(() => TrainingFields.ReadFile(_folder.FullName, "c.json")).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => TrainingFields.ReadFile(path + ".absent", "c.json"));
        if (OperatingSystem.IsLinux()) Assert.Throws<ConfigurationException>(() => TrainingFields.ReadFile("/dev/zero", "c.json"));
    }

    [Fact]
    public void Culture_DoesNotMatter()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo comma = (CultureInfo)CultureInfo.InvariantCulture.Clone(); // as in German and Turkish
        (comma.NumberFormat.NumberDecimalSeparator, comma.NumberFormat.NumberGroupSeparator, comma.NumberFormat.NegativeSign) = (",", ".", "−");
        TrainingConfig config = new() { LearningRate = 1.5e-3, SpatialCorrelation = -0.25 };
        string written = TrainingFields.Write(config);
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.Equal(written, TrainingFields.Write(config));
            Assert.Equal(written, TrainingFields.Write(TrainingFields.Read(written, "c.json")));
            Assert.Equal(0.0125, TrainingFields.With(config, [new("learningRate", "0.0125")]).LearningRate);
            Assert.Throws<ConfigurationException>(() => TrainingFields.With(config, [new("learningRate", "0,0125")]));
            AssertRefused("{\"spatialCorrelation\": -1.5}"u8.ToArray(), "expected -0.99 … 0.99, got -1.5");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static void AssertRefused(byte[] json, string message)
    {
        string got = Assert.Throws<ConfigurationException>(() => TrainingFields.Read(json, "c.json")).Message;
        Assert.StartsWith("c.json: ", got, StringComparison.Ordinal);
        Assert.Contains(message, got, StringComparison.Ordinal);
        Assert.InRange(got.Length, 1, LongestMessage);
    }
}
